"""Recorded facts: an event is what one entry of the audit log says about a run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sop_runner.audit import outside

Evidence = Mapping[str, Any]


class Event(NamedTuple):
    """One fact in the form it is recorded in; evidence is JSON-able.

    Moves carry `at`, `arrow` and `to`; `when` is the recorded time, aware UTC.
    """

    type: str
    when: datetime
    at: str | None = None
    arrow: str | None = None
    to: str | None = None
    actor: str | None = None
    role: str | None = None
    outcome: str | None = None
    reason: str | None = None
    evidence: tuple[Evidence, ...] = ()


# Moves along an arrow, by what kind of move it was.
NODE_DONE = "NodeDone"
DECISION_TAKEN = "DecisionTaken"
OTHERWISE_TAKEN = "OtherwiseTaken"
LIMIT_TAKEN = "LimitTaken"
NODE_PASSED_OVER = "NodePassedOver"
CALL_ENTERED = "CallEntered"
CALL_RETURNED = "CallReturned"
ELEMENT_STARTED = "ElementStarted"
MOVES = frozenset(
    (
        NODE_DONE, DECISION_TAKEN, OTHERWISE_TAKEN, LIMIT_TAKEN, NODE_PASSED_OVER, CALL_ENTERED, CALL_RETURNED,
        ELEMENT_STARTED,
    )
)  # fmt: skip

# Everything else that happens to a run.
RUN_STARTED = "RunStarted"
RUN_ENDED = "RunEnded"
PART_ANSWERED = "PartAnswered"
FACTOR_CHECKED = "FactorChecked"
SIGNATURE_GIVEN = "SignatureGiven"
NODE_FAILED = "NodeFailed"
REFUSED = outside.REFUSED
RUN_HELD = "RunHeld"
RUN_RESUMED = "RunResumed"
WENT_BACK = "WentBack"
HAND_OVER_OFFERED = "HandOverOffered"
HAND_OVER_ACCEPTED = "HandOverAccepted"
HAND_OVER_DECLINED = "HandOverDeclined"
ROLE_TAKEN = "RoleTaken"
NOTE_ADDED = "NoteAdded"
DEVIATION_RECORDED = "DeviationRecorded"
ITEM_FLAGGED = "ItemFlagged"
WAIVER_RULED = "WaiverRuled"
OVERRUN_NOTED = "OverrunNoted"
RUN_ABANDONED = "RunAbandoned"
STEP_UNDONE = "StepUndone"
UNDO_CHOSEN = "UndoChosen"
LEFT_OPEN = "LeftOpen"


def about(event: Event, kind: str) -> Evidence:
    """The piece of evidence of a kind. Raises KeyError where there is none."""
    for piece in event.evidence:
        if piece["kind"] == kind:
            return piece
    raise KeyError(kind)


def evidence_of(event: Event, kind: str) -> tuple[Evidence, ...]:
    """The pieces of evidence of one kind."""
    return tuple(piece for piece in event.evidence if piece["kind"] == kind)
