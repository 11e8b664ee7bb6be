"""What a group of actions needs of a log on PostgreSQL, looked at or believed, and the one statement that adds it.

What is believed saves the round trip of looking: the statement that adds compares it with what is
there, under the lock, and adds nothing where anything is otherwise.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from psycopg import Connection, DatabaseError, errors
from psycopg.pq import TransactionStatus

from sop_runner.audit.chain import Link
from sop_runner.audit.entry import Entry
from sop_runner.audit.log import Summary, begun_ticket
from sop_runner.stores import queries
from sop_runner.stores.group import Edge, Request
from sop_runner.stores.postgres_schema import LOCK
from sop_runner.stores.postgres_words import words
from sop_runner.stores.reading import one_node

# Nobody can have the log beside: the first statement of the transaction takes the lock, and under READ
# COMMITTED each one after it sees what was committed before. SELECT … FOR UPDATE on the tail would fork:
# it waits, and then still gives the row that was the newest before. A sequence would leave gaps.
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_BEGIN_LOOKING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
_EDGE = """
WITH head AS (SELECT max(seq) + 1 AS size FROM entry)
SELECT node.level, node."index", node.hash FROM head
CROSS JOIN generate_series(1, 62) AS l
CROSS JOIN LATERAL (SELECT level, "index", hash FROM node
  WHERE level = l AND "index" = (head.size >> l) - 1 AND (head.size >> l) & 1 = 1) AS node
"""
_BY_KEYS = """SELECT convert_to(body, 'UTF8') FROM entry WHERE "key" = ANY(%s) ORDER BY seq"""
_NEWEST_OF_RUN = "SELECT run_seq, leaf FROM entry WHERE entry.run = asked.run ORDER BY run_seq DESC LIMIT 1"
_RUN_TAILS = f"""
SELECT asked.run, newest.run_seq, newest.leaf FROM unnest(%s::text[]) AS asked (run)
CROSS JOIN LATERAL ({_NEWEST_OF_RUN}) AS newest
"""  # noqa: S608 - constants


_NEW_LINES = """ROWS FROM (json_array_elements_text(%(shown)s), unnest(%(shown_seqs)s::bigint[]),
    unnest(string_to_array(%(facts)s, E'\\n'))) AS new (run, run_seq, facts)"""
_SHOW = f"SELECT put_summary(new.run, new.run_seq, new.facts) FROM {_NEW_LINES}"  # noqa: S608 - constants
_PREPARED = WeakSet[Connection]()  # where `_ADD` is


def _hash_of(name: str) -> str:
    """The `nth` of the hashes in a parameter."""
    return f"substring(%({name})b FROM (32 * nth - 31)::int FOR 32)"


_OPEN_RUNS = "SELECT ticket, run FROM run_summary WHERE ticket = ANY(%s) AND status <> 'ended'"
# `fits` is one row, or none where something is otherwise; each of the others takes its rows from there. Who
# waits here for the lock sees the log as it was before: then `seq` is there already, which the index refuses.
# What comes many times comes as one text: JSON, lines of it, or hashes one behind the other. As lists each
# item would go through several functions of the driver's.
_ADD = f"""
WITH fits AS MATERIALIZED (
  SELECT 1 FROM pg_advisory_xact_lock(%(locks)s::int, %(lock)s::int) WHERE coalesce(
      (SELECT seq + 1 = %(size)s::bigint AND leaf = %(leaf)b FROM entry ORDER BY seq DESC LIMIT 1), %(size)s = 0)
    AND coalesce(
      (SELECT starts_with(note, %(head)s) FROM checkpoint ORDER BY size DESC LIMIT 1), %(size)s = 0)
    AND NOT EXISTS (SELECT FROM json_array_elements_text(%(keys)s) AS asked (k)
      CROSS JOIN LATERAL (SELECT FROM entry WHERE "key" = asked.k LIMIT 1) AS written)
    AND NOT EXISTS (SELECT FROM json_each_text(%(runs)s) AS asked (run, tail)
      LEFT JOIN LATERAL ({_NEWEST_OF_RUN}) AS newest ON true
      WHERE newest.leaf IS DISTINCT FROM decode(asked.tail, 'hex'))
    AND NOT EXISTS (SELECT FROM json_array_elements_text(%(tickets)s) AS asked (ticket)
      CROSS JOIN LATERAL
      (SELECT FROM run_summary WHERE run_summary.ticket = asked.ticket AND status <> 'ended' LIMIT 1) AS going_on)
), added AS (
  INSERT INTO entry (seq, body, leaf, prev, run, run_seq, type, "key")
  SELECT %(size)s - 1 + nth, body, {_hash_of("leaves")}, prev, run, run_seq, type, "key"
  FROM fits, ROWS FROM (unnest(string_to_array(%(bodies)s, E'\\n'), string_to_array(%(prevs)s, ' ')),
    json_array_elements_text(%(of_runs)s), unnest(%(run_seqs)s::bigint[]), json_array_elements_text(%(types)s),
    json_array_elements_text(%(by_keys)s)) WITH ORDINALITY AS new (body, prev, run, run_seq, type, "key", nth)
  ORDER BY nth RETURNING 1
), grown AS (
  INSERT INTO node (level, "index", hash) SELECT level, "index", {_hash_of("hashes")}
  FROM fits, unnest(%(levels)s::int[], %(indexes)s::bigint[]) WITH ORDINALITY AS new (level, "index", nth)
), signed AS (
  INSERT INTO checkpoint (size, note) SELECT %(signed)s::bigint, %(note)s FROM fits
), shown AS (
  SELECT put_summary(new.run, new.run_seq, new.facts) FROM fits, {_NEW_LINES}
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM shown), (SELECT count(*) FROM fits)
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Facts:
    """What is there, as far as a group asks for it."""

    tail: tuple[int, bytes] = (-1, b"")
    note: str | None = None
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    key_entries: tuple[Entry, ...] = ()
    written: tuple[Entry, ...] = ()
    run_tails: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    open_runs: tuple[tuple[str, str], ...] = ()
    """Tickets, each with a run that has not ended."""


