"""A long way in legs: each is walked with what its own nodes read, and what is carried over them.

Where every way to the rest of a procedure leads through one node that nobody comes back to, what follows can be walked
on its own. A walk in legs holds few names at a time, and turns back to where its leg began, not to the start of it all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .conditions import conditions
from .folding import reads_at
from .model import Item, Model
from .touching import touching

LONG = 60
"""Nodes of a leg, at the least."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The nodes from one that all ways pass to the next such one, `until`; the last leg ends with the procedure."""

    first: str
    nodes: frozenset[str]
    until: str | None
    items: frozenset[Item]


def legs(model: Model) -> tuple[Leg, ...]:
    """The legs of a plan, one after another; a short one is a leg of its own."""
    passes = [*_passes(model)]
    inside = [frozenset(model.flow.dominated(one)) for one in passes]
    nodes = [here - behind for here, behind in zip(inside, [*inside[1:], frozenset[str]()], strict=True)]
    items = _carried(model, nodes)
    untils = [*passes[1:], None]
    return tuple(map(Leg, passes, nodes, untils, items))


def whole(model: Model) -> Leg:
    """All of a plan as one leg."""
    return Leg(model.plan.graph.start, model.flow.reached, None, _asked(model))


def _carried(model: Model, nodes: Sequence[frozenset[str]]) -> list[frozenset[Item]]:
    """What has to be remembered in each leg: from where it is first touched to where it is last."""
    found: list[set[Item]] = [set() for _ in nodes]
    number = {name: index for index, those in enumerate(nodes) for name in those}
    for item in _asked(model):
        there = [number[name] for name in touching(model).by_item.get(item, ()) if name in number]
        if item[0] == "name" and item[1] in model.case:
            there.append(0)
        for index in range(min(there), max(there) + 1) if there else ():
            found[index].add(item)
    return [frozenset(those) for those in found]


def _asked(model: Model) -> frozenset[Item]:
    """All that decides which way is taken; of controls those that conditions ask about, as nobody is refused here."""
    read = (
        item for node in model.plan.nodes.values() for item in reads_at(model, node) if item[0] != "control"
    )
    held = (item for scope, one in conditions(model.plan) for item in model.reads(scope, one))
    return model.closed({*read, *held})


def _passes(model: Model) -> Iterator[str]:
    """The start, and nodes that are entered once and that every way to at least some others passes."""
    flow, graph = model.flow, model.plan.graph
    left = len(flow.dominated(graph.start))
    yield graph.start
    for name in flow.main_way():
        node, behind = graph.nodes[name], len(flow.dominated(name))
        once = not node.scope and node.only_when is None and name not in graph.recurring
        if once and behind >= LONG and left - behind >= LONG:
            left = behind
            yield name
