"""Reading a SQLite audit log for verification, without trusting or changing it."""

import sqlite3
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sop_runner.audit.findings import Verdict
from sop_runner.audit.note import VerifierKey
from sop_runner.audit.verify import Row, verify
from sop_runner.base.errors import NotVerified, Unverifiable, UsageError
from sop_runner.stores import schema
from sop_runner.stores.connection import configure, patiently

CHUNK = 500  # rows a statement: no writer waits longer for a reader


class SqliteSource:
    """The rows of a log file as of the moment it was opened; later entries are left out."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError for a missing file, Unverifiable where it is no readable log."""
        if not path.is_file():
            raise UsageError(f"there is no audit log at '{path}'")
        self._path = path
        # A journal left by a killed writer is part of the log: SQLite must be let to apply it.
        mode = "rw" if path.with_name(path.name + "-journal").exists() else "ro"
        self._connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True)
        try:
            configure(self._connection, "PRAGMA query_only = ON")
            self._weak = tuple(schema.weaknesses(dict(self._all("SELECT name, sql FROM sqlite_schema"))))
            # One statement, so that both are of the same moment while others append.
            ((self._stop, self._top),) = self._all(
                "SELECT (SELECT coalesce(max(seq), -1) + 1 FROM entry), "
                "(SELECT coalesce(max(size), 0) FROM checkpoint)"
            )
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """The number of entries as of that moment."""
        return int(self._stop)

    def rows(self) -> Iterator[Row]:
        # With the declared schema the searched columns are computed from the body as they are
        # read and cannot disagree; otherwise each is compared.
        if not self._weak:
            sql = "SELECT seq, CAST(body AS BLOB), leaf, NULL FROM entry WHERE seq >= ? AND seq < ? "
            return chain.from_iterable(self._chunks(sql + "ORDER BY seq LIMIT ?", self._stop))
        return self._compared()

    def _compared(self) -> Iterator[Row]:
        """The rows with their searched columns."""
        present = {name for _, name, *_ in self._all("PRAGMA table_xinfo(entry)")}
        paths = {name: path for name, path in schema.COLUMNS.items() if name in present}
        names = "".join(f', "{name}"' for name in paths)
        sql = f"SELECT seq, CAST(body AS BLOB), leaf{names} FROM entry WHERE seq >= ? AND seq < ? "  # noqa: S608
        chunks = self._chunks(sql + "ORDER BY seq LIMIT ?", self._stop)
        for seq, body, leaf, *values in chain.from_iterable(chunks):
            yield seq, _bytes(body), _bytes(leaf), dict(zip(paths.values(), values, strict=True))

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        sql = "SELECT size, CAST(note AS BLOB) FROM checkpoint WHERE size >= ? AND size < ? "
        return chain.from_iterable(self._chunks(sql + "ORDER BY size LIMIT ?", self._top + 1))

    def nodes(self, level: int) -> Iterator[tuple[int, bytes]]:
        sql = (
            f'SELECT "index", hash FROM node WHERE level = {level:d} AND "index" >= ? AND "index" < ? '  # noqa: S608
            'ORDER BY "index" LIMIT ?'
        )
        return chain.from_iterable(self._chunks(sql, max(self._stop, self._top) >> level))

    def node(self, level: int, index: int) -> bytes:
        """One stored node, leaves included, for proofs. Raises NotVerified where it is missing."""
        if level == 0:
            rows = self._all("SELECT leaf FROM entry WHERE seq = ?", index)
        else:
            rows = self._all('SELECT hash FROM node WHERE level = ? AND "index" = ?', level, index)
        if not rows:
            raise NotVerified(f"the tree node {level}/{index} is missing")
        return bytes(rows[0][0])

    def procedures(self) -> Iterator[tuple[str, bytes]]:
        """The kept texts of procedures, by digest."""
        for pin, text in self._all("SELECT digest, CAST(yaml AS BLOB) FROM procedure ORDER BY digest"):
            yield str(pin), bytes(text)

    def checkpoint(self) -> bytes:
        """The newest checkpoint. Raises NotVerified where there is none."""
        rows = self._all("SELECT CAST(note AS BLOB) FROM checkpoint WHERE size = ?", self._top)
        if not rows:
            raise NotVerified(f"'{self._path}' holds no checkpoint")
        return bytes(rows[0][0])

    def signed(self) -> int:
        """How many checkpoints there are."""
        ((count,),) = self._all("SELECT count(*) FROM checkpoint")
        return int(count)

    def tells_of_more(self) -> bool:
        """Whether a projection tells of entries that are not there: they were, in this very file."""
        sql = (
            "SELECT 1 FROM run_summary WHERE run_seq > coalesce("
            "(SELECT max(run_seq) FROM entry WHERE entry.run = run_summary.run), -1) LIMIT 1"
        )
        return bool(self._all(sql))

    def weaknesses(self) -> tuple[str, ...]:
        return self._weak

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _chunks(self, sql: str, stop: int) -> Iterator[list[Any]]:
        start = -(2**63)  # the first key may be below zero in a file that somebody changed
        while chunk := self._all(sql, start, stop, CHUNK):
            yield chunk
            start = chunk[-1][0] + 1

    def _all(self, sql: str, *values: Any) -> list[Any]:
        try:
            return patiently(self._connection, sql, values).fetchall()
        except sqlite3.Error as error:
            raise Unverifiable(
                f"'{self._path}' cannot be read as an audit log: {error}",
                hint="check that it is a desk's database and that you may read it",
            ) from error


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def verify_file(path: Path, pinned: tuple[VerifierKey, ...] = (), *, every_signature: bool = True) -> Verdict:
    """Verify the audit log in a file; see `verify`."""
    source = SqliteSource(path)
    try:
        return verify(source, pinned, every_signature=every_signature)
    finally:
        source.close()
