"""SQLite connections on which a commit survives a power cut, and transactions on them."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sop_runner.base.errors import StoreFailed
from sop_runner.base.message import msg

PATIENCE_S = 10.0
_PAUSE_S = 0.0002
BROKEN_DISK = frozenset(
    (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
     sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY)
)  # fmt: skip
"""What SQLite says of a disk that fails, and not of a file that was changed."""
BEGIN = "BEGIN IMMEDIATE"
WAL_SAFE = (3, 51, 3)  # older libraries can lose WAL data when several connections checkpoint


def connect(target: Path | str) -> sqlite3.Connection:
    """Open a file without implicit transactions, for use under a lock of the caller's."""
    return sqlite3.connect(target, isolation_level=None, check_same_thread=False)


def journal_settings() -> tuple[str, ...]:
    """The pragmas under which a commit is durable, for the library at hand."""
    if sqlite3.sqlite_version_info >= WAL_SAFE:
        return ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
    return rollback_settings()


def rollback_settings() -> tuple[str, ...]:
    """The pragmas of a durable rollback journal."""
    # EXTRA also syncs the folder after the journal is deleted, or the commit could roll back.
    return ("PRAGMA journal_mode = DELETE", "PRAGMA synchronous = EXTRA")


def configure(connection: sqlite3.Connection, *pragmas: str) -> None:
    """Set up a new connection: waiting is `patiently`'s, and no page is written before a commit."""
    for pragma in ("PRAGMA busy_timeout = 0", "PRAGMA cache_spill = OFF", *pragmas):
        patiently(connection, pragma)


def patiently(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
    """Execute a query, BEGIN or COMMIT, trying again while another process holds the file.

    SQLite's own waiting sleeps up to 100 ms at a time: beside a writer that never pauses a
    reader got its chance after seconds. Looking often finds the gap between two commits.
    """
    waited = 0.0
    while True:
        try:
            return connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            if not is_busy(error) or waited > PATIENCE_S:
                raise
        except (
            UnicodeDecodeError
        ) as error:  # SQLite quotes damaged bytes of the file, and the driver cannot say them
            raise sqlite3.DatabaseError(error.object.decode(errors="backslashreplace")) from error
        time.sleep(_PAUSE_S)
        waited += _PAUSE_S


def try_to_begin(connection: sqlite3.Connection) -> bool:
    """Begin to write at once; False where another connection does."""
    if connection.in_transaction:  # left by an interrupt that came just after one had begun
        connection.execute("ROLLBACK")
    try:
        connection.execute(BEGIN)
    except sqlite3.OperationalError as error:
        if is_busy(error):
            return False
        raise
    return True


class readable:
    """Raise StoreFailed where SQLite cannot read or write the file inside."""

    __slots__ = ("_path",)

    def __init__(self, path: Path | str | None) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise StoreFailed(
                msg(
                    "'{path}' cannot be read now: {reason}",
                    path=str(self._path or "memory"),
                    reason=str(error),
                ),
                hint=msg("What is on record stays on record. Check the disk, then try again."),
            ) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all or nothing; durable once left without an error."""
    patiently(connection, BEGIN)
    with begun(connection) as db:
        yield db


@contextmanager
def begun(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """End a transaction that has begun: `transaction` without waiting for its turn."""
    try:
        yield connection
        patiently(connection, "COMMIT")  # a commit that met a reader stays open and is tried again
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Read one state of the file with several queries."""
    patiently(connection, "BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether an error says that another connection has the file."""
    return code_of(error) == sqlite3.SQLITE_BUSY


def is_of_the_request(error: sqlite3.Error) -> bool:
    """Whether an error says that something cannot be written, and not that nothing can."""
    return code_of(error) not in BROKEN_DISK


def code_of(error: sqlite3.Error) -> int:
    """What kind of error it is; where the driver found a text that is none, and says no code, the file is damaged."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF
