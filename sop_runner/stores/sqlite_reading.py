"""What a SQLite log answers to those who read it at the desk."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sop_runner.audit.entry import Entry
from sop_runner.audit.keyring import Keyring
from sop_runner.audit.log import CHUNK, Opening, RunListing, Summary
from sop_runner.audit.note import VerifierKey
from sop_runner.base.errors import NotVerified, UsageError
from sop_runner.base.message import msg
from sop_runner.stores.connection import patiently, readable
from sop_runner.stores.sqlite_tables import SqliteTables


class SqliteReading:
    """The reading half of a `Ledger` in a SQLite file; see the port for what each method promises."""

    def __init__(self, path: Path, connection: sqlite3.Connection, opening: Opening) -> None:
        self.path = path
        self._connection = connection
        self._opening = opening
        self._tables = SqliteTables(connection)
        self._lock = threading.RLock()

    @property
    def opening(self) -> Opening:
        return self._opening

    def entries(self, run: str | None, from_run_seq: int = 0) -> tuple[Entry, ...]:
        if run is None:
            sql = "SELECT CAST(body AS BLOB) FROM entry WHERE run IS NULL ORDER BY run_seq, seq"
            return tuple(Entry.parse(body) for (body,) in self._all(sql))
        sql = "SELECT CAST(body AS BLOB) FROM entry WHERE run = ? AND run_seq >= ? ORDER BY run_seq"
        return tuple(Entry.parse(body) for (body,) in self._all(sql, run, from_run_seq))

    def scan(self, start: int = 0, stop: int | None = None, chunk: int = CHUNK) -> Iterator[Entry]:
        end = self.size() if stop is None else stop
        sql = "SELECT CAST(body AS BLOB) FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?"
        while start < end and (rows := self._all(sql, start, end, chunk)):
            for (body,) in rows:
                yield Entry.parse(body)
            start += len(rows)

    def size(self) -> int:
        ((newest,),) = self._all("SELECT coalesce(max(seq), -1) FROM entry")
        return int(newest) + 1

    def checkpoint(self) -> bytes:
        with self._lock, readable(self.path):
            note = self._tables.newest_note()
        if note is None:
            raise NotVerified(msg("'{path}' holds no checkpoint", path=str(self.path)))
        return note.encode()

    def node(self, level: int, index: int) -> bytes:
        with self._lock, readable(self.path):
            return self._tables.node(level, index)

    def keys(self) -> tuple[VerifierKey, ...]:
        """Every key that the log has or had."""
        ring = Keyring(self._opening.origin, self._opening.key)
        with self._lock, readable(self.path):
            for entry in self._tables.key_entries(0):
                ring.take(entry.type, entry.evidence)
                ring.covered(entry.seq + 1)
        return ring.known

    def procedure(self, digest: str) -> bytes:
        rows = self._all("SELECT yaml FROM procedure WHERE digest = ?", digest)
        if not rows:
            raise UsageError(
                msg(
                    "no procedure with the digest '{digest}' is kept in '{path}'",
                    digest=digest,
                    path=str(self.path),
                )
            )
        return bytes(rows[0][0])

    def runs(self) -> tuple[RunListing, ...]:
        sql = (
            "SELECT run, count(*), max(seq) FROM entry WHERE run IS NOT NULL "
            "GROUP BY run ORDER BY max(seq) DESC"
        )
        return tuple(RunListing(*row) for row in self._all(sql))

    def summaries(self, *, ended: bool = False, ticket: str | None = None) -> tuple[Summary, ...]:
        sql = "SELECT run, run_seq, facts FROM run_summary WHERE {} ORDER BY last DESC, run"
        if ticket is not None:
            rows = self._all(
                sql.format("ticket = ?" if ended else "ticket = ? AND status <> 'ended'"), ticket
            )
        else:
            rows = self._all(sql.format("true" if ended else "status <> 'ended'"))
        return tuple(Summary(run, run_seq, json.loads(facts)) for run, run_seq, facts in rows)

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with self._lock, readable(self.path):
            return patiently(self._connection, sql, values).fetchall()
