"""Arrows that no way through the graph takes, whatever values there are."""

from collections.abc import Iterable, Iterator

from sop_runner.machine.graph import SPENT
from sop_runner.machine.plan import Plan

from .following import Goal, barred
from .ground import State
from .model import Item, Model
from .moves import Moves
from .search import search


def never_taken(plan: Plan, arrows: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those of the (node, arrow) that can be proved never to happen; what cannot be settled is not among them.

    `arrow` is a name of the graph, with SPENT where its bound is used up; for others nothing is said.
    """
    model = Model(plan)
    found = set()
    for pair in arrows:
        node = plan.nodes[pair[0]]
        if pair[1].removesuffix(SPENT) not in node.arrows:
            continue
        if node.id not in model.flow.reached:
            found.add(pair)
            continue
        items = model.reads(node.scope, node.only_when) if node.only_when is not None else frozenset[Item]()
        result = search(model, [pair], _taken, items, model.flow.leading_to([node.id]))
        if pair not in result.found and pair not in result.unsettled:
            found.add(pair)
    return frozenset(found)


def _taken(moves: Moves, state: State) -> Iterator[Goal]:
    """The arrows that a run can take from where it stands."""
    if not barred(moves, state):
        for step, _ in moves.onward(state):
            yield step.at, step.arrow
