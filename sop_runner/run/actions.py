"""What a person can ask for, and what is known when they ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sop_runner.base.calendar import USUAL, Calendar

from .register import NOTHING_PUBLISHED, Register


@dataclass(frozen=True, slots=True)
class Actor:
    """A verified person: the pseudonymous id, and the roles this person may take."""

    id: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Opened:
    """What stands behind a commitment: its salt, and the value where it is kept (else None)."""

    salt: bytes = field(repr=False)
    value: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Given:
    """Everything an action is judged by besides the run: who, when, in which language, what is sealed.

    `seed` is fresh randomness from which the salts of this action's commitments are drawn;
    `opened` are the run's commitments with what is kept behind them.
    """

    who: Actor
    now: datetime
    seed: bytes = field(repr=False)
    language: str = "en"
    opened: Mapping[str, Opened] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class FactorProof:
    """The result of checking one factor; `ref` is a salted reference to its use, never a secret."""

    factor: str
    kind: str
    right: bool
    ref: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """Open a run for a ticket. `named` are the people named for each role at this moment.

    `register` is what the desk has published: nothing runs live that is not approved in it.
    """

    run: str
    ticket: str
    zone: str
    case: Mapping[str, Any] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendar: Calendar = USUAL
    training: bool = False
    register: Register = NOTHING_PUBLISHED


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the item `node`.

    `choice` is `done` (a step, a complete checklist, record, log review or read-back),
    `affirmed` or `declined`, `approved` or `declined`, an outcome's name, or empty where only
    some values are answered. `values` go by field, item, check number (`1`, `2`, …) or name; an
    item takes its answer or `{"answer": …, "said_by": …}` or `{"not_applicable": reason}`; a log
    review takes `extract: {"digest", "lines", "name"}`.
    """

    node: str
    choice: str = "done"
    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    factors: tuple[FactorProof, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeOtherwise:
    """Leave the item by its `otherwise`, with a reason."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class TakeLimit:
    """Leave the item by the jump that its passed limit leaves as the only way."""

    node: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop for now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a hold."""


@dataclass(frozen=True, slots=True)
class GoBack:
    """Return to a visited item to correct something."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferHandOver:
    """Offer a role (all that the actor holds where empty) to another person, with a summary."""

    to: str
    summary: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class AcceptHandOver:
    """Take what was offered."""


@dataclass(frozen=True, slots=True)
class DeclineHandOver:
    """Refuse or take back what was offered."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class AddNote:
    """Write a note into the record of the run."""

    text: str


@dataclass(frozen=True, slots=True)
class RecordDeviation:
    """Record a departure from the text."""

    expected: str
    happened: str
    decided: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Tell the author of the procedure something about the item."""

    node: str
    text: str


@dataclass(frozen=True, slots=True)
class Waive:
    """Rule on the item with a deviation: `waived`, `again` or `stop`, signed by the one who rules."""

    node: str
    ruling: str
    expected: str
    happened: str
    decided: str
    factors: tuple[FactorProof, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abandon:
    """End the run without closing its ticket; what was left open is walked first."""

    reason: str


@dataclass(frozen=True, slots=True)
class TakeRole:
    """While the run is on hold: take a role over from a holder who is not there to hand it over."""

    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class UndoWith:
    """While abandoning: undo the newest open step by another one of the items that can."""

    node: str


@dataclass(frozen=True, slots=True)
class LeaveOpen:
    """While abandoning: leave the newest open step as it is, with a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoticeTime:
    """Put on record that an expected time or a limit has passed."""


Action = (
    Start
    | Answer
    | TakeOtherwise
    | TakeLimit
    | Hold
    | Resume
    | GoBack
    | OfferHandOver
    | AcceptHandOver
    | DeclineHandOver
    | TakeRole
    | AddNote
    | RecordDeviation
    | Flag
    | Waive
    | Abandon
    | UndoWith
    | LeaveOpen
    | NoticeTime
)
