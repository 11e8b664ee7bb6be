"""Search with as few names as the answer needs: shortest way first, and none that no values can take.

A search starts with no names at all, so that every arrow can be taken. A way it finds is followed
again with every name that is read on it. Where no values can take it, the names that stop it are
remembered from then on, and the search starts again (Clarke et al. 2000). So what is said to hold
holds for more ways than there are, and what is said to fail was followed to its end.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from .corridors import Skipping, Trail, passed, unrolled
from .folding import Folding, reads_at
from .ground import ENTER, GO_BACK, State, Step
from .layout import Layout
from .model import Item, Model
from .moves import Moves
from .reading import TooMany

MOST_STATES = 40_000
MOST_ALTOGETHER = 200_000
MOST_TRIES = 6_000
MOST_ROUNDS = 160
STOPPED = 3
"""Ways of one round that turn out to be stopped before it ends: what stopped them mostly stops the others too."""
MOST_TRIED = 16
_MOVES = {ENTER: 0, GO_BACK: 10_000}
"""Entering is no move of its own; whoever went back had been further on, so a way without that comes first."""
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
    model: Model, goals: Iterable[Goal], judge: Judge, items: Iterable[Item], spots: Iterable[str],
    *, going_back: bool = True,
    guarded: bool = True,
) -> Result:  # fmt: skip
    """Look for the shortest way to each goal; `spots` are the nodes at which `judge` can say anything."""
    result = Result()
    pending, spots = set(goals), frozenset(spots)
    within = model.flow.leading_to(spots)
    kept = remembered = model.closed(items)
    for _ in range(MOST_ROUNDS):
        moves = Moves(Layout(model, remembered), going_back=going_back, guarded=guarded)
        skipping = Skipping(moves, spots, within)
        more = _round(moves, Folding(moves.layout, kept), skipping, pending, judge, within, result)
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
    skipping: Skipping,
    pending: set[Goal],
    judge: Judge,
    within: frozenset[str],
    result: Result,
) -> set[Item]:
    """One search; what has to be remembered as well to go on with the goals that are left."""
    came: dict[State, _Come] = {}
    waiting: list[tuple[int, int, State]] = []
    needed: set[Item] = set()
    stopped = 0
    here = set(pending)

    def reach(
        state: State, before: State | None, step: Step | None, trail: Trail | None, length: int
    ) -> None:
        known = came.get(state)
        if known is None or length < known.length:
            came[state] = _Come(before, step, trail, length)
            heappush(waiting, (length, len(came), state))
            if len(came) > MOST_STATES:
                raise TooMany(state.at)

    def arrive(state: State, before: State | None, step: Step | None, length: int) -> None:
        beyond = skipping.beyond(state)
        if beyond is None:
            reach(state, before, step, None, length)
        for trail in beyond or ():
            there = state._replace(at=trail.to[0], entered=trail.to[1])
            reach(folding.folded(there), before, step, trail, length + trail.length)

    try:
        for start in moves.starts():
            arrive(start, None, None, 0)
        while waiting and here and stopped < STOPPED:
            length, _, state = heappop(waiting)
            if length > came[state].length:
                continue
            for goal in judge(moves, state):
                if goal not in here:
                    continue
                here.discard(goal)
                way, more = follow(moves, *_way(came, state), goal, judge)
                if more:
                    needed |= more
                    stopped += 1
                    continue
                pending.discard(goal)
                if way is not None:
                    result.found[goal] = way
                else:
                    result.unsettled.add(goal)
            if barred(moves, state):
                continue
            for step, onward in moves.onward(state):
                if onward.at in within:
                    arrive(folding.folded(onward), state, step, length + _MOVES.get(step.arrow, 1))
    except TooMany:
        result.unsettled |= here
        pending -= here
    result.states += len(came)
    return needed


@dataclass(frozen=True, slots=True)
class _Come:
    """How a state was come to: from another by a step, and through a corridor behind it."""

    before: State | None
    step: Step | None
    trail: Trail | None
    length: int


def _way(came: dict[State, _Come], state: State) -> tuple[tuple[State, ...], tuple[Step, ...]]:
    """Every state and step from the start to `state`, those in corridors among them; backwards, then turned."""
    states, steps = [state], list[Step]()
    while True:
        come = came[state]
        if come.trail is not None:
            walked = unrolled(come.trail, state)
            steps += [step for step, _ in reversed(walked)]
            states += [one for _, one in reversed(walked[:-1])]
            at, entered = come.trail.start
            states.append(state._replace(at=at, entered=entered))
        if come.before is None or come.step is None:
            return tuple(reversed(states)), tuple(reversed(steps))
        steps.append(come.step)
        states.append(come.before)
        state = come.before


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


def retrace(moves: Moves, steps: tuple[Step, ...], goal: Goal, judge: Judge) -> State | None:
    """The state at the end of a way that was found, as other moves have it; None where they cannot take it."""
    came, _ = _follow(moves, moves.starts(), steps, goal, judge)
    return came[-1][1] if came else None


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
    stops = Skipping(moves, {steps[-1].to} if steps else (), frozenset()).stops
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
        if stops is not None and state.at not in stops:
            waiting.append((*came, (steps[here], passed(steps[here], state, moves))))
            continue
        tried += 1
        if tried > MOST_TRIES:
            return (), -1
        if barred(moves, state):
            continue
        ways = [one for one in moves.onward(state) if one[0][:3] == steps[here][:3]]
        waiting += [(*came, one) for one in reversed(dict.fromkeys(ways))]
    return (), deepest
