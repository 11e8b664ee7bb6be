"""Reading a SQLite audit log for verification, without trusting or changing it."""

import sqlite3
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sop_runner.audit.verify import Row
from sop_runner.base.errors import Unverifiable, UsageError
from sop_runner.stores import schema
from sop_runner.stores.connection import configure, patiently
from sop_runner.stores.source import LOWEST, LogSource


class SqliteSource(LogSource):
    """The rows of a log file."""

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
            super().__init__(str(path))
        except BaseException:
            self.close()
            raise

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        first, end = start or LOWEST, self._stop if stop is None else stop
        # With the declared schema the searched columns are computed from the body as they are
        # read and cannot disagree; otherwise each is compared.
        if not self._weak:
            sql = "SELECT seq, CAST(body AS BLOB), leaf, NULL FROM entry WHERE seq >= ? AND seq < ? "
            return chain.from_iterable(self._chunks(sql + "ORDER BY seq LIMIT ?", end, first))
        present = {name for _, name, *_ in self._all("PRAGMA table_xinfo(entry)")}
        paths = {name: path for name, path in schema.COLUMNS.items() if name in present}
        return self._compared(paths, first, end)

    def weaknesses(self) -> tuple[str, ...]:
        return self._weak

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        try:
            return patiently(self._connection, sql, values).fetchall()
        except sqlite3.Error as error:
            raise Unverifiable(
                f"'{self._path}' cannot be read as an audit log: {error}",
                hint="check that it is a desk's database and that you may read it",
            ) from error
