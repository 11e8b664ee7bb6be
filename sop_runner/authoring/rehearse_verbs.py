"""What each verb of `do` asks of the run, and who asks it."""

from collections.abc import Callable, Mapping
from typing import Any

from sop_runner.acting.answers import REASON, BadAnswer, acts_for, sample_fields, signer_proofs
from sop_runner.acting.samples import sample
from sop_runner.machine.graph import template
from sop_runner.procedure.base_types import say
from sop_runner.procedure.nodes import Call, Checklist, Confirmation
from sop_runner.run.actions import (
    Abandon,
    AcceptHandOver,
    Action,
    Actor,
    AddNote,
    DeclineHandOver,
    GoBack,
    Hold,
    LeaveOpen,
    OfferHandOver,
    RecordDeviation,
    Resume,
    TakeRole,
    Waive,
)

from .rehearse_goals import Goal, leaves_whole_call, passes
from .rehearse_play import Play, Refusal
from .rehearse_search import NoWay, shortest
from .scenario import Do

RULINGS = ("waived", "again", "stop")


def play_node(play: Play, node: str, answer: Any) -> Refusal | None:
    """Answer a node, or take a whole call to an end of its callee."""
    play.begin()
    scene = play.scene
    end = _end_of_call(play, node, answer)
    if end is not None and scene.run.at.startswith((f"{node}/", f"{node}[")):
        return _take(play, leaves_whole_call(node, end))
    if node not in scene.plan.graph.nodes and template(node) not in scene.plan.graph.nodes:
        raise BadAnswer(f"the procedure has no node '{node}'")
    return play.act(acts_for(scene, play.cast, node, answer, play.next_by))


def _end_of_call(play: Play, node: str, answer: Any) -> str | None:
    """The end that `CALL: END` names; None where the item means something else."""
    found = play.stage.plan.graph.nodes.get(template(node))
    if found is None or not isinstance(found.node, Call):
        return None
    if answer is None or isinstance(answer, Mapping):
        raise BadAnswer(f"'{node}' is a call: write its nodes as {node}/NODE, or `{node}: END`")
    end = play.stage.plan.graph.nodes.get(f"{template(node)}/{say(answer)}")
    if end is None or end.kind != "end":
        raise BadAnswer(f"'{say(answer)}' is no end of the procedure that '{node}' calls")
    return say(answer)


def _take(play: Play, goal: Goal) -> Refusal | None:
    for turn in shortest(play.scene, play.cast, goal):
        play.stage.advance(turn.wait)
        refusal = play.act(turn.acts)
        if refusal is not None:
            return refusal
    return None


def _through(play: Play, item: Do) -> Refusal | None:
    play.begin()
    if template(item.name) not in play.stage.plan.graph.nodes:
        raise BadAnswer(f"the procedure has no node '{item.name}'")
    if play.scene.run.status != "open":
        raise NoWay
    return _take(play, passes(play.stage.plan, item.name))


def _who(play: Play) -> Actor:
    """Who acts outside of answering: named by `by`, else whoever acts at the item at hand."""
    run = play.stage.run
    assert run is not None
    roles = play.stage.plan.node(run.at).by or play.stage.plan.procedure.by
    return play.cast.actor(play.next_by or play.cast.anybody(run, roles))


def _simple(make: Callable[[Do], Action]) -> Callable[[Play, Do], Refusal | None]:
    def verb(play: Play, item: Do) -> Refusal | None:
        play.begin()
        return play.ask(_who(play), make(item))

    return verb


def _deviation(play: Play, item: Do) -> Refusal | None:
    play.begin()
    play.last_deviation = item.answer
    return play.ask(_who(play), RecordDeviation(**item.answer))


