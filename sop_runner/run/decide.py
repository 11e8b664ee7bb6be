"""Say what an action would do now: accepted with its events, or refused in words.

The one function that judges. It reads no clock, disk, network or screen: everything it goes by
is in the plan, the run and what is given with the action.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sop_runner.base.message import Message, msg
from sop_runner.base.message_data import data_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Confirmation

from . import actions as do
from . import events as ev
from . import giving_up, handing, lifecycle
from .answers import ANSWERS
from .events import Event
from .going import Accepted, Going, No, Refused
from .guards import undoing
from .naming import at_item
from .state import Run
from .timing import only_way


def decide(plan: Plan, run: Run, action: do.Action, given: do.Given) -> Accepted | Refused:
    """Judge `action` on `run`. A refusal leaves the run where it was and is recorded too."""
    going = Going(plan, run, given, lazy=True)
    try:
        carry_out(going, action)
    except No as no:
        return Refused(no.message, _refusal(run, action, given, no.message))
    return Accepted(going)


def carry_out(going: Going, action: do.Action) -> None:
    """Collect in `going` what `action` brings. Raises No where it is refused; a replay asks this too."""
    barred = barred_by(going.plan, going.run, action, going.given.now)
    if barred is not None:
        raise No(barred)
    if going.plan.clocked and going.run.hold is None and type(action) is not do.NoticeTime:
        lifecycle.overruns(going)
    act = _ACTS[type(action)]
    if not isinstance(action, _AT_ITEM):
        return act(going, action)
    try:
        act(going, action)
    except No as no:
        raise No(at_item(action.node, no.message)) from no


def _answer(going: Going, action: do.Answer) -> None:
    if len(action.reason) > lifecycle.MAX_TEXT:
        raise No(lifecycle.too_long(action.reason))
    if action.node != going.run.at:
        going.run = going.run._replace(at=action.node, partial={})
    node = going.node.node
    key = node.evidence if isinstance(node, Confirmation) else going.node.kind
    ANSWERS[key](going, action)


_ACTS: Mapping[type[Any], Callable[[Going, Any], None]] = {
    do.Answer: _answer,
    do.TakeOtherwise: lifecycle.take_otherwise,
    do.TakeLimit: lifecycle.take_limit,
    do.Hold: lifecycle.hold,
    do.Resume: lifecycle.resume,
    do.GoBack: lifecycle.go_back,
    do.OfferHandOver: handing.offer,
    do.AcceptHandOver: handing.accept,
    do.DeclineHandOver: handing.decline,
    do.TakeRole: handing.take_role,
    do.AddNote: lifecycle.note,
    do.RecordDeviation: lifecycle.deviate,
    do.Flag: lifecycle.flag,
    do.Waive: lifecycle.waive,
    do.Abandon: giving_up.abandon,
    do.UndoWith: giving_up.undo_with,
    do.LeaveOpen: giving_up.leave_open,
    do.NoticeTime: lifecycle.notice_time,
}

# What a run on hold still takes: coming back, giving up, passing on, writing down.
_WHILE_HELD = (
    do.Resume, do.Abandon, do.AddNote, do.RecordDeviation, do.OfferHandOver, do.AcceptHandOver,
    do.DeclineHandOver, do.TakeRole, do.Flag,
)  # fmt: skip
# What goes along an arrow, and so is barred while a passed limit leaves one way only.
_ARROWS = (do.Answer, do.TakeOtherwise, do.GoBack, do.Waive)
# What is meant for the item it was shown with.
_AT_ITEM = (do.Answer, do.TakeOtherwise, do.TakeLimit, do.Waive, do.UndoWith)


def barred_by(plan: Plan, run: Run, action: do.Action, now: datetime) -> Message | None:
    """What keeps any such action from being done now, whatever it says: an end, a hold, another item, a limit."""
    if run.status != "open":
        return msg("the run has ended; nothing more is recorded in it")
    if run.hold is not None and not isinstance(action, _WHILE_HELD):
        return msg("the run is on hold ({reason}); resume it first", reason=run.hold.reason)
    if isinstance(action, _AT_ITEM) and action.node != run.at and action.node not in undoing(plan, run):
        return msg("'{asked}' is not the current item, '{node}' is", asked=action.node, node=run.at)
    if plan.clocked and isinstance(action, _ARROWS):
        clock = only_way(plan, run, now)
        if clock is not None:
            return msg(
                "the limit of '{node}' has passed; the only way left is its jump, take it", node=clock.node
            )
    return None


def _refusal(run: Run, action: do.Action, given: do.Given, message: Message) -> tuple[Event, ...]:
    if run.status != "open":
        return ()
    asked = type(action).__name__
    about: dict[str, Any] = {"kind": "refusal", "asked": asked, **data_of(message)}
    for key in ("node", "choice", "ruling"):
        if said := str(getattr(action, key, ""))[:200]:
            about[key] = said
    event = Event(
        ev.REFUSED,
        given.now,
        at=run.at,
        actor=given.who.id,
        outcome=asked,
        reason=str(message)[: lifecycle.MAX_TEXT],
        evidence=(about,),
    )
    return (event,)
