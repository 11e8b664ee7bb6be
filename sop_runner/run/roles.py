"""Who acts takes the role: what an act does to holders, and to who may act where later."""

from typing import Any

from sop_runner.machine.graph import GraphNode

from .events import Event
from .people import People, settled
from .state import Run


def acting(node: GraphNode, run: Run, event: Event) -> dict[str, Any]:
    """The changes to who is here and to people that an act in a role at `node` brings."""
    if event.role is None or event.actor is None:
        return {}
    return {"here": run.here | {event.actor}, "people": people_after(node, run.people, event)}


def people_after(node: GraphNode, people: People, event: Event) -> People:
    """The people after an act in a role at `node`."""
    role, person = event.role, event.actor
    if role is None or person is None or (not node.not_by and settled(people, role, person)):
        return people
    if node.not_by or (role, person) not in people.acted:
        people = people.has_acted(role, person, node.not_by)
    holders = people.holders(role)
    if person not in holders:
        sign_off = getattr(node.node, "sign_off", None)
        several = sign_off is not None and sign_off.people != 1
        people = people.held(role, (*holders, person) if several else (person,))
    return people
