"""Who acts takes the role: what an act does to holders, and to who may act where later."""

from typing import Any

from sop_runner.machine.graph import GraphNode

from .events import Event
from .state import Run


def acting(node: GraphNode, run: Run, event: Event) -> dict[str, Any]:
    """The changes to holders, acted and barred that an act in a role at `node` brings."""
    role, person = event.role, event.actor
    if role is None or person is None:
        return {}
    changes: dict[str, Any] = {}
    if person not in run.here:
        changes["here"] = run.here | {person}
    if (role, person) not in run.acted:
        changes["acted"] = run.acted | {(role, person)}
    holders = run.holders.get(role, ())
    if person not in holders:
        sign_off = getattr(node.node, "sign_off", None)
        several = sign_off is not None and sign_off.people != 1
        changes["holders"] = {**run.holders, role: (*holders, person) if several else (person,)}
    if node.not_by:
        changes["barred"] = run.barred | {(excluded, person) for excluded in node.not_by}
    return changes
