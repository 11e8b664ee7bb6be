"""Writing the actions of one commit: the same for every database, given the few statements it needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sop_runner.audit.chain import Link, Place, Ready, linked
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO, Entry
from sop_runner.audit.keyring import KEY_TYPES, Keyring, check_signer
from sop_runner.audit.log import (
    Opening,
    Summary,
    begun_ticket,
    check_position,
    check_ticket,
    one_key,
    same_action,
)
from sop_runner.audit.note import Signer, VerifierKey
from sop_runner.audit.tree import Frontier
from sop_runner.base.errors import NotVerified, SopError, UsageError
from sop_runner.base.message import msg


@dataclass(frozen=True, slots=True)
class Request:
    """One action to append; see `Ledger.append` for its parts.

    `run_prev` is the leaf of the run's newest entry where its writer has seen it: what saves a question.
    """

    run: str | None
    expected_run_seq: int
    drafts: tuple[Ready, ...]
    summary: Summary | None
    run_prev: bytes | None = None

    @property
    def key(self) -> str:
        """The idempotency key of its entries. Raises UsageError for none or several."""
        return one_key(self.drafts)


Answer = tuple[Link, ...] | tuple[Entry, ...] | SopError
"""What a request has become, the entries that were written under its key before, or why it wrote nothing."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of the tree, and the newest leaf, by which it is told whether it still is.

    `signer` is the key that left it and may still sign: no entry of that group changed the keys.
    """

    leaf: bytes
    frontier: Frontier
    signer: VerifierKey | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a group came to: an answer to each request, the seq of the first new entry, and what is signed;
    None where nothing is new."""

    answers: tuple[Answer, ...]
    start: int
    edge: Edge
    note: bytes | None


class Tables(Protocol):
    """The tables of a log inside a transaction that no other writer can enter."""

    def tail(self) -> tuple[int, bytes]:
        """`seq` and leaf of the newest entry."""
        ...

    def run_tail(self, run: str) -> tuple[int, bytes] | None:
        """`run_seq` and leaf of a run's newest entry; None for a run that has none."""
        ...

    def by_key(self, key: str) -> tuple[Entry, ...]:
        """The entries written under an idempotency key."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """A node of the tree. Raises NotVerified where it is missing."""
        ...

    def newest_note(self) -> str | None:
        """The newest checkpoint."""
        ...

    def key_entries(self, start: int) -> Iterable[Entry]:
        """The entries from `start` on that change which keys may sign (KEY_TYPES), by seq."""
        ...

    def add_entry(self, entry: Entry | Link) -> None: ...

    def add_node(self, level: int, index: int, value: bytes) -> None: ...

    def add_checkpoint(self, size: int, note: bytes) -> None: ...

    def put_summary(self, summary: Summary) -> None: ...

    def open_run(self, ticket: str) -> str | None:
        """A run of the ticket that has not ended."""
        ...


def write_group(
    tables: Tables,
    opening: Opening,
    ring: Keyring,
    signer: Signer,
    edge: Edge | None,
    requests: Sequence[Request],
) -> Written:
    """Append each request that can be, in order, and sign one checkpoint over all.

    `ring` are the log's keys as far as they were looked at; it is brought up to what is there. A
    signer whose key may not sign writes nothing, and every request is told so.

    A request that cannot be written is answered with its error and disturbs no other. `edge` is
    what the last group left, and is used where nobody else has written since.
    Raises NotVerified, with nothing written, where the newest checkpoint is not of what is there.
    """
    seq, leaf = tables.tail()  # never remembered: another process may have written
    # The newest leaf stands for the whole log through `prev`: the same leaf, the same tree.
    same = edge is not None and edge.leaf == leaf and edge.frontier.size == seq + 1
    frontier = edge.frontier.copy() if edge and same else _frontier(tables, opening, seq + 1, leaf)
    if not (edge and same and edge.signer == signer.verifier):
        _follow_keys(tables, ring, seq + 1)
        try:
            check_signer(ring, signer)
        except UsageError as error:
            return Written((error,) * len(requests), seq + 1, Edge(leaf, frontier), None)
    answers: list[Answer] = []
    settled = True
    for request in requests:
        try:
            known, new = _judge(tables, Place(opening.log, frontier.size, leaf.hex()), request)
        except SopError as error:
            answers.append(error)
            continue
        for entry in new:
            tables.add_entry(entry)
            for node in frontier.push(entry.leaf)[1:]:
                tables.add_node(*node)
            leaf, settled = entry.leaf, settled and entry.type not in KEY_TYPES
        if new and request.summary is not None:
            tables.put_summary(request.summary)
        answers.append(known or new)
    note = sign(tables, opening, signer, frontier) if frontier.size > seq + 1 else None
    return Written(tuple(answers), seq + 1, Edge(leaf, frontier, signer.verifier if settled else None), note)


def _follow_keys(tables: Tables, ring: Keyring, size: int) -> None:
    """Bring the ring up to the entries that are there; a checkpoint covers them all."""
    for entry in tables.key_entries(ring.upto):
        ring.take(entry.type, entry.evidence)
    ring.upto = size
    ring.covered(size)


def settle(tables: Tables, opening: Opening, request: Request) -> Answer | None:
    """What became of a request that somebody else may have written; None where it could be written now.

    To be asked of one state of the tables: between two the request may be written, which looks like a conflict.
    """
    try:
        known, _ = _judge(tables, Place(opening.log, 0, ZERO), request)
    except SopError as error:
        return error
    return known or None


def sign(tables: Tables, opening: Opening, signer: Signer, frontier: Frontier) -> bytes:
    """Put a signed checkpoint over all entries beside them, and return it."""
    head = Checkpoint(opening.origin, frontier.size, frontier.root())
    note = head.sign(signer)
    tables.add_checkpoint(head.size, note)
    return note


def _judge(tables: Tables, place: Place, request: Request) -> tuple[tuple[Entry, ...], tuple[Link, ...]]:
    """What was written under the key before, or else the new entries. Raises what forbids them."""
    if written := tables.by_key(request.key):
        return same_action(request.run, request.drafts, written), ()
    if request.run is not None:
        last = tables.run_tail(request.run)
        run_seq, run_prev = (0, ZERO) if last is None else (last[0] + 1, last[1].hex())
        check_position(request.run, request.expected_run_seq, run_seq)
        if (ticket := begun_ticket(run_seq, request.summary)) is not None:
            check_ticket(ticket, tables.open_run(ticket))
        place = Place(place.log, place.seq, place.prev, request.run, run_seq, run_prev)
    return (), linked(place, request.drafts)


def _frontier(tables: Tables, opening: Opening, size: int, leaf: bytes) -> Frontier:
    def read(level: int, index: int) -> bytes:
        return leaf if level == 0 else tables.node(level, index)  # its only leaf is the newest entry's

    frontier = Frontier.load(size, read)
    head = Checkpoint(opening.origin, size, frontier.root())
    note = tables.newest_note()
    if note is None or not note.startswith(head.text):
        raise NotVerified(
            msg(
                "the newest checkpoint is not of the log's {size} entries: nothing is signed on top",
                size=size,
            ),
            hint=msg("run 'sop audit verify'"),
        )
    return frontier
