"""Reading a SQLite audit log for verification, without trusting or changing it."""

import sqlite3
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sop_runner.audit.verify import Row
from sop_runner.base.errors import Unverifiable
from sop_runner.stores import schema
from sop_runner.stores.connection import code_of, configure, patiently
from sop_runner.stores.source import LOWEST, LogSource


class SqliteSource(LogSource):
    """The rows of a log file."""

    def __init__(self, path: Path) -> None:
        """Raises Unverifiable where there is no readable log."""
        if not path.is_file():
            raise Unverifiable(
                f"there is no audit log at '{path}': it was moved, renamed or deleted",
                hint="Put it back from a backup. 'sop init' would begin another log, with nothing of this one.",
            )
        self._path = path
        # A journal left by a killed writer is part of the log: SQLite must be let to apply it.
        mode = "rw" if path.with_name(path.name + "-journal").exists() else "ro"
        try:
            self._connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True)
        except sqlite3.Error as error:
            raise self._unreadable(error) from error
        try:
            configure(self._connection, "PRAGMA query_only = ON")
            found = dict(self._all("SELECT name, sql FROM sqlite_schema"))
            if "entry" not in found:
                what = "it is the database of another program" if found else "it is empty"
                raise Unverifiable(f"'{path}' is no audit log: {what}", hint=_RESTORE)
            self._weak = tuple(schema.weaknesses(found))
            super().__init__(str(path))
        except sqlite3.Error as error:
            self.close()
            raise self._unreadable(error) from error
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
            raise self._unreadable(error) from error

    def _unreadable(self, error: sqlite3.Error) -> Unverifiable:
        why, do = _WHY.get(code_of(error), (str(error), _RESTORE))
        return Unverifiable(f"'{self._path}' cannot be read as an audit log: {why}", hint=do)


_RESTORE = "Keep the file as it is, it is evidence, and put a backup in its place."
_WHY = {
    sqlite3.SQLITE_BUSY: (
        "another program keeps it locked",
        "Close what has it open, such as a backup or a database tool, and verify again.",
    ),
    sqlite3.SQLITE_CANTOPEN: ("you may not read it", "Ask whoever keeps the desk to let you read it."),
    sqlite3.SQLITE_NOTADB: ("it is no database, or its beginning was overwritten", _RESTORE),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", _RESTORE),
}
"""What an error of SQLite means to somebody who never saw one, and what to do."""
