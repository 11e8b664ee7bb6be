"""Search with as few names as the answer needs: shortest way first, and none that no values can take.

A search starts with no names at all, so that every arrow can be taken. A way it finds is followed
again with every name that is read on it. Where no values can take it, the names that stop it are
remembered from then on, and the search starts again (Clarke et al. 2000). So what is said to hold
holds for more ways than there are, and what is said to fail was followed to its end.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from .folding import Folding, reads_at
from .ground import State, Step
from .layout import Layout
from .model import Item, Model
from .moves import Moves
from .reading import TooMany

MOST_STATES = 40_000
MOST_ALTOGETHER = 200_000
MOST_TRIES = 6_000
MOST_ROUNDS = 40
MOST_TRIED = 16
WINDOWS = (8, 32, 128)

Goal = Hashable
Judge = Callable[[Moves, State], Iterable[Goal]]
"""Which goals a state fulfils."""


@dataclass(frozen=True, slots=True)
class Found:
    """A way to a goal: its steps, and the states with every name that is read on it."""

    steps: tuple[Step, ...]
    states: tuple[State, ...]
    layout: Layout


@dataclass
class Result:
    """What a search came to: ways to goals, goals that nothing leads to, and what it could not settle."""

    found: dict[Goal, Found] = field(default_factory=dict)
    unsettled: set[Goal] = field(default_factory=set)
    states: int = 0


def search(
    model: Model, goals: Iterable[Goal], judge: Judge, items: Iterable[Item], within: frozenset[str] | None = None,
    *, going_back: bool = True,
    guarded: bool = True,
) -> Result:  # fmt: skip
    """Look for the shortest way to each goal; `within` are the nodes worth looking at."""
    result = Result()
    pending = set(goals)
    kept = remembered = model.closed(items)
    for _ in range(MOST_ROUNDS):
        moves = Moves(Layout(model, remembered), going_back=going_back, guarded=guarded)
        more = _round(moves, Folding(moves.layout, kept), pending, judge, within, result)
        if not more:
            return result
        if result.states > MOST_ALTOGETHER:
            break
        remembered |= more
    result.unsettled |= pending
    return result


def _round(
    moves: Moves,
    folding: Folding,
    pending: set[Goal],
    judge: Judge,
    within: frozenset[str] | None,
    result: Result,
) -> set[Item]:
    """One search; what has to be remembered as well to go on with the goals that are left."""
    came: dict[State, tuple[State, Step] | None] = {}
    waiting: deque[State] = deque()
    needed: set[Item] = set()
    here = set(pending)
    try:
        for start in moves.starts():
            came[start] = None
            waiting.append(start)
        while waiting and here:
            state = waiting.popleft()
            for goal in judge(moves, state):
                if goal not in here:
                    continue
                here.discard(goal)
                way, more = follow(moves, *_way(came, state), goal, judge)
                if more:
                    needed |= more
                    continue
                pending.discard(goal)
                if way is not None:
                    result.found[goal] = way
                else:
                    result.unsettled.add(goal)
            if barred(moves, state):
                continue
            for step, onward in moves.onward(state):
                after = folding.folded(onward)
                if after not in came and (within is None or after.at in within):
                    came[after] = (state, step)
                    waiting.append(after)
            if len(came) > MOST_STATES:
                raise TooMany(state.at)
    except TooMany:
        result.unsettled |= here
        pending -= here
    result.states += len(came)
    return needed


def _way(
    came: dict[State, tuple[State, Step] | None], state: State
) -> tuple[tuple[State, ...], tuple[Step, ...]]:
    states, steps = [state], []
    before = came[state]
    while before is not None:
        states.append(before[0])
        steps.append(before[1])
        before = came[before[0]]
    return tuple(reversed(states)), tuple(reversed(steps))


def barred(moves: Moves, state: State) -> bool:
    """Whether the run refuses to be here for want of a remembered control."""
    if not (state.entered and moves.guarded):
        return False
    return any(
        state.values[place] < 2 for _, place in moves.layout.requires(moves.nodes[state.at], state.values)
    )


def follow(
    coarse: Moves, states: tuple[State, ...], steps: tuple[Step, ...], goal: Goal, judge: Judge
) -> tuple[Found | None, frozenset[Item]]:
    """Take the same steps with every name read on them; what stops them that is not remembered yet.

    The last few steps are tried first, from any values: most of what stops a way is near its end.
    """
    for length in WINDOWS:
        if length < len(steps):
            more = _stopped_near_the_end(coarse, states[-length - 1], steps[-length:], goal, judge)
            if more:
                return None, more
    layout, model = coarse.layout, coarse.model
    wanted = _wanted(model, steps)
    fine = _like(coarse, layout.items.union(*wanted.values()))
    came, deepest = _follow(fine, fine.starts(), steps, goal, judge)
    if came:
        taken = tuple(step for step, _ in came[1:])
        return Found(taken, tuple(state for _, state in came), fine.layout), frozenset()
    if deepest < 0:
        return None, frozenset()
    for more in _candidates(layout, wanted, steps):
        again = _like(coarse, layout.items | more)
        came, reached = _follow(again, again.starts(), steps, goal, judge)
        if not came and reached >= 0:
            return None, more
    stopped = steps[min(deepest, len(steps) - 1)] if steps else None
    places = {stopped.at, stopped.to} if stopped else set(wanted)
    near = model.closed(frozenset().union(*(wanted[name] for name in places))) - layout.items
    return None, near or frozenset(fine.layout.items - layout.items)


def _stopped_near_the_end(
    coarse: Moves, start: State, steps: tuple[Step, ...], goal: Goal, judge: Judge
) -> frozenset[Item]:
    """The names that stop the last steps whatever was before them; none where they can be taken."""
    layout = coarse.layout
    wanted = {
        name: frozenset(item for item in items if item[0] == "name")
        for name, items in _wanted(coarse.model, steps).items()
    }

    def stops(more: frozenset[Item]) -> bool:
        moves = _like(coarse, layout.items | more)
        if moves.layout.controls != layout.controls:
            return False  # what was held before is not known here
        anything = moves.layout.carried(layout, start.values)
        came, deepest = _follow(moves, [start._replace(values=anything)], steps, goal, judge)
        return not came and deepest >= 0

    everything = frozenset().union(*wanted.values()) - layout.items
    if not everything or not stops(everything):
        return frozenset()
    found = next((more for more in _candidates(layout, wanted, steps) if stops(more)), everything)
    return coarse.model.closed(found) - layout.items


def _like(coarse: Moves, items: Iterable[Item]) -> Moves:
    return Moves(Layout(coarse.model, items), going_back=coarse.going_back, guarded=coarse.guarded)


def _wanted(model: Model, steps: tuple[Step, ...]) -> dict[str, frozenset[Item]]:
    """What is read at each node of the way, its end first."""
    order = [step.to for step in reversed(steps)] + [steps[0].at if steps else model.plan.graph.start]
    return {name: reads_at(model, model.plan.graph.nodes[name]) for name in dict.fromkeys(order)}


def _candidates(
    layout: Layout, wanted: dict[str, frozenset[Item]], steps: tuple[Step, ...]
) -> Iterator[frozenset[Item]]:
    """Single things that may stop a way, those read near its end first, names before counts and controls."""
    nearest = dict.fromkeys(item for items in wanted.values() for item in sorted(items))
    ordered = sorted(nearest, key=lambda item: ("name", "count", "control").index(item[0]))
    tried = 0
    for item in ordered:
        more = layout.model.closed({item}) - layout.items
        if more and tried < MOST_TRIED:
            tried += 1
            yield more


def _follow(
    moves: Moves, starts: Iterable[State], steps: tuple[Step, ...], goal: Goal, judge: Judge
) -> tuple[tuple[tuple[Step, State], ...], int]:
    """The states along the steps, or how far they can be taken (-1: that could not be settled)."""
    deepest, tried = 0, 0
    begin = Step("", "", moves.model.plan.graph.start)
    waiting: list[tuple[tuple[Step, State], ...]] = [((begin, start),) for start in reversed([*starts])]
    while waiting:
        came = waiting.pop()
        here, state = len(came) - 1, came[-1][1]
        deepest = max(deepest, here)
        if here == len(steps):
            if goal in set(judge(moves, state)):
                return came, here
            continue
        tried += 1
        if tried > MOST_TRIES:
            return (), -1
        if barred(moves, state):
            continue
        ways = [one for one in moves.onward(state) if one[0][:3] == steps[here][:3]]
        waiting += [(*came, one) for one in reversed(dict.fromkeys(ways))]
    return (), deepest
