"""Neighbours of which never both are entered: it makes no difference which of them stands first."""

from collections.abc import Mapping
from dataclasses import replace

from sop_runner.machine.graph import Arrow, GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.when import Held, Test, tests

from .alike import exclude
from .bare import bare

_PLAIN = ("step", "checklist", "confirmation")


def either_order(ours: Plan, theirs: Plan) -> bool:
    """Whether `theirs` is `ours` with two such neighbours in the other order, and nothing else.

    Each of the two is passed over wherever the other one is entered, nothing that either records
    decides about that, and passing over changes nothing that is known.
    """
    return any(
        _swapped(ours, theirs, first, second)
        for first in ours.nodes.values()
        if (second := ours.nodes.get(_next(first))) is not None and _never_both(ours, first, second)
    )


def _swapped(ours: Plan, theirs: Plan, first: GraphNode, second: GraphNode) -> bool:
    after = _next(second)
    led = {first.id: {second.id: after}, second.id: {after: first.id}}
    elsewhere = {first.id: second.id}
    return all(
        bare(_led(node, led.get(name, elsewhere))) == bare(theirs.nodes[name])
        for name, node in ours.nodes.items()
    )


def _next(node: GraphNode) -> str:
    """Where a node leads whether it is done or passed over."""
    arrow = node.arrows.get("passed_over")
    return arrow.target if arrow is not None and node.kind in _PLAIN else ""


def _led(node: GraphNode, to: Mapping[str, str]) -> GraphNode:
    """A node whose arrows lead elsewhere."""

    def turned(arrow: Arrow) -> Arrow:
        spent = None if arrow.spent is None else to.get(arrow.spent, arrow.spent)
        return replace(arrow, target=to.get(arrow.target, arrow.target), spent=spent)

    return replace(node, arrows={name: turned(arrow) for name, arrow in node.arrows.items()})


def _never_both(plan: Plan, one: GraphNode, other: GraphNode) -> bool:
    if one.only_when is None or other.only_when is None or one.scope != other.scope:
        return False
    if one.records_alone or other.records_alone or not _next(other):
        return False
    asked = [*tests(one.only_when), *tests(other.only_when)]
    if any(isinstance(test, Held) for test in asked):
        return False
    read = {test.name for test in asked if isinstance(test, Test)}
    changed = one.records | other.records | {one.local, other.local}
    if read & changed or any(one.scope + name in plan.derived for name in read):
        return False
    return exclude(plan, one, other)
