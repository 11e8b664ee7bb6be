"""Publishing as a live log tells it: who proposed, who signed, and runs that no approval covers."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sop_runner.audit.findings import Code
from sop_runner.base.message import Message
from sop_runner.run.approval import approved
from sop_runner.run.register import PUBLISHED, TYPES, Register, piece_of, take

from .enrolled import Enrolled
from .judging import Flaw
from .plans import PinnedPlans

# What reading an entry that no program wrote can end in.
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, StopIteration)


class Published:
    """Folds the entries outside runs into a register, and says of each what is wrong with it."""

    def __init__(self, plans: PinnedPlans, enrolled: Enrolled) -> None:
        self._register = Register()
        self._plans, self._enrolled = plans, enrolled

    def take(self, index: int, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """The flaws of an entry; only what publishes or rules on a text is looked at."""
        if body["type"] not in TYPES:
            return
        self._register, wrong = take(self._register, index, body)
        if wrong is not None:
            yield Flaw(*wrong)
        elif body["type"] == PUBLISHED:
            yield from self._text(body)
        unknown = self._enrolled.stranger(body)
        if unknown:
            yield Flaw(Code.ILLEGAL_TRANSITION, unknown)

    def started(self, index: int, body: Mapping[str, Any], today: date) -> Flaw | None:
        """What is wrong with the approval under which a live run was opened on that day."""
        try:
            pin, about, under = body["procedure"], piece_of(body, "start"), piece_of(body, "approval")
            main = (pin["id"], pin["revision"], pin["digest"])
            callees = [(one["id"], one["revision"], one["digest"]) for one in about["pinned"]]
            # A withdrawal may have come between reading and starting: judged by what had been read.
            size = min(int(under.get("read", index)), index)
            found = approved(self._register, main, callees, today, size)
        except _UNREADABLE as error:
            said = f"the start does not say what it was approved by ({type(error).__name__})"
            return Flaw(Code.ILLEGAL_TRANSITION, said)
        if isinstance(found, Message):
            return Flaw(Code.ILLEGAL_TRANSITION, f"a live run was started without an approval: {found}")
        if under.get("entry") != found.approved_at:
            said = (
                f"the run names entry {under.get('entry')} as its approval, it is entry {found.approved_at}"
            )
            return Flaw(Code.ILLEGAL_TRANSITION, said)
        return None

    def _text(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """Whether what was published is kept, and says what its entry says."""
        about, pin = piece_of(body, "published"), body["procedure"]
        plan = self._plans.plan(pin, about["pinned"])
        if isinstance(plan, Flaw):
            yield plan
            return
        days = plan.procedure.effective_from.isoformat(), plan.procedure.review_by.isoformat()
        if (about["effective_from"], about["review_by"]) != days:
            said = (
                f"'{pin['id']}' revision {pin['revision']} was published with other dates than its text has"
            )
            yield Flaw(Code.PROCEDURE_MISMATCH, said)
