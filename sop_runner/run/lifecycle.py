"""What a person can always do besides answering: hold, go back, note, deviate, rule."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sop_runner.base.message import Message, msg
from sop_runner.procedure.nodes import Checklist, Confirmation

from . import events as ev
from .actions import (
    AddNote,
    Flag,
    GoBack,
    Hold,
    NoticeTime,
    RecordDeviation,
    Resume,
    TakeLimit,
    TakeOtherwise,
    Waive,
)
from .advance import go_on, leave
from .answers.checklist import waived_items
from .answers.common import check_proofs, done, shown
from .answers.record import record_fields
from .going import Going, No
from .guards import acting_role
from .timing import only_way, running

MAX_TEXT = 4000


def text_of(value: str, what: Message) -> str:
    """A text that must be given. Raises No where it is empty or too long."""
    if not value.strip():
        raise No(what)
    if len(value) > MAX_TEXT:
        raise No(too_long(value))
    return value


def too_long(value: str) -> Message:
    """What is said of a text past the bound."""
    return msg("the text is {length} characters long; {most} are allowed", length=len(value), most=MAX_TEXT)


def _role(going: Going) -> str | None:
    role = acting_role(going.run, going.node.by, (), going.given.who, going.run.at)
    return None if isinstance(role, Message) else role


def belongs(going: Going) -> None:
    """Only people of the procedure's roles, or who act in this run already, have a say in it."""
    who = going.given.who
    holding = any(who.id in people for people in going.run.holders.values())
    if not holding and not who.roles & set(going.plan.procedure.roles):
        raise No(msg("'{person}' has no role in this procedure", person=who.id))


def take_otherwise(going: Going, action: TakeOtherwise) -> None:
    """Leave by `otherwise`, with a reason."""
    belongs(going)
    if "otherwise" not in going.node.arrows or going.run.abandoning:
        raise No(msg("'{node}' has no other way; answer it, hold or abandon the run", node=going.run.at))
    reason = text_of(action.reason, msg("say why '{node}' is left by its other way", node=going.run.at))
    leave(going, "otherwise", ev.OTHERWISE_TAKEN, role=_role(going), reason=reason, evidence=(shown(going),))


def take_limit(going: Going, action: TakeLimit) -> None:
    """Take the jump that a passed limit leaves as the only way."""
    belongs(going)
    clock = only_way(going.plan, going.run, going.given.now)
    if clock is None or clock.arrow is None:
        raise No(msg("no limit of '{node}' has passed", node=going.run.at))
    leave(going, clock.arrow, ev.LIMIT_TAKEN, role=_role(going), evidence=(shown(going),))


def hold(going: Going, action: Hold) -> None:
    """Stop for now."""
    belongs(going)
    reason = text_of(action.reason, msg("say why the run is put on hold"))
    going.emit(ev.RUN_HELD, reason=reason)


def resume(going: Going, action: Resume) -> None:
    """Go on after a hold."""
    belongs(going)
    if going.run.hold is None:
        raise No(msg("the run is not on hold"))
    going.emit(ev.RUN_RESUMED)


def go_back(going: Going, action: GoBack) -> None:
    """Return to a visited item as the run stood when it was entered; not across an irreversible one."""
    belongs(going)
    run = going.run
    if run.abandoning:
        raise No(msg("the run is being abandoned; undo what is open or leave it with a reason"))
    reason = text_of(action.reason, msg("say why you go back to '{node}'", node=action.node))
    if action.node == run.at:
        raise No(msg("'{node}' is the current item", node=action.node))
    barred = back_problem(going, action.node)
    if barred is not None:
        raise No(barred)
    going.emit(ev.WENT_BACK, to=action.node, role=_role(going), reason=reason)
    go_on(going)


def back_problem(going: Going, node: str) -> Message | None:
    """Why the way cannot be taken back to `node`; None where it can."""
    run = going.run
    index = next((i for i in range(len(run.way) - 1, -1, -1) if run.way[i].node == node), None)
    if index is None:
        return msg("'{node}' was not visited on the way here", node=node)
    if going.plan.node(node).automatic:
        return msg("'{node}' is not an item that a person answers", node=node)
    for visit in run.way[index:-1]:
        if _is_final(going, visit.node):
            return msg("'{node}' cannot be taken back: '{done}' is irreversible", node=node, done=visit.node)
    if run.way[index].serial < run.final[0]:
        return msg("'{node}' cannot be taken back: '{done}' is irreversible", node=node, done=run.final[1])
    return None


