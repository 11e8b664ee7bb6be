"""How runs can begin: as the scenarios begin theirs, then with samples that differ in what conditions read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice

from sop_runner.acting.samples import NoSample, look_in, sample
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.value_types import UNKNOWN

from .rehearse import FIRST_HOUR
from .rehearse_variety import Variety
from .scenario_expand import Case
from .suite import Suite

PEOPLE = ("ana", "bela", "chen", "dora", "emil", "fanni", "gao", "hanna")
SPARE = 3
"""People of a role where a way is walked on which some of them may not act."""
MOST_CASES, MOST_OPENINGS = 4, 24
"""Scenarios whose beginnings are taken, and beginnings that differ from those."""


def openings(suite: Suite, variety: Variety) -> Iterator[Case]:
    """Cases with nothing done yet."""
    plan, count = suite.plan, 0
    seen: list[object] = []
    plain = Case("", 0, _people(plan), _sample_case(plan), None, (), None, None, (), {})
    for case in (*suite.cases[:MOST_CASES], plain):
        start = replace(case, do=(), ends=None, at=None, never=(), know={})
        if _new(start, seen):
            yield start
        scene = suite.play(start).scene
        if scene is None or scene.run.status != "open":
            continue
        for values in variety.records(scene, plan.procedure.case, mixed=True):
            other = replace(start, case=values)
            if count < MOST_OPENINGS and _new(other, seen):
                count += 1
                yield other


def _new(case: Case, seen: list[object]) -> bool:
    known = (case.people, case.case, case.starts)
    if known in seen:
        return False
    seen.append(known)
    return True


def _names() -> Iterator[str]:
    yield from PEOPLE
    yield from (f"person-{number}" for number in count(len(PEOPLE) + 1))


def _people(plan: Plan) -> dict[str, tuple[str, ...]]:
    """A person for each role, and as many as sign together."""
    names = _names()
    return {role: tuple(islice(names, _together(plan, role))) for role in plan.procedure.roles}


def spared(plan: Plan, people: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """For each role its people with some more, in case one of them may not act or rule."""
    taken = {person for named in people.values() for person in named}
    spare = (name for name in _names() if name not in taken)
    roles = plan.procedure.roles
    return {
        role: (*people.get(role, ()), *islice(spare, max(0, SPARE - len(people.get(role, ())))))
        for role in roles
    }


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
