"""Reading a SQLite log at the desk."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

from sop_runner.audit.log import Opening
from sop_runner.stores.connection import patiently, readable
from sop_runner.stores.reading import LogReading
from sop_runner.stores.sqlite_tables import SqliteTables


class SqliteReading(LogReading):
    """The reading half of a `Ledger` in a SQLite file; see the port for what each method promises."""

    def __init__(self, path: Path, connection: sqlite3.Connection, opening: Opening) -> None:
        super().__init__(str(path), opening)
        self.path = path
        self._connection = connection
        self._tables = SqliteTables(connection)
        self._lock = threading.RLock()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with self._lock, readable(self.path):
            return patiently(self._connection, sql, values).fetchall()