def begin(connection: Connection, lock: int) -> None:
    """Begin a transaction with the log in hand; within a pipeline without waiting for it."""
    connection.execute(_BEGIN)
    connection.execute(_LOCK, (LOCK, lock))


def put_summaries(connection: Connection, summaries: Sequence[Summary]) -> None:
    """Write lines of the board, by themselves."""
    connection.execute(_SHOW, _lines(summaries))


def look(connection: Connection, lock: int | None, requests: Sequence[Request], keys_from: int) -> Facts:
    """Begin a transaction with the log in hand, or one that only reads (None); what a group asks for, in one round trip."""
    keys = _texts(draft.key for request in requests for draft in request.drafts)
    runs = _texts(request.run for request in requests)
    tickets = _texts(request.summary.facts.get("ticket") for request in requests if request.summary)
    with connection.pipeline():
        if lock is None:
            connection.execute(_BEGIN_LOOKING)
        else:
            begin(connection, lock)
        tail = connection.execute(words(queries.TAIL))
        note = connection.execute(words(queries.NEWEST_NOTE))
        edge = connection.execute(_EDGE)
        key_entries = connection.execute(words(queries.KEY_ENTRIES), (keys_from,))
        written = connection.execute(_BY_KEYS, (keys,))
        tails = connection.execute(_RUN_TAILS, (runs,))
        going_on = connection.execute(_OPEN_RUNS, (tickets,))
    newest = note.fetchone()
    return Facts(
        tail.fetchone() or (-1, b""),
        None if newest is None else str(newest[0]),
        {(level, at): value for level, at, value in edge},
        tuple(Entry.parse(body) for (body,) in key_entries),
        tuple(Entry.parse(body) for (body,) in written),
        {run: (at, leaf) for run, at, leaf in tails},
        tuple(going_on),
    )


def believe(edge: Edge, requests: Sequence[Request]) -> Facts | None:
    """What is there if nobody has written since `edge`, and nothing of the requests; None where more must be known."""
    tails = {}
    for request in requests:
        if request.run is not None and request.expected_run_seq > 0 and request.run not in tails:
            if request.run_prev is None:
                return None
            tails[request.run] = request.expected_run_seq - 1, request.run_prev
    return Facts((edge.frontier.size - 1, edge.leaf), run_tails=tails)


