"""Scenarios for what is not covered yet, one by one: what lies nearest to the start comes first."""

from collections.abc import Callable, Iterator, Sequence, Set

from sop_runner.machine.graph import SPENT, scope_of
from sop_runner.machine.plan import Plan

from .coverage import Coverage
from .gaps import Gap, gaps
from .suggest_search import Looking, covers
from .suggest_search import Suggestion as Suggestion
from .suite import Suite


def suggestions(
    suite: Suite, missing: Coverage, tell: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[Suggestion]:
    """A scenario for each arrow and outcome of `missing`; one that an earlier suggestion covers is passed.

    Each is given as soon as it is found; `tell` is told how many were looked for, and of how many.
    """
    wanted = Coverage(arrows=missing.arrows, outcomes=missing.outcomes)
    if not wanted:
        return
    order = _reached(suite.plan, frozenset())
    last = len(order)
    without: list[Gap] = []
    looking = Looking(suite)
    wanting = sorted(gaps(suite.plan, wanted, suite.files), key=lambda one: order.get(one.key[0], last))
    for number, gap in enumerate(wanting):
        tell(number, len(wanting))
        if covers(looking.covered, gap):
            continue
        before = _before(suite.plan, gap, without)
        if before is not None:
            yield Suggestion(gap, why_not=f"it lies behind '{before.name}', for which there is none")
            continue
        found = looking.look_for(gap)
        if not found.text:
            without.append(gap)
        yield found


def _before(plan: Plan, gap: Gap, without: Sequence[Gap]) -> Gap | None:
    """The first of the ways not found without which nothing leads to where this one turns off."""
    closed: set[tuple[str, ...]] = set()
    for nearer in without:
        closed.add(nearer.key)
        if gap.key[0] not in _reached(plan, closed):
            return nearer
    return None


def _reached(plan: Plan, closed: Set[tuple[str, ...]]) -> dict[str, int]:
    """The nodes that arrows lead to, some of them closed, with their places in a walk that goes on level by level."""
    found: dict[str, int] = {}
    level = [plan.graph.start]
    while level:
        onward: list[str] = []
        for name in level:
            if name in found:
                continue
            found[name] = len(found)
            if name.count("/"):
                onward.append(scope_of(name)[:-1])
            for arrow in plan.nodes[name].arrows.values():
                if (name, arrow.name) not in closed:
                    onward.append(arrow.target)
                if arrow.spent is not None and (name, arrow.name + SPENT) not in closed:
                    onward.append(arrow.spent)
        level = onward
    return found
