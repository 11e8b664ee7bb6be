"""The port to an audit log: what every store promises, and how a log begins."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from sop_runner.audit import outside
from sop_runner.audit.chain import Place, Ready, chain
from sop_runner.audit.entry import ZERO, Draft, Entry
from sop_runner.audit.note import VerifierKey
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import Conflict, NotVerified, UsageError

CHUNK = 500  # entries read at a time: short enough that no writer waits for a reader


class LedgerKind(StrEnum):
    """Live, or training, which can never close a real ticket."""

    LIVE = "live"
    TRAINING = "training"


class Opening(NamedTuple):
    """What the first entry of a log says: its id (hex), its kind and the key it began with."""

    log: str
    kind: LedgerKind
    key: VerifierKey

    @property
    def origin(self) -> str:
        """The checkpoint origin; it names the kind, so a training receipt shows itself as one."""
        return origin(self.kind, self.log)


class Summary(NamedTuple):
    """The projection of one run for the board: rebuildable, never evidence.

    `run_seq` is that of the last entry folded in. `facts` is JSON; stores search `ticket`,
    `status` (`open`, `held`, `waiting`, `ended`), `waiting_for` and `due` (RFC 3339), and `last`
    orders the board. The rest is the desk's: procedure, title, at, hold reason, holders.
    """

    run: str
    run_seq: int
    facts: Mapping[str, Any]


class RunListing(NamedTuple):
    """One run as the entries alone tell it: its number of entries and where the last one is."""

    run: str
    entries: int
    last_seq: int


class Ledger(Protocol):
    """One audit log. All methods may be called from any thread."""

    @property
    def opening(self) -> Opening: ...

    def append(
        self,
        run: str | None,
        expected_run_seq: int,
        drafts: Sequence[Draft],
        summary: Summary | None = None,
    ) -> tuple[Entry, ...]:
        """Write the entries of one action, all or none, and return them.

        Entries, tree nodes, a signed checkpoint and the run's summary are durable together
        before this returns. A crash leaves all of them or nothing. `expected_run_seq` is the
        number of entries the run had when it was read; it is not looked at where `run` is None.
        A run begins only where the ticket of its summary has no other run that has not ended.
        A retry with the key of a written action returns what was written.
        Raises Conflict (nothing written) when the run moved or its ticket was taken, AppendFailed when
        the answer is unknown: read the run back, or retry with the same key.
        """
        ...

    def entries(self, run: str | None, from_run_seq: int = 0) -> tuple[Entry, ...]:
        """The entries of a run in order; those outside any run for None (from 0 only)."""
        ...

    def scan(self, start: int = 0, stop: int | None = None, chunk: int = CHUNK) -> Iterator[Entry]:
        """Entries `start` up to before `stop` by seq, read in chunks that hold up no writer."""
        ...

    def size(self) -> int:
        """The number of entries."""
        ...

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint; it covers every acknowledged entry."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """A stored tree node, for proofs. Raises NotVerified where it is missing."""
        ...

    def put_procedure(self, digest: str, text: bytes) -> None:
        """Keep a procedure's text under its digest, durably and for ever; again is no error."""
        ...

    def procedure(self, digest: str) -> bytes:
        """The kept text. Raises UsageError where there is none."""
        ...

    def runs(self) -> tuple[RunListing, ...]:
        """Every run in the log, the one with the newest entry first."""
        ...

    def summaries(self, *, ended: bool = False, ticket: str | None = None) -> tuple[Summary, ...]:
        """Summaries of the runs that have not ended (of all with `ended`), newest first."""
        ...

    def rebuild(self, summaries: Sequence[Summary]) -> None:
        """Replace all summaries by these, at once or not at all."""
        ...

    def close(self) -> None:
        """Let go of files; safe to call twice."""
        ...


def origin(kind: LedgerKind, log: str) -> str:
    """The checkpoint origin of a log, also the name of its first key."""
    return f"sop_runner/{kind}/{log}"


def first_entry(log: str, kind: LedgerKind, key: VerifierKey, ts: Stamp) -> Entry:
    """The entry `LogOpened` that begins every log."""
    facts = {"log": log, "ledger": str(kind), "verifier_key": key.text}
    draft = Draft(type=outside.OPENED, key=log, ts=ts, evidence=(facts,))
    return chain(Place(log, 0, ZERO), (draft,))[0]


def read_opening(entry: Entry) -> Opening:
    """Read `LogOpened` back. Raises NotVerified where the entry is not a first one."""
    try:
        (facts,) = entry.evidence
        if entry.type != outside.OPENED or entry.seq != 0 or facts["log"] != entry.log:
            raise ValueError(f"it is '{entry.type}' at {entry.seq}")
        return Opening(entry.log, LedgerKind(facts["ledger"]), VerifierKey.parse(facts["verifier_key"]))
    except (ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise NotVerified(f"the audit log does not begin with 'LogOpened': {error}") from error


def one_key(drafts: Sequence[Draft | Ready]) -> str:
    """The key that all drafts of an append share. Raises UsageError for none or several."""
    keys = {draft.key for draft in drafts}
    if len(keys) != 1:
        raise UsageError(f"an append holds the entries of one action under one key, not {len(keys)}")
    return keys.pop()


def same_action(
    run: str | None, drafts: Sequence[Draft | Ready], written: tuple[Entry, ...]
) -> tuple[Entry, ...]:
    """`written` as the answer to a retry. Raises UsageError where its key meant another action."""
    if [(run, d.type) for d in drafts] != [(e.run, e.type) for e in written]:
        raise UsageError(f"the idempotency key '{drafts[0].key}' was used for another action")
    return written


def begun_ticket(expected: int, summary: Summary | None) -> str | None:
    """The ticket that the first entries of a run take; None for any other append."""
    if expected or summary is None or summary.facts.get("status") == "ended":
        return None
    ticket = summary.facts.get("ticket")
    return None if ticket is None else str(ticket)


def check_ticket(ticket: str, run: str | None) -> None:
    """Raise Conflict where `run`, another one for this ticket, has not ended."""
    if run is not None:
        raise Conflict(
            f"the ticket '{ticket}' has the run '{run}', which has not ended: somebody else began it",
            hint=f"resume '{run}'",
        )


def check_position(run: str, expected: int, actual: int) -> None:
    """Raise Conflict unless the run has as many entries as its writer saw."""
    if expected != actual:
        raise Conflict(
            f"run '{run}' has {actual} entries, not {expected}: somebody else moved it",
            hint="read the run again and decide anew",
        )
