"""SQLite connections on which a commit survives a power cut, and transactions on them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_MS = 10_000
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
    """Set the waiting time and the pragmas of a new connection."""
    for pragma in (f"PRAGMA busy_timeout = {BUSY_MS}", *pragmas):
        connection.execute(pragma)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all or nothing; durable once left without an error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
