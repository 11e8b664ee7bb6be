"""From a step of a way to what people do: who acts, when, and with which values."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sop_runner.acting.answers import BadAnswer, acts_for, sample_fields, signer_proofs
from sop_runner.acting.cast import Cast
from sop_runner.acting.checklist import checklist_acts
from sop_runner.acting.samples import NoSample
from sop_runner.acting.scene import Act, Scene
from sop_runner.base.message import Message
from sop_runner.lint.proofs.ground import GO_BACK, Step
from sop_runner.machine.graph import SPENT, GraphNode, scope_of, template
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.procedure.when import Test, tests
from sop_runner.run import actions as do
from sop_runner.run.guards import acting_role
from sop_runner.run.timing import running, waits_until

from .draws import Draws
from .hints import Hints
from .typed import Here, Typing
from .wants import Asked

REASON = "As the way says."
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """What people do at a step, one after the other; `same` are the texts so far that others have to be the same as."""

    scene: Scene
    acts: tuple[Act, ...]
    same: Mapping[Hashable, Any]


def turn(
    scene: Scene, cast: Cast, step: Step, asked: Asked, hints: Hints, draws: Draws, same: Mapping[Hashable, Any],
    here: Here,
) -> Turn | None:  # fmt: skip
    """What people may do so that `step` is taken; None where nobody can."""
    scene = replace(scene, now=draws.pick(_times(scene, asked, hints, here)) or scene.now)
    typing = Typing(asked, draws, hints, same, here)
    try:
        scene, acts = _acts(scene, cast, step, typing)
    except (BadAnswer, NoSample):
        return None
    return Turn(scene, acts, typing.same) if acts else None


def _times(scene: Scene, asked: Asked, hints: Hints, here: Here) -> list[datetime]:
    """When people may act: as soon as what the way asks about time is so, else after a while."""
    soonest = scene.now + _SECOND + (hints.stale if asked.ages else timedelta())
    usual = [soonest, *(scene.now + _SECOND + wait for wait in hints.waits)]
    known = [(one, _known(scene, one.key, here)) for one in asked.old if not one.typed]
    those = [(one, value) for one, value in known if value is not None]
    if not those:
        return usual
    zone = scene.run.zone
    turning = (moment for one, value in those for moment in one.moments(value, zone))
    fitting = [
        moment
        for moment in sorted({*usual, *(moment for moment in turning if moment >= soonest)})
        if all(one.fits(value, moment, zone) for one, value in those)
    ]
    return [*fitting, *usual]


def _known(scene: Scene, key: str, here: Here) -> date | None:
    """The time that a name of the run holds."""
    scope = scene.run.scope
    while scope and not key.startswith(here(scope)):
        scope = scope_of(scope[:-1])
    value = scene.value(key[len(here(scope)) :], scope)
    return value if isinstance(value, date) else None


def _acts(scene: Scene, cast: Cast, step: Step, typing: Typing) -> tuple[Scene, tuple[Act, ...]]:
    run, here = scene.run, scene.plan.node(scene.run.at)
    arrow = step.arrow.removesuffix(SPENT)
    who = cast.actor(cast.at(run, here.by, here.not_by))
    if arrow == GO_BACK:
        back = [one.node for one in run.way if typing.here(one.node) == step.to and one.node != run.at]
        return scene, ((who, do.GoBack(back[-1], REASON)),) if back else ()
    if arrow == "otherwise":
        return scene, ((who, do.TakeOtherwise(run.at, REASON)),)
    if arrow.endswith("at_limit"):
        due = [clock.due for clock in running(scene.plan, run, scene.now) if clock.arrow == template(arrow)]
        late = max((*due, scene.now - _SECOND)) + _SECOND
        return replace(scene, now=late), ((who, do.TakeLimit(run.at)),)
    if step.how == "waived":
        return scene, _waived(scene, cast, here, typing)
    ready = waits_until(scene.plan, run, scene.now)
    if ready is not None and ready > scene.now:
        scene = replace(scene, now=ready)
    if isinstance(here.node, Decision):
        return scene, ((who, do.Answer(run.at, arrow, reason=REASON)),)
    if isinstance(here.node, Checklist):
        return scene, checklist_acts(scene, cast, here.node, None, "", typing.item)
    if isinstance(here.node, Confirmation):
        if here.node.record is not None:
            return scene, ((who, do.Answer(run.at, "done", _fields(scene, here.node, typing))),)
        if here.node.statement is not None and here.node.statement.field:
            yes = typing.choice(typing.here(run.scope) + here.node.statement.field, (True, False))
            return scene, acts_for(scene, cast, run.at, "affirmed" if yes else "declined")
        if here.node.sign_off is not None:
            word = typing.choice(typing.here(run.at), ("approved", "declined"))
            return scene, _signed(scene, cast, here, here.node.sign_off.people, word)
    return scene, acts_for(scene, cast, run.at)


def _signed(scene: Scene, cast: Cast, here: GraphNode, people: int | str, word: str) -> tuple[Act, ...]:
    """As many signatures as are needed, each of somebody else."""
    run = scene.run
    answer = None if word == "approved" else word
    may = [
        person
        for person in cast.people(here.by)
        if not isinstance(
            acting_role(run, here.by, here.not_by, cast.actor(person), run.at, signing=True), Message
        )
    ]
    signers = may if people == "all" else may[: int(people)]
    return tuple(act for person in signers for act in acts_for(scene, cast, run.at, answer, person))


def _fields(scene: Scene, node: Confirmation, typing: Typing) -> dict[str, Any]:
    """What is written down in a record."""
    assert node.record is not None
    scope = typing.here(scene.run.scope)
    return sample_fields(
        scene, node.record.fields,
        pick=lambda rules, name, look, now, zone: typing.field(scope + name, rules, look, now, zone),
    )  # fmt: skip


def _waived(scene: Scene, cast: Cast, here: GraphNode, typing: Typing) -> tuple[Act, ...]:
    """A ruling by somebody who does not act at the item, with the fields that it records all the same."""
    run, node = scene.run, here.node
    assert here.waivable_by is not None
    acting = {*run.here, *(person for role in here.by for person in run.people.holders(role))}
    free = [person for person in cast.people((here.waivable_by,)) if person not in acting]
    values: dict[str, Any] = {}
    before: list[Act] = []
    if isinstance(node, Confirmation) and node.record is not None:
        values = _fields(scene, node, typing)
    elif isinstance(node, Confirmation) and node.statement is not None and node.statement.field:
        values = {
            node.statement.field: typing.choice(typing.here(run.scope) + node.statement.field, (True, False)),
        }
    elif isinstance(node, Checklist):
        answered = _answered(node, run.at, typing)
        for item in node.items:
            known = item.item in answered
            if item.field is not None or known:
                values[item.item] = typing.item(scene, item, scene.value)
            if known:  # it was answered before somebody ruled
                who = cast.at(run, tuple(here.roles.get(r, r) for r in item.by or ()) or here.by, here.not_by)
                before.append((cast.actor(who), do.Answer(run.at, "", {item.item: values.pop(item.item)})))
    ruling = do.Waive(run.at, "waived", REASON, REASON, REASON, signer_proofs(scene, None, {}), values)
    return (*before, (cast.actor(free[-1]), ruling)) if free else ()


def _answered(checklist: Checklist, at: str, typing: Typing) -> set[str]:
    """The items that a way needs answered, with those that decide whether they are asked."""
    found: set[str] = set()
    for item in reversed(checklist.items):
        if item.item in found or typing.asks_for(f"{typing.here(at)}.{item.item}"):
            names = (
                [test.name for test in tests(item.only_when) if isinstance(test, Test)]
                if item.only_when
                else []
            )
            found |= {item.item, *(name.rpartition(".")[2] for name in names)}
    return found
