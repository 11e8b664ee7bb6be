"""A reviewer's index over the runs of one log, in a file of its own.

It is filled by whoever searches, from any log that can be scanned, so that no append waits for it
and a desk that may only be read can be searched. Nothing in it is evidence, and all of it can be
made again: it is not synced, and a file that cannot be read as one is replaced.
"""

import json
import sqlite3
import threading
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sop_runner.stores.connection import connect, patiently, readable, transaction

_VERSION = 1  # PRAGMA user_version; another one is made anew
_LAST = "\U0010ffff"  # behind every text that begins alike
_TABLES = """
CREATE TABLE run (
  id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, newest INTEGER NOT NULL,
  began TEXT NOT NULL, last TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE INDEX run_newest ON run (newest);
CREATE TABLE tag (
  kind TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (kind, value, id)
) WITHOUT ROWID;
CREATE INDEX tag_run ON tag (id);
CREATE TABLE place (size INTEGER NOT NULL, leaf BLOB NOT NULL);
"""
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Indexed:
    """One run as it is found: `tags` are (kind, value), `facts` what a list shows of it (JSON).

    `newest` is the position of its last entry; `began` and `last` are times as entries write them.
    """

    run: str
    newest: int
    began: str
    last: str
    tags: frozenset[tuple[str, str]]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tagged:
    """Runs with a tag of one of the kinds and this value, or one that begins with it."""

    kinds: tuple[str, ...]
    value: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """Runs that did something at this time or later."""

    moment: str


@dataclass(frozen=True, slots=True)
class Before:
    """Runs that had begun before this time."""

    moment: str


Term = Tagged | Since | Before


class RunIndex:
    """What was read of a log up to `place`. All methods may be called from any thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None = None) -> None:
        """Use `open`."""
        self._db, self._path = connection, path
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path | None) -> "RunIndex":
        """The index at `path`, made where there is none that can be read; in memory for None."""
        if path is None:
            return cls(_prepared(":memory:"))
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError:
            return cls(_prepared(":memory:"))  # a folder that cannot be written costs only time
        try:
            return cls(_prepared(path), path)
        except sqlite3.Error:
            forget(path)
            try:
                return cls(_prepared(path), path)
            except sqlite3.Error:
                return cls(_prepared(":memory:"))

    def place(self) -> tuple[int, bytes]:
        """How many entries were read, and the leaf of the last of them; (0, b"") for none."""
        found = self._read(lambda: self._db.execute("SELECT size, leaf FROM place").fetchone())
        return (int(found[0]), bytes(found[1])) if found else (0, b"")

    def put(self, start: int, size: int, leaf: bytes, runs: Iterable[Indexed]) -> None:
        """Take runs in, in the place of what was known of them when `start` entries had been read, as of `size`.

        Nothing where another process has read on meanwhile.
        """
        with self._lock, readable(self._path), transaction(self._db) as db:
            if self.place()[0] != start:
                return
            for one in runs:
                facts = json.dumps(one.facts, separators=(",", ":"))
                sql = (
                    "INSERT INTO run (run, newest, began, last, facts) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run) "
                    "DO UPDATE SET newest = excluded.newest, last = excluded.last, facts = excluded.facts RETURNING id"
                )
                ((id_,),) = db.execute(sql, (one.run, one.newest, one.began, one.last, facts)).fetchall()
                db.execute("DELETE FROM tag WHERE id = ?", (id_,))
                db.executemany("INSERT INTO tag VALUES (?, ?, ?)", [(*tag, id_) for tag in one.tags])
            db.execute("DELETE FROM place")
            db.execute("INSERT INTO place VALUES (?, ?)", (size, leaf))

    def clear(self) -> None:
        """Forget everything: the log is another one than was read."""
        with self._lock, readable(self._path), transaction(self._db) as db:
            for table in ("run", "tag", "place"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - one of three names above

    def known(self, runs: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """What is known of those of the runs that are known."""
        wanted = list(runs)
        marks = ",".join("?" * len(wanted))
        sql = f"SELECT run, facts FROM run WHERE run IN ({marks})"  # noqa: S608 - question marks
        found = self._read(lambda: self._db.execute(sql, wanted).fetchall())
        return {run: json.loads(facts) for run, facts in found}

    def find(self, terms: Sequence[Term]) -> "array[int]":
        """The ids of the runs that all terms hold for, the one with the newest entry first."""
        wheres, values = [], []
        for term in terms:
            sql, bound = _condition(term)
            wheres.append(sql)
            values += bound
        where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
        sql = f"SELECT id FROM run {where}ORDER BY newest DESC"  # noqa: S608 - values are bound
        return self._read(lambda: array("q", (row[0] for row in self._db.execute(sql, values))))

    def facts(self, ids: Sequence[int]) -> list[Mapping[str, Any]]:
        """What a list shows of these runs, in their order; nothing of one that has been forgotten."""
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id, facts FROM run WHERE id IN ({marks})"  # noqa: S608 - question marks
        found = dict(self._read(lambda: self._db.execute(sql, tuple(ids)).fetchall()))
        return [json.loads(found[id_]) if id_ in found else {} for id_ in ids]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _read(self, query: Callable[[], Answer]) -> Answer:
        with self._lock, readable(self._path):
            return query()


def forget(path: Path) -> None:
    """Remove an index; it is made anew when it is next asked for."""
    for one in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        with suppress(OSError):
            one.unlink()


def _prepared(path: Path | str) -> sqlite3.Connection:
    db = connect(path)
    try:
        for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = OFF"):
            patiently(db, f"PRAGMA {pragma}")
        ((version,),) = db.execute("PRAGMA user_version")
        ((tables,),) = db.execute("SELECT count(*) FROM sqlite_schema")
        if version != _VERSION:
            if tables:
                raise sqlite3.DatabaseError("an index of another version")
            with transaction(db):
                for statement in filter(str.strip, _TABLES.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {_VERSION}")
        db.execute("SELECT count(*) FROM place").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _condition(term: Term) -> tuple[str, list[str]]:
    if isinstance(term, Since):
        return "last >= ?", [term.moment]
    if isinstance(term, Before):
        return "began < ?", [term.moment]
    kinds = " OR ".join(["(kind = ? AND value >= ? AND value <= ?)"] * len(term.kinds))
    end = term.value + _LAST if term.begins else term.value
    return (
        f"id IN (SELECT id FROM tag WHERE {kinds})",  # noqa: S608 - values are bound
        [part for kind in term.kinds for part in (kind, term.value, end)],
    )