def _hand_over(play: Play, item: Do) -> Refusal | None:
    """Offer and accept; where the other may not accept, the offer is taken back."""
    play.begin()
    run = play.stage.run
    assert run is not None
    giver = play.next_by or _holder(play, item.name)
    refusal = play.ask(play.cast.actor(giver), OfferHandOver(item.name, REASON))
    after = play.stage.run
    if refusal is not None or after is None or after.offer is None:
        return refusal
    roles = after.offer.roles
    play.cast = play.cast.may_take(item.name, roles)
    refusal = play.ask(play.cast.actor(item.name), AcceptHandOver())
    if refusal is None:
        play.cast = play.cast.handed(roles, giver, item.name)
    else:
        play.ask(play.cast.actor(giver), DeclineHandOver(refusal.message))
    return refusal


def _take_over(play: Play, item: Do) -> Refusal | None:
    """The named person takes over what somebody else holds at the item at hand."""
    play.begin()
    run = play.stage.run
    assert run is not None
    here = (*play.stage.plan.node(run.at).by, *play.stage.plan.procedure.by, *run.holders)
    role = next((r for r in here if run.people.holders(r) not in ((), (item.name,))), here[0])
    givers = run.people.holders(role)
    play.cast = play.cast.may_take(item.name, (role,))
    refusal = play.ask(play.cast.actor(item.name), TakeRole(role, REASON))
    if refusal is None:
        for giver in givers:
            play.cast = play.cast.handed((role,), giver, item.name)
    return refusal


def _holder(play: Play, taker: str) -> str:
    """Who hands over: acting at the item at hand, else in the procedure's first role, else anywhere."""
    run = play.stage.run
    assert run is not None
    here = play.stage.plan.node(run.at)
    for role in (*here.by, *play.stage.plan.procedure.by, *run.holders):
        for person in run.people.holders(role):
            if person != taker:
                return person
    return _who(play).id


def _waive(play: Play, item: Do) -> Refusal | None:
    """Rule on the item at hand: `waived` with the fields it records, `again` or `stop`."""
    play.begin()
    scene = play.scene
    here = scene.plan.node(scene.run.at)
    if template(item.name) not in scene.plan.graph.nodes:
        raise BadAnswer(f"the procedure has no node '{item.name}'")
    ruling = (
        say(item.answer) if item.answer is not None and not isinstance(item.answer, Mapping) else "waived"
    )
    if ruling not in RULINGS:
        raise BadAnswer(f"a ruling is 'waived', 'again' or 'stop', not '{ruling}'")
    values: dict[str, Any] = {}
    if isinstance(item.answer, Mapping):
        values = {str(name): value for name, value in item.answer.items()}
    elif ruling == "waived" and item.name == scene.run.at:
        values = _waived_values(play)
    roles = (here.waivable_by,) if here.waivable_by else here.by
    person = play.next_by or play.cast.anybody(None, roles)
    said = play.last_deviation or dict.fromkeys(("expected", "happened", "decided"), REASON)
    action = Waive(item.name, ruling, **said, factors=signer_proofs(scene, None, {}), values=values)
    return play.ask(play.cast.actor(person), action)


def _waived_values(play: Play) -> dict[str, Any]:
    scene = play.scene
    match scene.plan.node(scene.run.at).node:
        case Confirmation(record=record) if record is not None:
            return sample_fields(scene, record.fields)
        case Confirmation(statement=statement) if statement is not None and statement.field:
            return {statement.field: True}
        case Checklist(items=items):
            return {
                item.item: sample(item.field, item.item, scene.value, scene.now, scene.run.zone)
                for item in items
                if item.field is not None and item.item not in scene.run.partial and item.only_when is None
            }
        case _:
            return {}


def _restart(play: Play, item: Do) -> Refusal | None:
    play.begin()
    play.stage.restart()
    return None


VERBS: Mapping[str, Callable[[Play, Do], Refusal | None]] = {
    "hold": _simple(lambda item: Hold(item.name)),
    "resume": _simple(lambda item: Resume()),
    "go_back": _simple(lambda item: GoBack(item.name, REASON)),
    "note": _simple(lambda item: AddNote(item.name)),
    "abandon": _simple(lambda item: Abandon(item.name or REASON)),
    "leave": _simple(lambda item: LeaveOpen(item.name)),
    "deviation": _deviation,
    "hand_over": _hand_over,
    "take_over": _take_over,
    "waive": _waive,
    "through": _through,
    "restart": _restart,
}
