"""Scenarios for what is not covered yet: an existing one is left where it could turn, else found from the start."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice

from sop_runner.acting.cast import Cast
from sop_runner.acting.samples import NoSample, look_in, sample
from sop_runner.acting.scene import Scene
from sop_runner.machine.graph import SPENT, limit_arrow, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.run import events as ev
from sop_runner.run.events import Event

from .coverage import Coverage, Pair
from .gaps import Gap, gaps
from .rehearse import FIRST_HOUR
from .rehearse_search import Budget, Goal, NoWay, Turn, distances, shortest
from .rehearse_story import Result
from .rehearse_variety import Variety
from .scenario import Do
from .scenario_expand import Case, expand
from .scenario_load import load_scenarios
from .scenario_text import duration, scenario_text
from .suite import Suite

PEOPLE = ("ana", "bela", "chen", "dora", "emil", "fanni", "gao", "hanna")
MOST_TURNS, MOST_OPENINGS, MOST_PATIENT = 4, 24, 2
"""Moments of existing scenarios, and openings, from which a way is looked for; and how many of them with patience."""
MOST_EARLIER = 10
"""Acts that are given up of the scenario that comes nearest."""
MOST_TRIED = 20_000
"""Turns that are tried for one gap: some ten seconds. What was found in examples took a fifth of them."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """For one gap the text of a scenario that covers it and passes, or why there is none."""

    gap: Gap
    text: str = ""
    why_not: str = ""


def suggestions(suite: Suite, missing: Coverage) -> Iterator[Suggestion]:
    """A scenario for each arrow and outcome of `missing`; one that an earlier suggestion covers is passed."""
    wanted = Coverage(arrows=missing.arrows, outcomes=missing.outcomes)
    if not wanted:
        return
    covered = Coverage()
    played = [(case, suite.play(case)) for case in suite.cases]
    openings = [*_openings(suite)]
    found: dict[Pair, Suggestion] = {}
    without: list[Gap] = []
    wanting = gaps(suite.plan, wanted, suite.files)

    def look_for(gap: Gap) -> Suggestion:
        nonlocal covered
        suggestion, came = _for_gap(suite, played, openings, gap)
        if came is not None:
            covered |= came[1].coverage
            played.append(came)  # the next one may turn off from it
        else:
            without.append(gap)
        return suggestion

    for gap in wanting:
        key = (gap.key[0], gap.key[1])
        if key not in found and _has(covered, gap):
            continue
        if key not in found and _before(suite.plan, gap, without) is None:
            found[key] = look_for(gap)
            for nearer in wanting if not found[key].text else ():
                # What cannot be found may be missing only because of something before it.
                other = (nearer.key[0], nearer.key[1])
                if other not in found and not _has(covered, nearer) and _before(suite.plan, gap, [nearer]):
                    found[other] = look_for(nearer)
        if (before := _before(suite.plan, gap, [one for one in without if one != gap])) is not None:
            without = [one for one in without if one != gap]
            found[key] = Suggestion(gap, why_not=f"it lies behind '{before.name}', for which there is none")
        yield found[key]


def _before(plan: Plan, gap: Gap, without: Sequence[Gap]) -> Gap | None:
    """The first of the ways not found without which nothing leads to where this one turns off."""
    closed: set[tuple[str, ...]] = set()
    for nearer in without:
        closed.add(nearer.key)
        if gap.key[0] not in _reached(plan, closed):
            return nearer
    return None


def _reached(plan: Plan, closed: Set[tuple[str, ...]]) -> set[str]:
    """The nodes that arrows lead to, some of them closed."""
    found, waiting = set[str](), [plan.graph.start]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name.count("/"):
            found.add(scope_of(name)[:-1])
        for arrow in plan.nodes[name].arrows.values():
            if (name, arrow.name) not in closed:
                waiting.append(arrow.target)
            if arrow.spent is not None and (name, arrow.name + SPENT) not in closed:
                waiting.append(arrow.spent)
    return found


def _has(coverage: Coverage, gap: Gap) -> bool:
    return gap.key in (coverage.arrows if gap.kind == "arrow" else coverage.outcomes)


def _for_gap(
    suite: Suite, played: Sequence[tuple[Case, Result]], openings: Sequence[tuple[Case, Scene]], gap: Gap
) -> tuple[Suggestion, tuple[Case, Result] | None]:
    pair = (gap.key[0], gap.key[1])
    goal = takes(suite.plan, pair)

    def turning() -> Iterator[tuple[Case, Scene]]:
        yield from _turning_points(suite, played, goal)
        yield from _earlier(suite, played, goal)

    whole, budget = True, Budget(MOST_TRIED)
    for patient in (False, True):
        for case, scene in (
            chain(openings[:MOST_PATIENT], turning()) if patient else chain(turning(), openings)
        ):
            try:
                cast = Cast.of(case.people, suite.plan.procedure.roles)
                turns = shortest(scene, cast, goal, patient=patient, budget=budget)
            except NoWay as none:
                whole = whole and none.whole
                continue
            whole = False
            found = _written(suite, case, turns, gap)
            if found is not None:
                text, whole_case, came = found
                return Suggestion(gap, text), (whole_case, came)
        if whole:
            break
    if whole:
        return Suggestion(gap, why_not="no way with sample answers leads there; it takes other values"), None
    return Suggestion(gap, why_not="no way with sample answers was found in bounded time"), None


def takes(plan: Plan, pair: Pair) -> Goal:
    """The goal that an arrow or an outcome is taken."""
    node, name = pair
    inside = frozenset(
        other.id
        for other in plan.nodes.values()
        if limit_arrow(node) in other.arrows and name.startswith("at_limit")
    )

    def reached(events: Sequence[Event]) -> bool:
        return any(_is(event, node, name) for event in events if event.type in ev.MOVES)

    return Goal(reached, inside or frozenset({node}))


def _is(event: Event, node: str, name: str) -> bool:
    at, arrow = template(event.at or ""), event.arrow or ""
    if at == node and name in (arrow, event.outcome if event.type == ev.DECISION_TAKEN else arrow):
        return True
    return arrow == f"{node}:{name}" and at.startswith(f"{node}/")


def _turning_points(
    suite: Suite, played: Sequence[tuple[Case, Result]], goal: Goal
) -> Iterator[tuple[Case, Scene]]:
    """Existing scenarios, cut off where they stand at a node that the goal leaves; the shortest first."""
    through = [case for case, result in played if result.passed and goal.nodes & result.coverage.nodes]
    found = 0
    for case in sorted(through, key=lambda case: len(case.do)):
        for count in range(len(case.do) + 1):
            start, scene = _up_to(suite, case, count)
            if scene is not None and template(scene.run.at) in goal.nodes:
                yield start, scene
                found += 1
                break
        if found == MOST_TURNS:
            return


def _earlier(suite: Suite, played: Sequence[tuple[Case, Result]], goal: Goal) -> Iterator[tuple[Case, Scene]]:
    """The existing scenario that comes nearest to the goal, given up ever earlier: one act less, two acts less."""
    far = distances(suite.plan, goal.nodes)
    nearest = min(
        (
            (
                min((far[node] for node in result.coverage.nodes if node in far), default=-1),
                len(case.do),
                number,
            )
            for number, (case, result) in enumerate(played)
            if result.passed
        ),
        default=None,
    )
    if nearest is None or nearest[0] < 0:
        return
    case = played[nearest[2]][0]
    for count in range(len(case.do), 0, -1)[:MOST_EARLIER]:
        start, scene = _up_to(suite, case, count)
        if scene is not None and template(scene.run.at) in far:
            yield start, scene


def _up_to(suite: Suite, case: Case, count: int) -> tuple[Case, Scene | None]:
    """The first `count` acts of a case, and where it stands then; None where it has ended or failed by then."""
    start = replace(case, do=case.do[:count], ends=None, at=None, never=(), know={})
    came = suite.play(start)
    still_open = came.passed and came.scene is not None and came.scene.run.status == "open"
    return start, came.scene if still_open else None


def _openings(suite: Suite) -> Iterator[tuple[Case, Scene]]:
    """The run just started: as the scenarios start it, then with samples that differ in what conditions read."""
    plan, count = suite.plan, 0
    seen: list[object] = []

    def opened(case: Case) -> Iterator[tuple[Case, Scene]]:
        start = replace(case, do=(), ends=None, at=None, never=(), know={})
        known = (start.people, start.case, start.starts)
        if known not in seen:
            seen.append(known)
            scene = suite.play(start).scene
            if scene is not None and scene.run.status == "open":
                yield start, scene

    plain = Case("", 0, _people(plan), _sample_case(plan), None, (), None, None, (), {})
    for case in (*suite.cases[:MOST_TURNS], plain):
        for start, scene in opened(case):
            yield start, scene
            for values in Variety(plan, mixed=False).records(scene, plan.procedure.case):
                count += 1
                if count <= MOST_OPENINGS:
                    yield from opened(replace(start, case=values))


def _people(plan: Plan) -> dict[str, tuple[str, ...]]:
    """A person for each role, and as many as sign together."""
    names = iter([*PEOPLE, *(f"person-{number}" for number in range(len(PEOPLE) + 1, 100))])
    return {role: tuple(islice(names, _together(plan, role))) for role in plan.procedure.roles}


def _together(plan: Plan, role: str) -> int:
    """How many people of a role sign at one node at most."""
    signing = (
        node for node in plan.nodes.values() if role in node.by and isinstance(node.node, Confirmation)
    )
    signs = (node.node.sign_off for node in signing if isinstance(node.node, Confirmation))
    return max(
        (sign.people for sign in signs if sign is not None and isinstance(sign.people, int)), default=1
    )


def _sample_case(plan: Plan) -> dict[str, object]:
    now = datetime.combine(plan.procedure.effective_from, FIRST_HOUR, UTC)
    values: dict[str, object] = {}
    for spec in plan.procedure.case:
        if not spec.required:
            continue
        try:
            values[spec.field] = sample(spec, spec.field, look_in(values, lambda name: UNKNOWN), now, UTC)
        except NoSample:
            continue
    return values


def _written(suite: Suite, case: Case, turns: Sequence[Turn], gap: Gap) -> tuple[str, Case, Result] | None:
    """The scenario as text, with what it comes to, if that reads back, passes and covers the gap."""
    items = list(case.do)
    for turn in turns:
        if turn.wait:
            items.append(Do("after", duration(turn.wait)))
        items += turn.items
    whole = replace(case, name=f"suggested: {gap.name}", do=tuple(items))
    came = suite.play(whole)
    if came.scene is None or not came.passed:
        return None
    still_open = came.scene.run.status == "open"
    whole = replace(whole, at=came.end) if still_open else replace(whole, ends=came.end)
    text = scenario_text(whole)
    again = _read_back(suite, text)
    if again is None or not again.passed or not _has(again.coverage, gap):
        return None
    return text, whole, again


def _read_back(suite: Suite, text: str) -> Result | None:
    head = f"format: sop-scenarios/1\nprocedure: {suite.plan.procedure.procedure}\nscenarios:\n"
    loaded = load_scenarios((head + text).encode())
    if loaded.scenarios is None:
        return None
    (case, *_), _ = expand(loaded, lambda name: None)
    return replace(suite, source=loaded.source).play(case)
