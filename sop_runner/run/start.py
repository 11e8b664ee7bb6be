"""Opening a run: what is known of the case, and the way to the first item."""

from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.base.message import Message, msg, quoted
from sop_runner.machine.plan import Plan
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.value_types import UNKNOWN

from . import events as ev
from .actions import Given, Start
from .advance import go_on
from .approval import approved
from .environment import RunEnv
from .events import Event
from .evolve import started
from .going import Accepted, Going, No, Refused
from .recorded import calendar_parts


def decide_start(plan: Plan, action: Start, given: Given) -> Accepted | Refused:
    """Judge whether a run can be opened: the text is approved, the case's fields hold, it can run alone.

    Training runs any text.
    """
    procedure = plan.procedure
    try:
        if procedure.expects:
            raise No(
                msg(
                    "'{procedure}' expects {controls} of a caller and cannot run alone",
                    procedure=procedure.procedure,
                    controls=quoted(procedure.expects),
                )
            )
        going = opening(plan, action, given)
        go_on(going)
    except No as no:
        return Refused(no.message)
    return Accepted(going)


def opening(plan: Plan, action: Start, given: Given) -> Going:
    """A run that was opened and stands before its first node, which is not entered yet. Raises No where it cannot."""
    procedure = plan.procedure
    if not given.who.roles & set(procedure.roles):
        raise No(msg("'{person}' has no role in this procedure", person=given.who.id))
    approval = () if action.training else (_approval(plan, action, given),)
    if not action.ticket.strip() or len(action.ticket) > 200:
        raise No(msg("a run needs the ticket that it is for"))
    about = {
        "kind": "start",
        "ticket": action.ticket,
        "zone": action.zone,
        "training": action.training,
        "named": {role: list(people) for role, people in sorted(action.named.items())},
        **calendar_parts(action.calendar),
        "pinned": [{"id": i, "revision": r, "digest": d} for i, r, d in plan.pinned],
    }
    first = Event(ev.RUN_STARTED, given.now, to=plan.graph.start, actor=given.who.id, evidence=(about,))
    going = Going(plan, started(plan, action.run, first), given)
    pieces = _case(going, plan, action)
    first = first._replace(
        evidence=(about, *approval, *pieces, {"kind": "shown", "language": given.language})
    )
    going.run = started(plan, action.run, first, going.opened)
    going.events.append(first)
    return going


def _approval(plan: Plan, action: Start, given: Given) -> ev.Evidence:
    """Under which approval a live run is opened, and how much of the log was read for it. Raises No for none."""
    register = action.register
    today = given.now.astimezone(ZoneInfo(action.zone)).date()
    main = (plan.procedure.procedure, plan.procedure.revision, plan.digest)
    found = approved(register, main, plan.pinned, today)
    if isinstance(found, Message):
        raise No(found)
    return {"kind": "approval", "entry": found.approved_at, "read": register.size}


def _case(going: Going, plan: Plan, action: Start) -> list[ev.Evidence]:
    known = {spec.field for spec in plan.procedure.case}
    for name in action.case:
        if name not in known:
            raise No(
                msg(
                    "'{procedure}' has no case field '{field}'",
                    procedure=plan.procedure.procedure,
                    field=name,
                )
            )
    extra: dict[str, Any] = dict.fromkeys(known, UNKNOWN)
    pieces: list[ev.Evidence] = []
    for spec in plan.procedure.case:
        env = RunEnv(plan, going.run, "", going.given.now, extra)
        raw = action.case.get(spec.field)
        asked = spec.only_when is None or holds(spec.only_when, env)
        empty = raw is None or (isinstance(raw, str) and not raw.strip())
        value = None if empty or not asked else going.typed(spec, spec.field, raw, env)
        if value is None and asked and spec.required:
            raise No(msg("'{field}' has to be known before the run starts", field=spec.field))
        extra[spec.field] = UNKNOWN if value is None else value
        pieces.append({"kind": "field", "name": spec.field, **going.keep(spec, value, spec.field)})
    return pieces
