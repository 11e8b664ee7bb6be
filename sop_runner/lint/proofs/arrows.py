"""Arrows that no way through the graph takes, whatever values there are."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sop_runner.machine.graph import SPENT
from sop_runner.machine.plan import Plan

from .following import Found, Goal, barred
from .ground import State
from .model import Item, Model
from .moves import Moves
from .search import Result, search


def never_taken(plan: Plan, arrows: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those of the (node, arrow) that can be proved never to happen; what cannot be settled is not among them.

    `arrow` is a name of the graph, with SPENT where its bound is used up; for others nothing is said.
    """
    model = Model(plan)
    found = set()
    for pair in arrows:
        if pair[1].removesuffix(SPENT) in plan.nodes[pair[0]].arrows:
            result = ways_to_take(model, pair)
            if pair not in result.found and pair not in result.unsettled:
                found.add(pair)
    return frozenset(found)


def ways_to_take(model: Model, pair: tuple[str, str]) -> Result:
    """The shortest way on which an arrow is taken, that step included, if there is one; `arrow` as above."""
    node = model.plan.nodes[pair[0]]
    if node.id not in model.flow.reached:
        return Result()
    items = model.reads(node.scope, node.only_when) if node.only_when is not None else frozenset[Item]()
    result = search(model, [pair], _taken, items, model.flow.leading_to([node.id]))
    return replace(result, found={goal: _with_last(way, pair) for goal, way in result.found.items()})


def _with_last(way: Found, pair: tuple[str, str]) -> Found:
    onward = Moves(way.layout).onward(way.states[-1])
    step, state = next((step, state) for step, state in onward if (step.at, step.arrow) == pair)
    return replace(way, steps=(*way.steps, step), states=(*way.states, state))


def _taken(moves: Moves, state: State) -> Iterator[Goal]:
    """The arrows that a run can take from where it stands."""
    if not barred(moves, state):
        for step, _ in moves.onward(state):
            yield step.at, step.arrow
