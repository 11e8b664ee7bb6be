"""What a plan tells of values and times that may matter: worked out once, for all ways."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sop_runner.lint.proofs.conditions import conditions
from sop_runner.lint.proofs.regions import CHANGING
from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Call, Decision
from sop_runner.procedure.timing import Age
from sop_runner.procedure.when import Held, Test, operands, tests

from .sums import Sum, sums

_DAY, _LITTLE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Hints:
    """When a walk starts, how long to wait and how far away to set a time may matter, and when whatever can be is stale.

    `aging` says whether anything can; `copied` are the rules of what each name is copied to, `peers` the names
    that it is compared with, `sums` what columns of each list are added up to.
    """

    start: datetime
    waits: tuple[timedelta, ...]
    away: tuple[timedelta, ...]
    stale: timedelta
    aging: bool
    copied: Mapping[str, tuple[FieldRules, ...]]
    peers: Mapping[str, tuple[str, ...]]
    sums: Mapping[str, tuple[Sum, ...]]

    @classmethod
    def of(cls, plan: Plan) -> "Hints":
        """Those of a plan."""
        ages = [age for node in plan.nodes.values() for age in _ages(node)]
        asked = [test for _, condition in conditions(plan) for test in tests(condition)]
        changing = [one for one in asked if isinstance(one, Test) and one.operator in CHANGING]
        lasting = {age.for_ for age in ages if age.for_ is not None}
        held = bool(ages) and any(isinstance(one, Held) for one in asked)
        spans = {one.value for one in changing if isinstance(one.value, timedelta)}
        spans |= (lasting if held else set()) | ({_DAY} if changing or held else set())
        copied: dict[str, tuple[FieldRules, ...]] = {}
        for key, rules in _copies(plan):
            copied[key] = (*copied.get(key, ()), rules)
        peers: dict[str, tuple[str, ...]] = {}
        for key, name in _compared(plan):
            peers[key] = (*peers.get(key, ()), name)
        return cls(
            datetime.combine(plan.procedure.effective_from, time(9), UTC),
            tuple(wait for span in sorted(spans) for wait in (span + _LITTLE, span / 2, span + _DAY)),
            tuple(away for span in sorted(spans) for away in (span + _LITTLE, span - _LITTLE, span / 2)),
            max(lasting, default=_DAY) + 2 * _DAY,
            bool(ages) or bool(plan.procedure.expects),
            copied,
            peers,
            sums(plan),
        )


def _ages(node: GraphNode) -> list[Age]:
    outcomes = node.node.outcomes if isinstance(node.node, Decision) else ()
    return [one for one in (node.valid_for, *(outcome.valid_for for outcome in outcomes)) if one is not None]


def _compared(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each name with another one of its scope that it is held against."""
    for scope, condition in conditions(plan):
        for test in tests(condition):
            if isinstance(test, Test):
                for other in operands(test):
                    if isinstance(other, FieldRef):
                        yield scope + test.name, other.name
                        yield scope + other.name, test.name


def _copies(plan: Plan) -> Iterator[tuple[str, FieldRules]]:
    """Each name that a call hands in, or a list's column, with the rules of what takes it."""
    for node in plan.nodes.values():
        if not isinstance(node.node, Call):
            continue
        sources = {name: value.name for name, value in node.node.given.items() if isinstance(value, FieldRef)}
        for name, source in {**sources, **node.node.for_each}.items():
            rules = plan.fields.get(f"{node.id}/{name}")
            if rules is not None:
                yield node.scope + source, rules
