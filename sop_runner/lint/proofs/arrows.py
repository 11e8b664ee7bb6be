"""Ways on which an arrow is taken, and arrows that no way through the graph takes, whatever values there are."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sop_runner.machine.graph import SPENT, limit_arrow, template
from sop_runner.machine.plan import Plan

from .apart import search_apart
from .following import Found, Lead, Unwalked
from .ground import State, Step
from .model import Item, Model
from .moves import Moves
from .search import Question, Result
from .taking import Goal, barred

Pair = tuple[str, str]
"""A node and an arrow of it, with SPENT where its bound is used up; the limit of a call is an arrow of the call."""


def never_taken(plan: Plan, arrows: Iterable[Pair]) -> frozenset[Pair]:
    """Those that can be proved never to happen; what cannot be settled is not among them."""
    model = Model(plan)
    found = set()
    for pair in arrows:
        result = ways_to_take(model, pair)
        if pair not in result.found and pair not in result.unsettled:
            found.add(pair)
    return frozenset(found)


def ways_to_take(model: Model, pair: Pair, lead: Lead = lambda way, goal: way) -> Result:
    """The shortest way on which an arrow is taken, that step included; with `lead` one along which the core is led."""
    nodes = [node for node in model.plan.nodes.values() if _leaves(node.id, [*node.arrows], pair)]
    spots = model.flow.reached.intersection(node.id for node in nodes)
    if not spots:
        return Result()
    reads = (model.reads(node.scope, node.only_when) for node in nodes if node.only_when is not None)
    question = Question((pair,), frozenset[Item]().union(*reads), frozenset(spots))

    def led(way: Found, goal: Goal) -> Found | Unwalked:
        walked = lead(_with_last(way, pair), goal)
        if isinstance(walked, Unwalked) and _is(walked.stuck, pair):
            return replace(walked, stuck=way.steps[-1])  # another way there may lead on
        return walked

    return search_apart([question], model, _taken, lead=led)


def _leaves(node: str, arrows: Iterable[str], pair: Pair) -> bool:
    return any(_as_pair(node, arrow) == pair for name in arrows for arrow in (name, name + SPENT))


def _as_pair(at: str, arrow: str) -> Pair:
    at, arrow = template(at), template(arrow)
    call = arrow.removesuffix(SPENT).removesuffix(limit_arrow(""))
    return (call, arrow[len(call) + 1 :]) if call != arrow.removesuffix(SPENT) else (at, arrow)


def _with_last(way: Found, pair: Pair) -> Found:
    onward = Moves(way.layout).onward(way.states[-1])
    step, state = next((step, state) for step, state in onward if _is(step, pair))
    return replace(way, steps=(*way.steps, step), states=(*way.states, state))


def _is(step: Step, pair: Pair) -> bool:
    return _as_pair(step.at, step.arrow) == pair


def _taken(moves: Moves, state: State) -> Iterator[Goal]:
    """The arrows that a run can take from where it stands."""
    if not barred(moves, state):
        for step, _ in moves.onward(state):
            yield _as_pair(step.at, step.arrow)
