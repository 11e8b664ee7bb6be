"""The shortest way with sample answers: best first over the run core, in thought."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sop_runner.acting.answers import BadAnswer, acts_for
from sop_runner.acting.cast import Cast, NobodyMapped
from sop_runner.acting.samples import NoSample
from sop_runner.acting.scene import Act, Scene
from sop_runner.machine.graph import template
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.run.actions import Answer, FactorProof
from sop_runner.run.answers.decision import offered
from sop_runner.run.going import Refused
from sop_runner.run.timing import running, waits_until

from .rehearse_goals import Goal, distances
from .rehearse_variety import Variety
from .scenario import Do


@dataclass(frozen=True, slots=True)
class Turn:
    """One item of the way: perhaps some time passes, then somebody acts; `items` say it as a scenario does."""

    wait: timedelta
    acts: tuple[Act, ...]
    items: tuple[Do, ...]


class Budget:
    """How many turns may still be tried; several searches can share one."""

    def __init__(self, turns: int) -> None:
        self.turns = turns


class NoWay(Exception):
    """No way with sample answers leads there."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How a search goes about it: `weight` 1 never misses the shortest way, more looks ahead first."""

    weight: int
    moments: int
    mixed: bool
    limits: bool


# Exact as long as that is quick; then on, towards the goal. Records that differ from the sample in
# several fields at once multiply, and limits that are let pass are nobody's first thought.
_EXACT = Effort(1, 400, mixed=True, limits=False)
_EXACT_LATE = Effort(1, 400, mixed=True, limits=True)
_FURTHER = (
    Effort(3, 1_500, mixed=False, limits=False),
    Effort(3, 1_500, mixed=True, limits=False),
    Effort(3, 1_500, mixed=True, limits=True),
)

_ENOUGH = 1_000_000


def shortest(scene: Scene, cast: Cast, goal: Goal) -> tuple[Turn, ...]:
    """The fewest items after which `goal` is reached; in a large procedure some way, in bounded time.

    Expected answers come first among ways of one length. Letting a limit pass is the last resort. Raises NoWay.
    """
    search = Search(scene, cast, goal, Variety(scene.plan), Budget(_ENOUGH))
    found, whole = search.run(_EXACT)
    if found is None and whole:
        found, whole = search.run(_EXACT_LATE)
    for effort in _FURTHER if found is None and not whole else ():
        if found is None:
            found, whole = search.run(effort)
    if found is None:
        raise NoWay
    return found


@dataclass(frozen=True, slots=True)
class _Point:
    """Where a search has come to, how, and what has not been tried there."""

    scene: Scene
    way: tuple[Turn, ...]
    left: Iterator[Turn]


class Search:
    """A* (Hart, Nilsson, Raphael 1968), led by how many items the graph says are left at least."""

    def __init__(self, scene: Scene, cast: Cast, goal: Goal, variety: Variety, budget: Budget) -> None:
        self.scene, self.cast, self.goal, self.variety, self.budget = scene, cast, goal, variety, budget
        self.far = distances(scene.plan, goal.nodes)

    def run(self, effort: Effort) -> tuple[tuple[Turn, ...] | None, bool]:
        """The way, if one was found, and whether everything was looked at."""
        number = itertools.count()
        start = _Point(self.scene, (), self._turns(self.scene, effort))
        waiting = [(0, 0, next(number), start)]
        known = {self.variety.moment(self.scene): 0}
        while waiting:
            point = waiting[0][3]
            turn = next(point.left, None)  # one at a time: mostly the first leads on
            if turn is None:
                heapq.heappop(waiting)
                continue
            if self.budget.turns <= 0:
                return None, False
            self.budget.turns -= 1
            played = point.scene.later(turn.wait).play(turn.acts)
            if isinstance(played, Refused):
                continue
            after, events = played
            longer: tuple[Turn, ...] = (*point.way, turn)
            if self.goal.reached(events):
                return longer, False
            if self.goal.missed(events):
                continue
            left = self._left(after)
            key = self.variety.moment(after)
            if left is None or (key in known and known[key] <= len(longer)):
                continue
            if len(known) >= effort.moments:
                return None, False
            known[key] = len(longer)
            rank = len(longer) + effort.weight * left
            onward = _Point(after, longer, self._turns(after, effort))
            heapq.heappush(waiting, (rank, left, next(number), onward))
        return None, True

    def _turns(self, scene: Scene, effort: Effort) -> Iterator[Turn]:
        return turns(scene, self.cast, self.variety, effort)

    def _left(self, scene: Scene) -> int | None:
        """The least that is left from here; None where the goal cannot be reached any more."""
        if scene.run.status != "open":
            return None
        return 0 if scene.run.abandoning else self.far.get(template(scene.run.at))


def turns(scene: Scene, cast: Cast, variety: Variety, effort: Effort) -> Iterator[Turn]:
    """Everything that could be done at the item at hand, expected answers first."""
    node = scene.run.at
    wait = timedelta()
    ready = waits_until(scene.plan, scene.run, scene.now)
    if ready is not None and ready > scene.now:
        wait = ready - scene.now
    for answer in _answers(scene, cast, variety, mixed=effort.mixed):
        with_wait = wait if answer != "otherwise" else timedelta()
        yield from _turn(scene.later(with_wait), cast, node, answer, with_wait)
    failing = _wrong_factors(scene, cast)
    if failing is not None:
        yield failing
    if effort.limits:
        for clock in running(scene.plan, scene.run, scene.now):
            if clock.arrow is not None:
                passes = max(timedelta(), clock.due - scene.now + timedelta(seconds=1))
                yield from _turn(scene.later(passes), cast, node, "at_limit", passes)


def _turn(scene: Scene, cast: Cast, node: str, answer: Any, wait: timedelta) -> Iterator[Turn]:
    try:
        yield Turn(wait, acts_for(scene, cast, node, answer), (Do("do", node, answer),))
    except (BadAnswer, NoSample, NobodyMapped):
        return


def _answers(scene: Scene, cast: Cast, variety: Variety, *, mixed: bool) -> Iterator[Any]:
    here = scene.plan.node(scene.run.at)
    node = here.node
    if isinstance(node, Decision):
        who = cast.actor(cast.anybody(scene.run, here.by))
        yield from (outcome.outcome for outcome in offered(scene.going(who)))
    else:
        yield None
    if isinstance(node, Confirmation):
        if node.record is not None:
            yield from variety.records(scene, node.record.fields, mixed=mixed)
        if node.evidence in ("statement", "sign_off", "log_review"):
            yield "declined"
    elif isinstance(node, Checklist):
        yield from variety.lists(scene, cast, node)
    if "otherwise" in here.arrows:
        yield "otherwise"


def _wrong_factors(scene: Scene, cast: Cast) -> Turn | None:
    """Every attempt of an identity used up, at once."""
    here = scene.plan.node(scene.run.at)
    identity = here.node.identity if isinstance(here.node, Confirmation) else None
    if identity is None:
        return None
    try:
        ((actor, action), *_) = acts_for(scene, cast, scene.run.at)
    except NobodyMapped:
        return None
    assert isinstance(action, Answer)
    factor = identity.factors[0]
    left = identity.attempts - scene.run.attempts.get(scene.run.at, 0)
    wrong = tuple(FactorProof(factor.factor, factor.kind, False) for _ in range(left))
    items = (Do("do", scene.run.at, {factor.factor: "fail"}),) * left
    return Turn(timedelta(), ((actor, replace(action, factors=wrong)),), items)
