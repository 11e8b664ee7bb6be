"""The SQL of reading and adding to the tables of a SQLite log, on a connection."""

import json
import sqlite3
from typing import Any

from sop_runner.audit.chain import Link
from sop_runner.audit.entry import Entry
from sop_runner.audit.log import Summary
from sop_runner.stores import queries
from sop_runner.stores.connection import patiently
from sop_runner.stores.reading import one_node

_INSERT_ENTRY = "INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?)"
_INSERT_NODE = 'INSERT INTO node (level, "index", hash) VALUES (?, ?, ?)'
_INSERT_CHECKPOINT = "INSERT INTO checkpoint (size, note) VALUES (?, ?)"
_UPSERT_SUMMARY = (
    "INSERT INTO run_summary (run, run_seq, facts) VALUES (?, ?, ?) "
    "ON CONFLICT (run) DO UPDATE SET run_seq = excluded.run_seq, facts = excluded.facts"
)
_OPEN_RUN = "SELECT run FROM run_summary WHERE ticket = ? AND status <> 'ended' LIMIT 1"
_RUN_TAIL = "SELECT run_seq, leaf FROM entry WHERE run = ? ORDER BY run_seq DESC LIMIT 1"
_BY_KEY = 'SELECT CAST(body AS BLOB) FROM entry WHERE "key" = ? ORDER BY seq'


class SqliteTables:
    """The `Tables` of a log behind a connection; reading waits for a commit under way."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def tail(self) -> tuple[int, bytes]:
        seq, leaf = self._one(queries.TAIL)
        return seq, leaf

    def run_tail(self, run: str) -> tuple[int, bytes] | None:
        found: tuple[int, bytes] | None = self._one(_RUN_TAIL, run)
        return found

    def by_key(self, key: str) -> tuple[Entry, ...]:
        return tuple(Entry.parse(body) for (body,) in patiently(self._db, _BY_KEY, (key,)).fetchall())

    def newest_note(self) -> str | None:
        row = self._one(queries.NEWEST_NOTE)
        return None if row is None else str(row[0])

    def key_entries(self, start: int) -> tuple[Entry, ...]:
        rows = patiently(self._db, queries.KEY_ENTRIES, (start,)).fetchall()
        return tuple(Entry.parse(body) for (body,) in rows)

    def node(self, level: int, index: int) -> bytes:
        row = self._one(queries.LEAF, index) if level == 0 else self._one(queries.NODE, level, index)
        return one_node([] if row is None else [row], level, index)

    def add_entry(self, entry: Entry | Link) -> None:
        self._db.execute(_INSERT_ENTRY, (entry.seq, entry.body.decode(), entry.leaf))

    def add_node(self, level: int, index: int, value: bytes) -> None:
        self._db.execute(_INSERT_NODE, (level, index, value))

    def add_checkpoint(self, size: int, note: bytes) -> None:
        self._db.execute(_INSERT_CHECKPOINT, (size, note.decode()))

    def put_summary(self, summary: Summary) -> None:
        facts = json.dumps(summary.facts, sort_keys=True)
        self._db.execute(_UPSERT_SUMMARY, (summary.run, summary.run_seq, facts))

    def open_run(self, ticket: str) -> str | None:
        row = self._one(_OPEN_RUN, ticket)
        return None if row is None else str(row[0])

    def _one(self, sql: str, *values: Any) -> Any:
        return patiently(self._db, sql, values).fetchone()
