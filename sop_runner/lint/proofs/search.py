"""Search with as few names as the answer needs: shortest way first, and none that no values can take.

A search starts with no names at all, so that every arrow can be taken. A way it finds is followed
again with every name that is read on it. Where no values can take it, the names that stop it are
remembered from then on, and the search starts again (Clarke et al. 2000). So what is said to hold
holds for more ways than there are, and what is said to fail was followed to its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import heappop, heappush

from .computing import TooMany
from .corridors import Skipping, Trail, unrolled
from .folding import Folding
from .following import Following, Found, Lead, Unwalked
from .ground import ENTER, GO_BACK, State, Step
from .layout import Layout
from .model import Item, Model
from .moves import Moves
from .taking import Goal, Judge, barred

MOST_STATES = 40_000
MOST_ALTOGETHER = 200_000
MOST_ROUNDS = 160
STOPPED = 3
"""Ways of one round and question that turn out to be stopped before it ends: what stopped them mostly stops the others too."""
MOST_WAYS = 3
"""Ways to one goal along which the core is led in vain, before it is said that none could be walked."""
MOST_TURNS = 4
"""Steps taken by conditions past which another way is looked for, where none is past the one that it stuck at."""
MOST_AGAIN = 40
"""Goals of one search for which another way is looked for."""
_MOVES = {ENTER: 0, GO_BACK: 10_000}
"""Entering is no move of its own; whoever went back had been further on, so a way without that comes first."""


@dataclass
class Result:
    """What a search came to: ways to goals, and what it could not settle; nothing leads to the others.

    `unwalked` are ways to goals that are not settled, along which the run core was not led, each with where it stuck.
    """

    found: dict[Goal, Found] = field(default_factory=dict)
    unsettled: set[Goal] = field(default_factory=set)
    unwalked: dict[Goal, Unwalked] = field(default_factory=dict)
    states: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """Goals, what has to be remembered to judge them, and the nodes at which a judge can say anything of them.

    `beside` is likely to matter, and so remembered from the first round on. Nodes `beyond` lead to no spot at which
    more could be found than before them.
    """

    goals: tuple[Goal, ...]
    items: frozenset[Item]
    spots: frozenset[str]
    beside: frozenset[Item] = frozenset()
    beyond: frozenset[str] = frozenset()

    def within(self, model: Model) -> frozenset[str]:
        """The nodes that have to be walked for it."""
        return model.flow.leading_to(self.spots) - self.beyond


def search(
    model: Model, goals: Iterable[Goal], judge: Judge, items: Iterable[Item], spots: Iterable[str],
    *, going_back: bool = True, guarded: bool = True, lead: Lead | None = None,
) -> Result:  # fmt: skip
    """Look for the shortest way to each goal of one question."""
    question = Question(tuple(goals), frozenset(items), frozenset(spots))
    return search_for((question,), model, judge, going_back=going_back, guarded=guarded, lead=lead)


def search_for(
    questions: Sequence[Question], model: Model, judge: Judge,
    *, going_back: bool = True, guarded: bool = True, lead: Lead | None = None,
) -> Result:  # fmt: skip
    """Look for the shortest way to each goal of several questions at once.

    With `lead` only ways count along which the core is led; where it is not, for one past where it stuck.
    """

    def look(those: Sequence[Question], avoid: frozenset[tuple[str, ...]]) -> Result:
        return _search(those, model, judge, lead, avoid, going_back=going_back, guarded=guarded)

    result = look(questions, frozenset())
    for goal in [*result.unwalked][:MOST_AGAIN]:
        asked = next(one for one in questions if goal in one.goals)
        avoid: set[tuple[str, ...]] = set()
        again = result
        while goal in again.unwalked and len(avoid) + 1 < MOST_WAYS:
            stuck = again.unwalked[goal].stuck[:3]
            if stuck in avoid:
                break  # nothing is left to keep away from
            avoid.add(stuck)
            again = look((replace(asked, goals=(goal,)),), frozenset(avoid))
        for turn in _turns(model, result.unwalked[goal]) if goal not in again.found else ():
            again = look((replace(asked, goals=(goal,)),), frozenset({turn}))
            if goal in again.found:
                break
        if goal in again.found:
            result.found[goal] = again.found[goal]
            result.unsettled.discard(goal)
            del result.unwalked[goal]
    return result


def _turns(model: Model, unwalked: Unwalked) -> list[tuple[str, ...]]:
    """The last steps that a way took by conditions before it stuck: past another one it may not stick."""
    steps = unwalked.way.steps
    place = next((n for n, step in enumerate(steps) if step == unwalked.stuck), len(steps))
    turned = (
        step[:3]
        for step in reversed(steps[:place])
        if step.arrow not in _MOVES
        and (step.arrow == "passed_over" or model.plan.graph.nodes[step.at].kind == "decision")
    )
    return list[tuple[str, ...]](dict.fromkeys(turned))[:MOST_TURNS]


def _search(
    questions: Sequence[Question],
    model: Model,
    judge: Judge,
    lead: Lead | None,
    avoid: frozenset[tuple[str, ...]],
    *,
    going_back: bool,
    guarded: bool,
) -> Result:
    """Look for the shortest way to each goal that does not take the steps to avoid."""
    result = Result()
    pending = {goal for one in questions for goal in one.goals}
    spots = frozenset().union(*(one.spots for one in questions))
    within = frozenset().union(*(one.within(model) for one in questions))
    kept: dict[Item, frozenset[str]] = {}
    for one in questions:
        behind = within if len(questions) == 1 else one.within(model)
        for item in model.closed(one.items):
            kept[item] = kept.get(item, frozenset()) | behind
    met = {item: one.beyond for one in questions for item in one.items if one.beyond}
    remembered = model.closed(kept.keys() | frozenset().union(*(one.beside for one in questions)))
    most_stopped = STOPPED * len(questions)
    for _ in range(MOST_ROUNDS):
        moves = Moves(Layout(model, remembered), going_back=going_back, guarded=guarded)
        # Who goes back may have been anywhere.
        here = model.flow.reached if moves.layout.visits else within
        skipping = Skipping(moves, spots.union(step[0] for step in avoid), here)
        folding = Folding(moves.layout, kept, met)
        more = _round(moves, folding, skipping, pending, judge, here, result, most_stopped, lead, avoid)
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
    most_stopped: int,
    lead: Lead | None,
    avoid: frozenset[tuple[str, ...]],
) -> set[Item]:
    """One search; what has to be remembered as well to go on with the goals that are left."""
    came: dict[State, _Come] = {}
    waiting: list[tuple[int, int, State]] = []
    needed: set[Item] = set()
    stopped = 0
    here = set(pending)
    following = Following(moves, judge)

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
        while waiting and here and stopped < most_stopped:
            length, _, state = heappop(waiting)
            if length > came[state].length:
                continue
            for goal in judge(moves, state):
                if goal not in here:
                    continue
                here.discard(goal)
                way, more = following.follow(_steps(came, state), goal, partial(_states, came, state))
                if more:
                    needed |= more
                    stopped += 1
                    continue
                pending.discard(goal)
                walked = way if way is None or lead is None else lead(way, goal)
                if isinstance(walked, Found):
                    result.found[goal] = walked
                    continue
                result.unsettled.add(goal)
                if walked is not None:
                    result.unwalked[goal] = walked
            if barred(moves, state):
                continue
            for step, onward in moves.onward(state):
                if onward.at in within and step[:3] not in avoid:
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


def _steps(came: dict[State, _Come], state: State) -> tuple[Step, ...]:
    """Every step from the start to `state`, those in corridors among them; backwards, then turned."""
    steps: list[Step] = []
    come: _Come | None = came[state]
    while come is not None:
        trail = come.trail
        while trail is not None:
            steps.append(trail.step)
            trail = trail.before
        if come.step is not None:
            steps.append(come.step)
        come = None if come.before is None else came[come.before]
    return tuple(reversed(steps))


def _states(came: dict[State, _Come], state: State) -> tuple[State, ...]:
    """The states between those steps, the first and the last among them."""
    states = [state]
    while True:
        come = came[state]
        if come.trail is not None:
            states += [one for _, one in reversed(unrolled(come.trail, state)[:-1])]
            at, entered = come.trail.start
            states.append(state._replace(at=at, entered=entered))
        if come.before is None or come.step is None:
            return tuple(reversed(states))
        states.append(come.before)
        state = come.before
