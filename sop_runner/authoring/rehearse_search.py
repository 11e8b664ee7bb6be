"""The shortest way with sample answers: breadth first over the run core, in thought."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sop_runner.machine.graph import template
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.run import events as ev
from sop_runner.run.actions import Answer, FactorProof
from sop_runner.run.answers.decision import offered
from sop_runner.run.events import Event
from sop_runner.run.going import Refused
from sop_runner.run.timing import running, waits_until

from .rehearse_answers import BadAnswer, acts_for
from .rehearse_people import Cast, NobodyMapped
from .rehearse_samples import NoSample
from .rehearse_scene import Act, Scene
from .rehearse_variety import Variety

MAX_MOMENTS = 4_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One item of the way: perhaps some time passes, then somebody acts at `node`."""

    node: str
    wait: timedelta
    acts: tuple[Act, ...]


Goal = Callable[[Sequence[Event]], bool]
Barrier = Callable[[Scene], bool]


class NoWay(Exception):
    """No way with sample answers leads there."""


def nowhere(scene: Scene) -> bool:
    """No moment is too far."""
    return False


def shortest(scene: Scene, cast: Cast, goal: Goal, leaves: Barrier = nowhere) -> tuple[Turn, ...]:
    """The fewest items after which an event fulfils `goal`; a moment that `leaves` is not gone on from.

    Expected answers come first among ways of one length; letting a limit pass is the last resort.
    Raises NoWay.
    """
    for limits in (False, True):
        found = _search(scene, cast, goal, leaves, limits)
        if found is not None:
            return found
    raise NoWay


def _search(scene: Scene, cast: Cast, goal: Goal, leaves: Barrier, limits: bool) -> tuple[Turn, ...] | None:
    variety = Variety(scene.plan)
    waiting: deque[tuple[Scene, tuple[Turn, ...]]] = deque([(scene, ())])
    known = {_moment(scene)}
    while waiting:
        here, way = waiting.popleft()
        for turn in turns(here, cast, variety, limits):
            played = here.later(turn.wait).play(turn.acts)
            if isinstance(played, Refused):
                continue
            after, events = played
            if goal(events):
                return (*way, turn)
            key = _moment(after)
            if key in known or after.run.status != "open" or leaves(after):
                continue
            if len(known) >= MAX_MOMENTS:
                return None
            known.add(key)
            waiting.append((after, (*way, turn)))
    return None


def _moment(scene: Scene) -> Any:
    """What tells two moments apart for the way ahead; times and who acted do not."""
    run = scene.run
    return (
        run.at,
        frozenset((name, str(recorded.value)) for name, recorded in run.facts.fields.items()),
        frozenset(name for name in run.facts.controls if run.is_fresh(name, scene.now)),
        frozenset((node, taken.outcome) for node, taken in run.facts.decisions.items()),
        frozenset(run.jumps.items()),
        frozenset(run.partial),
        tuple(step.node for step in run.open),
    )


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
        yield Turn(node, wait, acts_for(scene, cast, node, answer))
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
    return Turn(scene.run.at, timedelta(), ((actor, replace(action, factors=wrong)),))


def passes(node: str) -> Goal:
    """The node counts as done: answered, decided, returned from; an end: reached."""

    left = (
        ev.NODE_DONE,
        ev.DECISION_TAKEN,
        ev.RUN_ENDED,
        ev.STEP_UNDONE,
        ev.CALL_RETURNED,
        ev.ELEMENT_STARTED,
    )

    def goal(events: Sequence[Event]) -> bool:
        return any(
            (event.type in left and _is(event.at, node))
            or (event.type == ev.CALL_RETURNED and _is(_call(event.at), node))
            for event in events
        )

    return goal


def leaves_whole_call(call: str, end: str) -> Goal:
    """The call (with all elements, or one where it names one) is left by that end of its callee."""
    one = call.endswith("]")
    ways = (ev.CALL_RETURNED, ev.ELEMENT_STARTED) if one else (ev.CALL_RETURNED,)

    def goal(events: Sequence[Event]) -> bool:
        return any(event.type in ways and _is(event.at, f"{call}/{end}") for event in events)

    return goal


def outside(call: str) -> Barrier:
    """Whether the run has left the call: it never comes back there by the way in."""
    return lambda scene: not scene.run.at.startswith((f"{call}/", f"{call}["))


def _is(location: str | None, node: str) -> bool:
    return location is not None and (location == node or template(location) == node)


def _call(location: str | None) -> str | None:
    return None if location is None else location.rpartition("/")[0]
