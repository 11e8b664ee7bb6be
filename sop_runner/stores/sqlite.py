"""The audit log in one SQLite file, written through the driver.

What costs is the sync at commit, so everything of an action rides in one transaction: entries,
tree nodes, signed checkpoint and the run's summary.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO, Draft, Entry, Place, chain
from sop_runner.audit.log import (
    CHUNK,
    LedgerKind,
    Opening,
    RunListing,
    Summary,
    check_position,
    first_entry,
    one_key,
    read_opening,
    same_action,
)
from sop_runner.audit.note import Signer
from sop_runner.audit.tree import Frontier
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import AppendFailed, NotVerified, StoreFailed, UsageError
from sop_runner.base.message import msg
from sop_runner.stores import schema
from sop_runner.stores.connection import (
    BROKEN_DISK,
    configure,
    connect,
    journal_settings,
    patiently,
    readable,
    transaction,
)
from sop_runner.stores.files import create_private, refuse_network
from sop_runner.stores.heads import HeadFile, against_head
from sop_runner.stores.turn import Turn

_INSERT_ENTRY = "INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?)"
_INSERT_NODE = 'INSERT INTO node (level, "index", hash) VALUES (?, ?, ?)'
_INSERT_CHECKPOINT = "INSERT INTO checkpoint (size, note) VALUES (?, ?)"
_UPSERT_SUMMARY = (
    "INSERT INTO run_summary (run, run_seq, facts) VALUES (?, ?, ?) "
    "ON CONFLICT (run) DO UPDATE SET run_seq = excluded.run_seq, facts = excluded.facts"
)
_TAIL = "SELECT seq, leaf FROM entry ORDER BY seq DESC LIMIT 1"
_RUN_TAIL = "SELECT run_seq, leaf FROM entry WHERE run = ? ORDER BY run_seq DESC LIMIT 1"
_BY_KEY = 'SELECT CAST(body AS BLOB) FROM entry WHERE "key" = ? ORDER BY seq'
_NEWEST_NOTE = "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"
_NODE = 'SELECT hash FROM node WHERE level = ? AND "index" = ?'


class SqliteLedger:
    """A `Ledger` in a SQLite file; see the port for what each method promises."""

    def __init__(self, path: Path, connection: sqlite3.Connection, opening: Opening, signer: Signer) -> None:
        """Use `create` or `open`."""
        self.path = path
        self._connection = connection
        self._opening = opening
        self._signer = signer
        self._head: HeadFile | None = None
        self._may_sign = False
        self._edge: tuple[bytes, Frontier] | None = None
        self._lock = threading.RLock()
        self._turn: Turn | None = None

    @classmethod
    def create(cls, path: Path, log: str, kind: LedgerKind, signer: Signer, ts: Stamp) -> "SqliteLedger":
        """Make a new log at `path` that begins with `LogOpened`; `log` is its id (hex).

        Raises UsageError where a file exists or the place is a network file system. A crash
        leaves the whole log or an empty file, which `open` names as such.
        """
        refuse_network(path)
        entry = first_entry(log, kind, signer.verifier, ts)
        create_private(path)
        connection = connect(path)
        try:
            configure(connection, *journal_settings())
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            opening = read_opening(entry)
            with transaction(connection) as db:
                db.execute(f"PRAGMA user_version = {schema.VERSION}")
                for statement in schema.STATEMENTS:
                    db.execute(statement)
                _write(db, opening, signer, Frontier(), (entry,))
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, opening, signer)

    @classmethod
    def open(cls, path: Path, kind: LedgerKind, signer: Signer, state: Path | None = None) -> "SqliteLedger":
        """Open an existing log. Raises UsageError for a missing file or a log of another kind,
        NotVerified where the file is no audit log, or not the one that `state`, the user's state
        folder, has kept the head of."""
        if not path.is_file():
            raise UsageError(
                msg("there is no audit log at '{path}'", path=str(path)),
                hint=msg("make a desk with 'sop init'"),
            )
        refuse_network(path)
        connection = connect(path)
        try:
            configure(connection, *journal_settings())
            opening = _opening(path, connection)
            if opening.kind is not kind:
                raise UsageError(
                    msg(
                        "'{path}' is a {kind} ledger and cannot be used as a {wanted} one",
                        path=str(path),
                        kind=opening.kind,
                        wanted=kind,
                    )
                )
        except sqlite3.DatabaseError as error:
            connection.close()
            if error.sqlite_errorcode & 0xFF in BROKEN_DISK:
                raise StoreFailed(
                    msg(
                        "the audit log '{path}' cannot be opened now: {reason}",
                        path=str(path),
                        reason=str(error),
                    ),
                    hint=msg("Check the disk and who may read the file, then try again."),
                ) from error
            raise NotVerified(
                msg("'{path}' is not a readable audit log: {reason}", path=str(path), reason=str(error))
            ) from error
        except BaseException:
            connection.close()
            raise
        opened = cls(path, connection, opening, signer)
        opened._keep_heads(state)
        try:
            opened._check_head()
        except BaseException:
            opened.close()
            raise
        return opened

    @property
    def opening(self) -> Opening:
        return self._opening

    def append(
        self,
        run: str | None,
        expected_run_seq: int,
        drafts: Sequence[Draft],
        summary: Summary | None = None,
    ) -> tuple[Entry, ...]:
        key = one_key(drafts)
        with self._lock:
            self._check_signer()
            try:
                with self._queue().take(), transaction(self._connection) as db:
                    if written := db.execute(_BY_KEY, (key,)).fetchall():
                        return same_action(run, drafts, tuple(Entry.parse(body) for (body,) in written))
                    place, frontier = self._next(db, run, expected_run_seq)
                    entries = chain(place, tuple(drafts))
                    note = _write(db, self._opening, self._signer, frontier, entries)
                    if summary is not None:
                        db.execute(_UPSERT_SUMMARY, _summary_row(summary))
                self._edge = entries[-1].leaf, frontier
                self._anchor(note)
                return entries
            except (sqlite3.Error, OSError) as error:
                raise AppendFailed(
                    msg(
                        "the entry was not acknowledged by '{path}': {reason}",
                        path=str(self.path),
                        reason=str(error),
                    ),
                    hint=msg("the run is read back from the log; check the disk if this repeats"),
                ) from error

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
        rows = self._all(_NEWEST_NOTE)
        if not rows:
            raise NotVerified(msg("'{path}' holds no checkpoint", path=str(self.path)))
        return str(rows[0][0]).encode()

    def node(self, level: int, index: int) -> bytes:
        with self._lock, readable(self.path):
            return _node(self._connection, level, index)

    def put_procedure(self, digest: str, text: bytes) -> None:
        with self._lock:
            try:
                with self._queue().take(), transaction(self._connection) as db:
                    kept = db.execute("SELECT yaml FROM procedure WHERE digest = ?", (digest,)).fetchone()
                    if kept is None:
                        db.execute("INSERT INTO procedure (digest, yaml) VALUES (?, ?)", (digest, text))
                        return
            except (sqlite3.Error, OSError) as error:
                raise AppendFailed(
                    msg("the procedure '{digest}' was not kept: {reason}", digest=digest, reason=str(error))
                ) from error
        if kept[0] != text:
            raise UsageError(msg("another text is kept under the digest '{digest}' already", digest=digest))

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

    def rebuild(self, summaries: Sequence[Summary]) -> None:
        try:
            with self._lock, self._queue().take(), transaction(self._connection) as db:
                db.execute("DELETE FROM run_summary")
                db.executemany(_UPSERT_SUMMARY, map(_summary_row, summaries))
        except (sqlite3.Error, OSError) as error:
            raise AppendFailed(msg("the summaries were not rebuilt: {reason}", reason=str(error))) from error

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            if self._turn is not None:
                self._turn.close()

    def _next(self, db: sqlite3.Connection, run: str | None, expected: int) -> tuple[Place, Frontier]:
        """Read where the next entry goes; never remembered, another process may have written."""
        seq, leaf = db.execute(_TAIL).fetchone()
        size = seq + 1
        # The newest leaf stands for the whole log through `prev`: the same leaf, the same tree.
        if self._edge is not None and self._edge[0] == leaf and self._edge[1].size == size:
            frontier = self._edge[1].copy()
        else:
            frontier = self._load(db, size, leaf)
        if run is None:
            return Place(self._opening.log, size, leaf.hex()), frontier
        last = db.execute(_RUN_TAIL, (run,)).fetchone()
        run_seq, run_prev = (0, ZERO) if last is None else (last[0] + 1, last[1].hex())
        check_position(run, expected, run_seq)
        return Place(self._opening.log, size, leaf.hex(), run, run_seq, run_prev), frontier

    def _load(self, db: sqlite3.Connection, size: int, leaf: bytes) -> Frontier:
        def read(level: int, index: int) -> bytes:
            return leaf if level == 0 else _node(db, level, index)

        frontier = Frontier.load(size, read)  # its only leaf, if any, is the newest entry's
        head = Checkpoint(self._opening.origin, size, frontier.root())
        note = db.execute(_NEWEST_NOTE).fetchone()
        if note is None or not note[0].startswith(head.text):
            raise NotVerified(
                msg(
                    "the newest checkpoint in '{path}' is not of its {size} entries: nothing is signed on top",
                    path=str(self.path),
                    size=size,
                ),
                hint=msg("run 'sop audit verify'"),
            )
        return frontier

    def _keep_heads(self, state: Path | None) -> None:
        self._head = None if state is None else HeadFile.of(state, self._opening.log, self.path)

    def _anchor(self, note: bytes) -> None:
        if self._head is not None:
            self._head.keep(note)

    def _check_head(self) -> None:
        data = self._head.read() if self._head is not None else None
        if self._head is None or data is None:
            return
        found = against_head(data, self._opening, self.size(), self.node)
        if found:
            raise NotVerified(
                msg(
                    "'{path}' is not the log that was written here before: {found}",
                    path=str(self.path),
                    found=str(found),
                ),
                hint=msg(
                    "Run 'sop audit verify'. If you put this copy in place yourself, keep '{path}' as evidence of what is missing, somewhere else, and open the desk again.",
                    path=str(self._head.path),
                ),
            )

    def _queue(self) -> Turn:
        if self._turn is None:  # a reader needs none
            self._turn = Turn(self.path.with_name(self.path.name + "-turn"))
        return self._turn

    def _check_signer(self) -> None:
        if not self._may_sign:
            key = self._signer.verifier
            if key != self._opening.key:
                raise UsageError(
                    msg(
                        "the key '{key}' is not enrolled in the audit log '{path}'",
                        key=key.text,
                        path=str(self.path),
                    ),
                    hint=msg("use the key file that was made together with this log"),
                )
            self._may_sign = True

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with self._lock, readable(self.path):
            return patiently(self._connection, sql, values).fetchall()


def _opening(path: Path, connection: sqlite3.Connection) -> Opening:
    (tables,) = patiently(connection, "SELECT count(*) FROM sqlite_schema").fetchone()
    if tables == 0:
        raise NotVerified(
            msg("'{path}' is empty: making it was interrupted", path=str(path)),
            hint=msg("remove it and make it again"),
        )
    (version,) = patiently(connection, "PRAGMA user_version").fetchone()
    if version != schema.VERSION:
        raise NotVerified(
            msg(
                "'{path}' has schema version {version}, this program reads {known}",
                path=str(path),
                version=version,
                known=schema.VERSION,
            )
        )
    first = patiently(connection, "SELECT CAST(body AS BLOB) FROM entry WHERE seq = 0").fetchone()
    if first is None:
        raise NotVerified(
            msg("'{path}' has lost its first entry", path=str(path)), hint=msg("run 'sop audit verify'")
        )
    return read_opening(Entry.parse(first[0]))


def _node(db: sqlite3.Connection, level: int, index: int) -> bytes:
    if level == 0:
        row = patiently(db, "SELECT leaf FROM entry WHERE seq = ?", (index,)).fetchone()
    else:
        row = patiently(db, _NODE, (level, index)).fetchone()
    if row is None:
        raise NotVerified(
            msg("the tree node {level}/{index} is missing", level=level, index=index),
            hint=msg("run 'sop audit verify'"),
        )
    return bytes(row[0])


def _write(
    db: sqlite3.Connection, opening: Opening, signer: Signer, frontier: Frontier, entries: tuple[Entry, ...]
) -> bytes:
    for entry in entries:
        db.execute(_INSERT_ENTRY, (entry.seq, entry.body.decode(), entry.leaf))
        for node in frontier.push(entry.leaf)[1:]:
            db.execute(_INSERT_NODE, node)
    head = Checkpoint(opening.origin, frontier.size, frontier.root())
    note = head.sign(signer)
    db.execute(_INSERT_CHECKPOINT, (head.size, note.decode()))
    return note


def _summary_row(summary: Summary) -> tuple[str, int, str]:
    return summary.run, summary.run_seq, json.dumps(summary.facts, sort_keys=True)
