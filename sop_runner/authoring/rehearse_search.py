"""The shortest way with sample answers: best first over the run core, in thought."""

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sop_runner.acting.answers import BadAnswer, acts_for
from sop_runner.acting.cast import Cast, NobodyMapped
from sop_runner.acting.samples import NoSample
from sop_runner.acting.scene import Act, Scene
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.run import events as ev
from sop_runner.run.actions import Answer, FactorProof
from sop_runner.run.answers.decision import offered
from sop_runner.run.events import Event
from sop_runner.run.going import Refused
from sop_runner.run.timing import running, waits_until

from .rehearse_variety import Variety
from .scenario import Do


@dataclass(frozen=True, slots=True)
class Turn:
    """One item of the way: perhaps some time passes, then somebody acts; `items` say it as a scenario does."""

    wait: timedelta
    acts: tuple[Act, ...]
    items: tuple[Do, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a way leads: events that fulfil it, and the nodes of the graph one of which is left by then.

    `missed` are events after which it does not lead there any more.
    """

    reached: Callable[[Sequence[Event]], bool]
    nodes: frozenset[str]
    missed: Callable[[Sequence[Event]], bool] = lambda events: False


class Budget:
    """How many turns may still be tried; several searches can share one."""

    def __init__(self, turns: int) -> None:
        self.turns = turns


class NoWay(Exception):
    """No way with sample answers leads there; `whole` where every one was looked at."""

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.whole = whole


@dataclass(frozen=True, slots=True)
class _Effort:
    """How a search goes about it: `weight` 1 never misses the shortest way, more looks ahead first."""

    weight: int
    moments: int
    mixed: bool
    limits: bool


# Exact as long as that is quick; then on, towards the goal. Records that differ from the sample in
# several fields at once multiply, and limits that are let pass are nobody's first thought.
_EXACT = _Effort(1, 400, mixed=True, limits=False)
_EXACT_LATE = _Effort(1, 400, mixed=True, limits=True)
_FURTHER = (
    _Effort(3, 1_500, mixed=False, limits=False),
    _Effort(3, 1_500, mixed=True, limits=False),
    _Effort(3, 1_500, mixed=True, limits=True),
)

_ENOUGH = 1_000_000


def shortest(
    scene: Scene, cast: Cast, goal: Goal, *, patient: bool = True, budget: Budget | None = None
) -> tuple[Turn, ...]:
    """The fewest items after which `goal` is reached; in a large procedure some way, in bounded time.

    Expected answers come first among ways of one length. Letting a limit pass is the last resort.
    Without patience only as far as that is quick, and no further than the budget goes. Raises NoWay.
    """
    search = _Search(scene, cast, goal, budget or Budget(_ENOUGH))
    found, whole = search.run(_EXACT)
    if found is None and whole:
        found, whole = search.run(_EXACT_LATE)
    for effort in _FURTHER if patient and found is None and not whole else ():
        if found is None:
            found, whole = search.run(effort)
    if found is None:
        raise NoWay(whole=whole)
    return found


class _Search:
    """A* (Hart, Nilsson, Raphael 1968), led by how many items the graph says are left at least."""

    def __init__(self, scene: Scene, cast: Cast, goal: Goal, budget: Budget) -> None:
        self.scene, self.cast, self.goal, self.budget = scene, cast, goal, budget
        self.far = distances(scene.plan, goal.nodes)

    def run(self, effort: _Effort) -> tuple[tuple[Turn, ...] | None, bool]:
        """The way, if one was found, and whether everything was looked at."""
        variety = Variety(self.scene.plan, effort.mixed)
        number = itertools.count()
        waiting: list[tuple[int, int, int, Scene, tuple[Turn, ...]]] = [(0, 0, next(number), self.scene, ())]
        known = {variety.moment(self.scene): 0}
        while waiting:
            _, _, _, here, way = heapq.heappop(waiting)
            for turn in turns(here, self.cast, variety, effort.limits):
                if self.budget.turns <= 0:
                    return None, False
                self.budget.turns -= 1
                played = here.later(turn.wait).play(turn.acts)
                if isinstance(played, Refused):
                    continue
                after, events = played
                longer: tuple[Turn, ...] = (*way, turn)
                if self.goal.reached(events):
                    return longer, False
                if self.goal.missed(events):
                    continue
                left = self._left(after)
                key = variety.moment(after)
                if left is None or (key in known and known[key] <= len(longer)):
                    continue
                if len(known) >= effort.moments:
                    return None, False
                known[key] = len(longer)
                rank = len(longer) + effort.weight * left
                heapq.heappush(waiting, (rank, left, next(number), after, longer))
        return None, True

    def _left(self, scene: Scene) -> int | None:
        """The least that is left from here; None where the goal cannot be reached any more."""
        if scene.run.status != "open":
            return None
        return 0 if scene.run.abandoning else self.far.get(template(scene.run.at))


def distances(plan: Plan, goals: frozenset[str]) -> dict[str, int]:
    """How many items people must act at, at least, from each node until one of `goals` is left."""
    into: dict[str, list[tuple[str, int]]] = {}
    for node in plan.graph.nodes.values():
        for arrow in node.arrows.values():
            free = node.automatic or arrow.name == "passed_over"
            for target in (arrow.target, arrow.spent):
                if target is not None:
                    into.setdefault(target, []).append((node.id, 0 if free else 1))
    nodes = plan.graph.nodes
    waiting = [
        (0 if nodes[goal].automatic or nodes[goal].kind == "end" else 1, goal) for goal in sorted(goals)
    ]
    found: dict[str, int] = {}
    while waiting:
        length, node_id = heapq.heappop(waiting)
        if node_id in found:
            continue
        found[node_id] = length
        for source, cost in into.get(node_id, ()):
            if source not in found:
                heapq.heappush(waiting, (length + cost, source))
    return found


def turns(scene: Scene, cast: Cast, variety: Variety, limits: bool) -> Iterator[Turn]:
    """Everything that could be done at the item at hand, expected answers first."""
    node = scene.run.at
    wait = timedelta()
    ready = waits_until(scene.plan, scene.run, scene.now)
    if ready is not None and ready > scene.now:
        wait = ready - scene.now
    for answer in _answers(scene, cast, variety):
        with_wait = wait if answer != "otherwise" else timedelta()
        yield from _turn(scene.later(with_wait), cast, node, answer, with_wait)
    failing = _wrong_factors(scene, cast)
    if failing is not None:
        yield failing
    if limits:
        for clock in running(scene.plan, scene.run, scene.now):
            if clock.arrow is not None:
                passes = max(timedelta(), clock.due - scene.now + timedelta(seconds=1))
                yield from _turn(scene.later(passes), cast, node, "at_limit", passes)


def _turn(scene: Scene, cast: Cast, node: str, answer: Any, wait: timedelta) -> Iterator[Turn]:
    try:
        yield Turn(wait, acts_for(scene, cast, node, answer), (Do("do", node, answer),))
    except (BadAnswer, NoSample, NobodyMapped):
        return


def _answers(scene: Scene, cast: Cast, variety: Variety) -> Iterator[Any]:
    here = scene.plan.node(scene.run.at)
    node = here.node
    if isinstance(node, Decision):
        who = cast.actor(cast.anybody(scene.run, here.by))
        yield from (outcome.outcome for outcome in offered(scene.going(who)))
    else:
        yield None
    if isinstance(node, Confirmation):
        if node.record is not None:
            yield from variety.records(scene, node.record.fields)
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


def passes(plan: Plan, node: str) -> Goal:
    """The node counts as done: answered, decided, returned from; an end: reached."""
    left = (
        ev.NODE_DONE,
        ev.DECISION_TAKEN,
        ev.RUN_ENDED,
        ev.STEP_UNDONE,
        ev.CALL_RETURNED,
        ev.ELEMENT_STARTED,
    )

    def reached(events: Sequence[Event]) -> bool:
        return any(
            (event.type in left and _is(event.at, node))
            or (event.type == ev.CALL_RETURNED and _is(_call(event.at), node))
            for event in events
        )

    plain = template(node)
    ends = {n.id for n in plan.graph.nodes.values() if n.kind == "end" and n.scope == f"{plain}/"}
    return Goal(reached, frozenset(ends or {plain}))


def leaves_whole_call(call: str, end: str) -> Goal:
    """The call is left by that end of its callee: each element of it, or the one that `call` names."""
    ways = (ev.CALL_RETURNED, ev.ELEMENT_STARTED) if call.endswith("]") else (ev.CALL_RETURNED,)

    def reached(events: Sequence[Event]) -> bool:
        return any(event.type in ways and _is(event.at, f"{call}/{end}") for event in events)

    def missed(events: Sequence[Event]) -> bool:
        inside = [event.at for event in events if event.type == ev.ELEMENT_STARTED]
        return any(_is(_call(at), call) and not _is(at, f"{call}/{end}") for at in inside)

    return Goal(reached, frozenset({f"{template(call)}/{end}"}), missed)


def _is(location: str | None, node: str) -> bool:
    return location is not None and (location == node or template(location) == node)


def _call(location: str | None) -> str | None:
    return None if location is None else location.rpartition("/")[0]
