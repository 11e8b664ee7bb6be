"""A checklist in a rehearsal: items answered by whoever may, completed once all that is asked is answered."""

from collections.abc import Callable, Mapping
from typing import Any

from sop_runner.procedure.nodes import Checklist, Item
from sop_runner.run.actions import Answer
from sop_runner.run.answers.checklist import answers_so_far, is_asked
from sop_runner.run.going import Refused

from .cast import Cast
from .samples import Look, look_in, of_length, sample
from .scene import Act, Scene

SPEAKER = "Sample Speaker"


PickItem = Callable[[Scene, Item, Look], Any]
"""Chooses how an item is answered; the names are as they are known by then."""


def checklist_acts(
    scene: Scene, cast: Cast, checklist: Checklist, answer: Any, by: str, pick: PickItem | None = None
) -> tuple[Act, ...]:
    """The acts that answer what `answer` names, or without names every item as it is expected, or picked."""
    node = scene.run.at
    here = scene.plan.node(node)
    if answer is not None and answer not in ("done", "affirmed") and not isinstance(answer, Mapping):
        person = by or cast.at(scene.run, here.by, here.not_by)
        return ((cast.actor(person), Answer(node, str(answer))),)
    given = {str(name): value for name, value in answer.items()} if isinstance(answer, Mapping) else None
    items = {item.item: item for item in checklist.items}
    groups: list[tuple[str, dict[str, Any]]] = []
    after = scene
    for name in given if given is not None else items:
        item = items.get(name)
        person = by or _person(scene, cast, item)
        if given is None:
            assert item is not None
            if name in scene.run.partial or not is_asked(after.going(cast.actor(person)), checklist, item):
                continue
            so_far = answers_so_far(after.going(cast.actor(person)), checklist)
            value = (pick or _sample)(after, item, look_in(so_far, after.value))
        else:
            value = given[name] if item is None or item.field is None else of_length(item.field, given[name])
        value = _spoken(item, value)
        if not groups or groups[-1][0] != person:
            groups.append((person, {}))
        groups[-1][1][name] = value
        played = after.play([(cast.actor(person), Answer(node, "", {name: value}))])
        after = after if isinstance(played, Refused) else played[0]
    person = by or cast.at(after.run, here.by, here.not_by)
    complete = given is None or _all_answered(after, cast, checklist, person)
    if complete and groups and groups[-1][0] == person:
        *before, (_, values) = groups
    else:
        before, values = groups, {}
    acts = [(cast.actor(who), Answer(node, "", answers)) for who, answers in before]
    if complete:
        acts.append((cast.actor(person), Answer(node, "done", values)))
    return tuple(acts)


def _person(scene: Scene, cast: Cast, item: Item | None) -> str:
    here = scene.plan.node(scene.run.at)
    roles = tuple(here.roles.get(role, role) for role in item.by) if item and item.by else here.by
    return cast.at(scene.run, roles, here.not_by)


def _sample(scene: Scene, item: Item, look: Look) -> Any:
    if item.field is None:
        return (item.expect or item.answer_ids)[0]
    return sample(item.field, item.item, look, scene.now, scene.run.zone)


def _spoken(item: Item | None, value: Any) -> Any:
    """An item that is answered aloud names who answered; the scenario need not."""
    if item is None or item.said_by is None:
        return value
    answer = dict(value) if isinstance(value, Mapping) else {"answer": value}
    return {"said_by": SPEAKER, **answer}


def _all_answered(scene: Scene, cast: Cast, checklist: Checklist, person: str) -> bool:
    going = scene.going(cast.actor(person))
    return all(item.item in scene.run.partial for item in checklist.items if is_asked(going, checklist, item))
