"""What a group of actions needs of a log on PostgreSQL, read in one round trip and written in another."""

import json
from collections.abc import Iterable, Sequence

from psycopg import Connection

from sop_runner.audit.entry import Entry
from sop_runner.audit.log import Summary
from sop_runner.stores import queries
from sop_runner.stores.group import Request
from sop_runner.stores.postgres_schema import LOCK
from sop_runner.stores.postgres_words import words
from sop_runner.stores.reading import one_node

# Nobody can have the log beside: the first statement of the transaction takes the lock, and under READ
# COMMITTED each one after it sees what was committed before. SELECT … FOR UPDATE on the tail would fork:
# it waits, and then still gives the row that was the newest before. A sequence would leave gaps.
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
_EDGE = """
WITH head AS (SELECT max(seq) + 1 AS size FROM entry)
SELECT node.level, node."index", node.hash FROM head
CROSS JOIN generate_series(1, 62) AS l
CROSS JOIN LATERAL (SELECT level, "index", hash FROM node
  WHERE level = l AND "index" = (head.size >> l) - 1 AND (head.size >> l) & 1 = 1) AS node
"""
_BY_KEYS = """SELECT convert_to(body, 'UTF8') FROM entry WHERE "key" = ANY(%s) ORDER BY seq"""
_RUN_TAILS = """
SELECT asked.run, newest.run_seq, newest.leaf FROM unnest(%s::text[]) AS asked (run)
CROSS JOIN LATERAL (SELECT run_seq, leaf FROM entry
  WHERE entry.run = asked.run ORDER BY run_seq DESC LIMIT 1) AS newest
"""
_OPEN_RUNS = "SELECT ticket, run FROM run_summary WHERE ticket = ANY(%s) AND status <> 'ended'"
_ADD_ENTRIES = (
    "INSERT INTO entry (seq, body, leaf) "
    "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bytea[]) AS new (seq, body, leaf) ORDER BY seq"
)
_ADD_NODES = (
    'INSERT INTO node (level, "index", hash) SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bytea[])'
)
_ADD_CHECKPOINT = "INSERT INTO checkpoint (size, note) VALUES (%s, %s)"
_PUT_SUMMARY = "SELECT put_summary(%s, %s, %s)"


class Batch:
    """The `Tables` of a log while one group is written: read before, kept in memory, added at the end."""

    def __init__(
        self, connection: Connection, lock: int, requests: Sequence[Request], keys_from: int
    ) -> None:
        """Begin a transaction with the log in hand, and read what the group asks for."""
        self._connection = connection
        keys = _texts(draft.key for request in requests for draft in request.drafts)
        runs = _texts(request.run for request in requests)
        tickets = _texts(request.summary.facts.get("ticket") for request in requests if request.summary)
        with connection.pipeline():
            connection.execute(_BEGIN)
            connection.execute(_LOCK, (LOCK, lock))
            tail = connection.execute(words(queries.TAIL))
            note = connection.execute(words(queries.NEWEST_NOTE))
            edge = connection.execute(_EDGE)
            key_entries = connection.execute(words(queries.KEY_ENTRIES), (keys_from,))
            written = connection.execute(_BY_KEYS, (keys,))
            tails = connection.execute(_RUN_TAILS, (runs,))
            going_on = connection.execute(_OPEN_RUNS, (tickets,))
        self._tail = tail.fetchone()
        self._note = note.fetchone()
        self._nodes: dict[tuple[int, int], bytes] = {(level, at): value for level, at, value in edge}
        self._key_entries = tuple(Entry.parse(body) for (body,) in key_entries)
        self._by_key: dict[str, list[Entry]] = {}
        for (body,) in written:
            self._know(Entry.parse(body))
        self._run_tails: dict[str, tuple[int, bytes]] = {run: (at, leaf) for run, at, leaf in tails}
        self._open: dict[str, dict[str, None]] = {ticket: {} for ticket in tickets}
        for ticket, run in going_on:
            self._open[ticket][run] = None
        self._entries: list[Entry] = []
        self._new_nodes: list[tuple[int, int, bytes]] = []
        self._checkpoints: list[tuple[int, str]] = []
        self._summaries: dict[str, Summary] = {}

    def commit(self) -> None:
        """Write what was added; durable when this returns."""
        connection, entries = self._connection, self._entries
        with connection.pipeline():
            if entries:
                bodies = [entry.body.decode() for entry in entries]
                values = ([entry.seq for entry in entries], bodies, [entry.leaf for entry in entries])
                connection.execute(_ADD_ENTRIES, values)
            if self._new_nodes:
                connection.execute(_ADD_NODES, tuple(map(list, zip(*self._new_nodes, strict=True))))
            for checkpoint in self._checkpoints:
                connection.execute(_ADD_CHECKPOINT, checkpoint)
            for one in self._summaries.values():
                facts = json.dumps(one.facts, sort_keys=True)
                connection.execute(_PUT_SUMMARY, (one.run, one.run_seq, facts))
            connection.execute("COMMIT")

    def tail(self) -> tuple[int, bytes]:
        (seq, leaf) = self._tail or (-1, b"")
        return seq, leaf

    def run_tail(self, run: str) -> tuple[int, bytes] | None:
        return self._run_tails.get(run)

    def by_key(self, key: str) -> tuple[Entry, ...]:
        return tuple(self._by_key.get(key, ()))

    def newest_note(self) -> str | None:
        return None if self._note is None else str(self._note[0])

    def key_entries(self, start: int) -> Iterable[Entry]:
        return self._key_entries

    def node(self, level: int, index: int) -> bytes:
        found = self._nodes.get((level, index))
        return one_node([] if found is None else [(found,)], level, index)

    def open_run(self, ticket: str) -> str | None:
        return next(iter(self._open.get(ticket, ())), None)

    def add_entry(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._know(entry)
        if entry.run is not None and entry.run_seq is not None:
            self._run_tails[entry.run] = entry.run_seq, entry.leaf

    def add_node(self, level: int, index: int, value: bytes) -> None:
        self._new_nodes.append((level, index, value))

    def add_checkpoint(self, size: int, note: bytes) -> None:
        self._checkpoints.append((size, note.decode()))

    def put_summary(self, summary: Summary) -> None:
        self._summaries[summary.run] = summary
        for runs in self._open.values():
            runs.pop(summary.run, None)
        ticket, status = summary.facts.get("ticket"), summary.facts.get("status")
        if ticket in self._open and status not in (None, "ended"):
            self._open[ticket][summary.run] = None

    def _know(self, entry: Entry) -> None:
        self._by_key.setdefault(entry.key, []).append(entry)


def _texts(values: Iterable[str | None]) -> list[str]:
    """The different texts among them that a database can hold; of the others it can hold nothing."""
    return [text for text in dict.fromkeys(values) if isinstance(text, str) and _can_be_kept(text)]


def _can_be_kept(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
