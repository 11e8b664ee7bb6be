"""Events on their way into entries of the audit log, and back (`event_of`)."""

from collections.abc import Sequence

from sop_runner.audit.entry import Draft, ProcedureRef
from sop_runner.base.clock import Stamp
from sop_runner.machine.plan import Plan
from sop_runner.run.entries import event_of as event_of
from sop_runner.run.events import Event


def pin_of(plan: Plan) -> ProcedureRef:
    """What every entry of a run says about the text it follows."""
    return ProcedureRef(plan.procedure.procedure, plan.procedure.revision, plan.digest)


def drafts_of(events: Sequence[Event], plan: Plan, key: str, stamp: Stamp) -> tuple[Draft, ...]:
    """The drafts of one action: all under its key, all at the reading of the clock it was judged by."""
    pin = pin_of(plan)
    return tuple(
        Draft(
            type=event.type,
            key=key,
            ts=stamp,
            procedure=pin,
            at=event.at,
            arrow=event.arrow,
            to=event.to,
            actor=event.actor,
            role=event.role,
            outcome=event.outcome,
            reason=event.reason,
            evidence=event.evidence,
        )
        for event in events
    )