class Batch:
    """The `Tables` of a log while one group is written: kept in memory, added at the end."""

    def __init__(self, facts: Facts) -> None:
        """Begin with what is there."""
        self._facts = facts
        self._by_key: dict[str, list[bytes]] = {}
        for entry in facts.written:
            self._know(entry)
        self._run_tails = dict(facts.run_tails)
        self._open: dict[str, dict[str, None]] = {}
        for ticket, run in facts.open_runs:
            self._open.setdefault(ticket, {})[run] = None
        self._entries: list[Entry | Link] = []
        self._new_nodes: list[tuple[int, int, bytes]] = []
        self._checkpoints: list[tuple[int, str]] = []
        self._summaries: dict[str, Summary] = {}

    def send(self, connection: Connection, lock: int, head: str, believed: Sequence[Request] = ()) -> bool:
        """Add what was put into the batch to the log, and commit, in one round trip; durable when this returns True.

        `head` is how the log's newest checkpoint begins. Whether it does, and whether of `believed`
        requests all is as the batch was told, is compared; False, with nothing written, where not.
        Raises psycopg.Error where it cannot be told.
        """
        values = self._values() | self._told(believed) | {"head": head, "locks": str(LOCK), "lock": str(lock)}
        begun = connection.info.transaction_status is TransactionStatus.INTRANS
        # Preparing is a trip of its own but in a pipeline, which in turn wakes the server three times for one.
        several = begun or connection not in _PREPARED
        try:
            with connection.pipeline() if several else nullcontext():
                answer = connection.execute(_ADD, values, prepare=True)
                if begun:
                    connection.execute("COMMIT")
        except errors.UniqueViolation:
            if begun:
                raise
            return False  # somebody was faster: nothing else can be there twice that was compared
        _PREPARED.add(connection)
        added, shown, fits = answer.fetchone() or (0, 0, 0)
        if fits and (added, shown) != (len(self._entries), len(self._summaries)):
            raise DatabaseError("the server has not kept what it was given")
        return bool(fits)

    def _values(self) -> dict[str, Any]:
        entries, summaries = self._entries, [*self._summaries.values()]
        ((signed, note),) = self._checkpoints
        return {
            "size": str(
                self._facts.tail[0] + 1
            ),  # numbers go as text: as what they are, one statement would be several
            "leaf": self._facts.tail[1],
            "bodies": b"\n".join(entry.body for entry in entries).decode(),
            "leaves": b"".join(entry.leaf for entry in entries),
            "prevs": " ".join(entry.prev for entry in entries),
            "of_runs": json.dumps([entry.run for entry in entries]),
            "run_seqs": _array(entry.run_seq for entry in entries),
            "types": json.dumps([entry.type for entry in entries]),
            "by_keys": json.dumps([entry.key for entry in entries]),
            "levels": _array(level for level, _, _ in self._new_nodes),
            "indexes": _array(index for _, index, _ in self._new_nodes),
            "hashes": b"".join(value for _, _, value in self._new_nodes),
            "signed": str(signed),
            "note": note,
            **_lines(summaries),
        }

    def _told(self, believed: Sequence[Request]) -> dict[str, Any]:
        begun = (begun_ticket(request.expected_run_seq, request.summary) for request in believed)
        tails = self._facts.run_tails
        runs = _texts(request.run for request in believed)
        return {
            "keys": json.dumps(_texts(draft.key for request in believed for draft in request.drafts)),
            "runs": json.dumps({run: tails[run][1].hex() if run in tails else None for run in runs}),
            "tickets": json.dumps(_texts(begun)),
        }

    def tail(self) -> tuple[int, bytes]:
        return self._facts.tail

    def run_tail(self, run: str) -> tuple[int, bytes] | None:
        return self._run_tails.get(run)

    def by_key(self, key: str) -> tuple[Entry, ...]:
        return tuple(map(Entry.parse, self._by_key.get(key, ())))

    def newest_note(self) -> str | None:
        return self._facts.note

    def key_entries(self, start: int) -> Iterable[Entry]:
        return self._facts.key_entries

    def node(self, level: int, index: int) -> bytes:
        found = self._facts.nodes.get((level, index))
        return one_node([] if found is None else [(found,)], level, index)

    def open_run(self, ticket: str) -> str | None:
        return next(iter(self._open.get(ticket, ())), None)

    def add_entry(self, entry: Entry | Link) -> None:
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
        if isinstance(ticket, str) and status not in (None, "ended"):
            self._open.setdefault(ticket, {})[summary.run] = None

    def _know(self, entry: Entry | Link) -> None:
        self._by_key.setdefault(entry.key, []).append(entry.body)


def _lines(summaries: Sequence[Summary]) -> dict[str, str]:
    return {
        "shown": json.dumps([one.run for one in summaries]),
        "shown_seqs": _array(one.run_seq for one in summaries),
        "facts": "\n".join(json.dumps(one.facts, sort_keys=True) for one in summaries),
    }


def _array(numbers: Iterable[int | None]) -> str:
    return f"{{{','.join(['NULL' if one is None else str(one) for one in numbers])}}}"


def _texts(values: Iterable[str | None]) -> list[str]:
    """The different texts among them that a database can hold; of the others it can hold nothing."""
    return [text for text in dict.fromkeys(values) if isinstance(text, str) and _can_be_kept(text)]


def _can_be_kept(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
