"""Who acts takes the role: what an act does to holders, and to who may act where later."""

from typing import Any

from sop_runner.machine.graph import GraphNode

from .events import Event
from .people import People, after_act
from .state import Run


def acting(node: GraphNode, run: Run, event: Event) -> dict[str, Any]:
    """The changes to who is here and to people that an act in a role at `node` brings."""
    changes: dict[str, Any] = {}
    role, person = event.role, event.actor
    if role is None or person is None:
        return changes
    if person not in run.here:
        changes["here"] = run.here | {person}
    people = after_act(run.people, role, person, node.not_by, node.several)
    if people is not run.people:
        changes["people"] = people
    return changes


def people_after(node: GraphNode, people: People, event: Event) -> People:
    """The people after an act in a role at `node`."""
    role, person = event.role, event.actor
    if role is None or person is None:
        return people
    return after_act(people, role, person, node.not_by, node.several)
