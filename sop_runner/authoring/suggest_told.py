"""A walk that the run core was led along, told as a scenario tells it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sop_runner.acting.answers import BadAnswer, acts_for
from sop_runner.acting.cast import Cast
from sop_runner.acting.checklist import SPEAKER
from sop_runner.acting.samples import NoSample
from sop_runner.acting.scene import Act, Scene
from sop_runner.lint.leading.leader import Walk
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.run.actions import Action, Answer, GoBack, Start, TakeLimit, TakeOtherwise, Waive

from .scenario import Do
from .scenario_expand import Case
from .scenario_text import duration

TICK = timedelta(seconds=1)
"""What passes from turn to turn of a walk anyway."""


def told(walk: Walk, usual: datetime, start: Case, cast: Cast, *, beyond: timedelta) -> Case:
    """The walk as a case that begins like `start`, with whoever else had to act; `usual` is when runs begin.

    What passes from turn to turn is told where it is longer than `beyond`.
    """
    first, *turns = walk
    acted = {who.id for one in turns for who, _ in one.acts}
    people = {
        role: tuple(one for one in mapped if one in acted) or start.people.get(role, mapped[:1])
        for role, mapped in cast.mapped.items()
    }
    cast = Cast.of(people, cast.every)
    ((_, action),) = first.acts
    assert isinstance(action, Start)
    begun, clock = first.scene.now, first.scene.now
    items: list[Do] = []
    before = first.scene
    for one in turns:
        now = one.scene.now
        if now - before.now > beyond:
            items.append(Do("after", duration(now - clock)))
            clock = now
        items += _items(replace(before, now=now), one.acts, cast)
        before = one.scene
    starts = None if begun == usual else begun.date().isoformat()
    return replace(start, people=people, case=_known(action.case), starts=starts, do=tuple(items))


def _items(before: Scene, acts: Sequence[Act], cast: Cast) -> Iterator[Do]:
    """What people did, one item for each node; bare where a bare one means just this."""
    at = before.run.at
    try:
        if tuple(acts) == acts_for(before, cast, at):
            yield Do("do", at)
            return
    except (BadAnswer, NoSample):
        pass
    answers = [action for _, action in acts if isinstance(action, Answer)]
    if answers:
        yield Do("do", at, _answer(before, answers))
    for who, action in acts:
        yield from _item(before, who.id, action, cast)


def _item(before: Scene, who: str, action: Action, cast: Cast) -> Iterator[Do]:
    match action:
        case TakeOtherwise(node=node):
            yield Do("do", node, "otherwise")
        case TakeLimit(node=node):
            yield Do("do", node, "at_limit")
        case GoBack(node=node):
            yield Do("go_back", node)
        case Waive(node=node, values=values):
            may = before.plan.node(node).waivable_by or ""
            if cast.anybody(None, (may,)) != who:
                yield Do("by", who)
            yield Do("waive", node, _known(values) or None)
        case _:
            pass


def _answer(before: Scene, answers: Sequence[Answer]) -> Any:
    """What one node is answered with, by one person or by several."""
    node = before.plan.node(before.run.at).node
    values = {name: _unspoken(value) for one in answers for name, value in one.values.items()}
    if isinstance(node, Decision):
        return answers[0].choice
    if isinstance(node, Checklist) or (isinstance(node, Confirmation) and node.record is not None):
        return _known(values)
    return "declined" if answers[0].choice == "declined" else None


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not left empty."""
    return {name: value for name, value in values.items() if value is not None}


def _unspoken(value: Any) -> Any:
    """An answer without who gave it aloud; a scenario need not name them."""
    if not isinstance(value, Mapping) or value.get("said_by") != SPEAKER:
        return value
    rest = {name: one for name, one in value.items() if name != "said_by"}
    return rest["answer"] if [*rest] == ["answer"] else rest