def ways_back(going: Going) -> Iterator[str]:
    """Every item for which there is no `back_problem`, newest first, in one walk along the way."""
    run = going.run
    for visit in reversed(run.way[:-1]):
        if visit.serial < run.final[0] or _is_final(going, visit.node):
            return
        if visit.node != run.at and not going.plan.node(visit.node).automatic:
            yield visit.node


def _is_final(going: Going, location: str) -> bool:
    """Whether a visited node cannot be taken back; a call under way still can."""
    left = going.plan.node(location)
    if not left.irreversible:
        return False
    return left.kind != "call" or not going.run.at.startswith((f"{location}/", f"{location}["))


def note(going: Going, action: AddNote) -> None:
    """Write a note."""
    belongs(going)
    going.emit(ev.NOTE_ADDED, reason=text_of(action.text, msg("the note is empty")))


def flag(going: Going, action: Flag) -> None:
    """Tell the author something about an item."""
    belongs(going)
    going.emit(
        ev.ITEM_FLAGGED, at=action.node, reason=text_of(action.text, msg("say what the author should know"))
    )


def _deviation(action: RecordDeviation | Waive) -> dict[str, Any]:
    what = msg("a deviation says what was expected, what happened and what was decided")
    return {
        "kind": "deviation",
        "expected": text_of(action.expected, what),
        "happened": text_of(action.happened, what),
        "decided": text_of(action.decided, what),
    }


def deviate(going: Going, action: RecordDeviation) -> None:
    """Record a departure from the text."""
    belongs(going)
    going.emit(ev.DEVIATION_RECORDED, role=_role(going), evidence=(_deviation(action),))


def waive(going: Going, action: Waive) -> None:
    """Rule on a waivable item: it counts as done, is answered again, or is left by its `otherwise`."""
    node, run, who = going.node, going.run, going.given.who
    if node.waivable_by is None or node.kind in ("decision", "call") or run.abandoning:
        raise No(msg("'{node}' cannot be waived", node=run.at))
    role = acting_role(run, (node.waivable_by,), node.not_by, who, run.at, signing=True, ruling=True)
    if isinstance(role, Message):
        raise No(role)
    acts_here = who.id in run.here or any(who.id in run.people.holders(by) for by in node.by)
    if acts_here:
        raise No(msg("'{person}' acts at '{node}' and cannot rule on it", person=who.id, node=run.at))
    if action.ruling not in ("waived", "again", "stop"):
        raise No(msg("a ruling is 'waived', 'again' or 'stop', not '{ruling}'", ruling=action.ruling))
    factors = check_proofs(action.factors, (), 1, who.id)
    ruling = {"kind": "waiver", "ruling": action.ruling, "factors": factors}
    evidence = (ruling, _deviation(action), shown(going))
    going.emit(ev.WAIVER_RULED, role=node.waivable_by, outcome=action.ruling, evidence=evidence)
    if action.ruling == "waived":
        done(going, node.waivable_by, (ruling, *_waived_fields(going, action)), action.decided)
    elif action.ruling == "stop":
        if "otherwise" not in node.arrows:
            raise No(msg("'{node}' has no other way to stop at", node=run.at))
        leave(
            going,
            "otherwise",
            ev.OTHERWISE_TAKEN,
            role=node.waivable_by,
            reason=action.decided,
            evidence=(ruling,),
        )


def _waived_fields(going: Going, action: Waive) -> list[ev.Evidence]:
    """A waived item still records its fields."""
    node = going.node.node
    if isinstance(node, Confirmation):
        if node.record is not None:
            return record_fields(going, node.record.fields, action.values)
        if node.statement is not None and node.statement.field is not None:
            answer = action.values.get(node.statement.field)
            if not isinstance(answer, bool):
                raise No(msg("'{field}' is needed", field=node.statement.field))
            return [{"kind": "field", "name": node.statement.field, "value": answer}]
    if isinstance(node, Checklist):
        return waived_items(going, node, action.values)
    return []


def notice_time(going: Going, action: NoticeTime) -> None:
    """Put passed times on record."""
    if not overruns(going):
        raise No(msg("no time of '{node}' has passed", node=going.run.at))


def late_by(now: datetime, due: datetime) -> int:
    """How many seconds late it is, as an overrun says it."""
    return int((now - due).total_seconds())


def overruns(going: Going) -> bool:
    """Record every clock of the item at hand that has passed and is not on record yet; whether there was one."""
    noted = False
    for clock in running(going.plan, going.run, going.given.now):
        key = f"{clock.kind} {clock.node}"
        if going.given.now > clock.due and key not in going.run.overrun:
            piece = {"kind": "overrun", "clock": key, "over_s": late_by(going.given.now, clock.due)}
            going.emit(ev.OVERRUN_NOTED, evidence=(piece,), by_rule=True)
            noted = True
    return noted
