"""The moments that scenarios have come to: from one of them a new scenario turns off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sop_runner.acting.scene import Scene
from sop_runner.lint.proofs.conditions import conditions_at
from sop_runner.machine.graph import GraphNode, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.when import names

from .rehearse_goals import Goal, distances
from .rehearse_story import Result
from .rehearse_variety import Variety
from .scenario_expand import Case
from .suite import Suite

MOST_HERE = 8
"""Moments that are kept of one node; others have more or the same to offer."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A case, as far as it is done, and where it stands then."""

    case: Case
    scene: Scene


class Known:
    """Moments by the node at which somebody stands, those that differ for the way ahead, each by its shortest case."""

    def __init__(self, suite: Suite, variety: Variety) -> None:
        self._suite, self._variety = suite, variety
        self._at: dict[str, dict[Any, Moment]] = {}

    def play(self, case: Case, since: int = 0) -> Result:
        """What comes of a case; where it is as written, the moments on its way are kept, those after some items."""
        moments: list[Moment] = []

        def watch(behind: int, scene: Scene) -> None:
            if scene.run.status == "open" and behind >= since:
                start = replace(case, do=case.do[:behind], ends=None, at=None, never=(), know={})
                moments.append(Moment(start, scene))

        result = self._suite.play(case, watch)
        for one in moments if result.passed else ():
            self._keep(one)
        return result

    def _keep(self, one: Moment) -> None:
        here = self._at.setdefault(template(one.scene.run.at), {})
        key = self._variety.moment(one.scene)
        known = here.get(key)
        if len(here) < MOST_HERE if known is None else len(one.case.do) < len(known.case.do):
            here[key] = one

    def at(self, nodes: Iterable[str]) -> list[Moment]:
        """The moments at which somebody stands at one of these nodes, the shortest case first."""
        found = (one for node in nodes for one in self._at.get(node, {}).values())
        return sorted(found, key=lambda one: len(one.case.do))

    def nearest(self, goal: Goal) -> Iterator[Moment]:
        """Moments by how far they are from a goal, the nearest first; of each node the one with the shortest case."""
        far = distances(self._suite.plan, goal.nodes)
        for _, name in sorted((far[name], name) for name in self._at if name in far):
            yield self.at([name])[0]


def deciding(plan: Plan, nodes: Iterable[str]) -> tuple[frozenset[str], bool]:
    """The nodes that record what decides how these are left, or whether they are passed over; and whether the case does."""
    wanted: set[str] = set()
    waiting = [name for one in nodes for name in _read(plan.nodes[one])]
    while waiting:
        name = waiting.pop()
        if name in wanted:
            continue
        wanted.add(name)
        way = plan.derived.get(name)
        if way is not None:
            scope = scope_of(name)
            waiting += [scope + each.partition(".")[0] for each in way.operands if isinstance(each, str)]
        elif name in plan.nodes:  # a decision, by whose outcome something is decided
            waiting += _read(plan.nodes[name])
    recording = (
        node.id for node in plan.nodes.values() if any(node.scope + name in wanted for name in node.records)
    )
    return frozenset(recording), any(spec.field in wanted for spec in plan.procedure.case)


def _read(node: GraphNode) -> list[str]:
    return [node.scope + name.partition(".")[0] for one in conditions_at(node) for name in names(one)]
