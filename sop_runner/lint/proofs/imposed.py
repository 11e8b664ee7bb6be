"""Imposed controls that are certainly held wherever they are imposed: one more pass over what is certainly held.

A rule that asks for a second person mostly leads to that person at once, or to one who is passed over in just the
other outcomes. Then on every way the control is held or was not imposed, and no search has to tell those ways apart.
As cautious as `certain`: what one arrow may take away is gone, and nothing is known of why an outcome was chosen.

All of a section may be passed over, such a decision among it. What it was entered for still holds until one of its names
is written. So whoever passes over what is entered for the same, or where the decision imposed, did not come from there.
"""

from collections.abc import Iterator
from functools import reduce
from operator import and_, or_

from sop_runner.machine.graph import Arrow, GraphNode
from sop_runner.procedure.nodes import Call, Decision
from sop_runner.procedure.when import All, AnyOf, Condition, Test

from .certain import Certain
from .folding import written
from .spreading import spread
from .standing import parts, read_by, rewritten, stands

Facts = tuple[int, int, int]
"""Controls that no decision on any way imposed, those that are held or were not imposed, and those of which that is so
unless the decision was taken last for what still holds, and imposed them; as bits.
"""


class Met:
    """For each reached node the controls that are held on every way on which they are imposed."""

    def __init__(self, certain: Certain) -> None:
        self._certain = certain
        self._flow, self._nodes = certain.flow, certain.nodes
        model = certain.model
        self._imposable = sum(
            {certain.bit.get((scope, name), 0) for scope, names in model.imposers.items() for name in names}
        )
        self._standing = dict(self._taken_for()) if self._imposable else {}
        self._rewritten = rewritten(
            model,
            (
                (alone, read_by(model, self._nodes[name].scope, those))
                for name, (alone, those) in self._standing.items()
            ),
        )
        self._met = self._spread() if self._imposable else {}

    def holds(self, node: GraphNode, control: str) -> bool:
        """Whether a control is met however the node is reached, where only an outcome asks for it there."""
        bit = self._certain.bit.get((node.scope, control), 0)
        return control not in node.requires and bool(self._met.get(node.id, (0, 0, 0))[1] & bit)

    def _spread(self) -> dict[str, Facts]:
        returns = self._flow.returns
        touched = {target: self._touched(inside | {target}) for target, inside in returns.items()}

        def entering(source: str, target: str, out: Facts) -> Facts:
            if source not in returns.get(target, ()):
                return out
            free, met, unless = out
            # Returning takes back what was gained since.
            return free, met & ~touched[target] | free, unless & ~touched[target] | free

        first = self._imposable, self._imposable, self._imposable
        return spread(self._certain.model, first, self._after, entering, _both)

    def _after(self, node: GraphNode, arrow: Arrow, facts: Facts) -> Facts:
        certain = self._certain
        free, met, unless = facts
        imposed = 0
        if isinstance(node.node, Decision):
            for outcome in node.node.outcomes:
                if outcome.outcome == arrow.name:
                    imposed = certain.mask(node.scope, outcome.imposes)
                    free |= self._imposed_alone_by(node)
        if arrow.name in ("call", "next"):
            # A callee starts afresh, its decisions with it.
            inner = f"{node.id}/" if arrow.name == "call" else node.scope
            free |= certain.of_scope.get(inner, 0) & self._imposable
        free &= ~imposed
        if arrow.name == "passed_over" and node.only_when is not None:
            free |= self._not_so(node.only_when, node.scope)
        kept = certain.after(node, arrow, certain.everything) & ~self._handed_back(node, arrow) & ~imposed
        held = certain.after(node, arrow, certain.held[node.id])
        if arrow.name == "passed_over":
            met |= unless & self._entered_else(node)
        met = met & kept | held & self._imposable | free
        taken_for, _ = self._standing.get(node.id, (0, frozenset()))
        return free, met, unless & kept & ~self._rewritten[node.id] | imposed & taken_for | met

    def _taken_for(self) -> Iterator[tuple[str, tuple[int, frozenset[Condition]]]]:
        """Decisions that are entered for what they leave as it is: the controls that each alone imposes, and that."""
        model = self._certain.model
        every = (nodes for those in model.imposers.values() for nodes in those.values())
        for name in sorted(frozenset().union(*every)):
            node = self._nodes[name]
            those, alone = parts(node.only_when), self._imposed_alone_by(node)
            if not alone or not all(stands(model, node.scope, one) for one in those):
                continue
            if read_by(model, node.scope, those).isdisjoint(written(model, node)):
                yield name, (alone, those)

    def _entered_else(self, node: GraphNode) -> int:
        """The controls of decisions for which a node is certainly entered where they imposed them for what still holds."""
        found, mine = 0, parts(node.only_when)
        asked = {node.scope + one.name for one in mine if isinstance(one, Test)}
        for name in {node.id, *asked} & self._standing.keys():
            decision, (alone, those) = self._nodes[name], self._standing[name]
            for bit, imposing in self._outcomes(decision, alone):
                if all(_so(one, name[len(decision.scope) :], imposing) for one in mine - those):
                    found |= bit
        return found

    def _outcomes(self, decision: GraphNode, alone: int) -> Iterator[tuple[int, frozenset[str]]]:
        """Each control that a decision alone imposes, with the outcomes that do."""
        assert isinstance(decision.node, Decision)
        for control in frozenset().union(*(one.imposes for one in decision.node.outcomes)):
            bit = self._certain.mask(decision.scope, (control,))
            if bit & alone:
                yield bit, frozenset(one.outcome for one in decision.node.outcomes if control in one.imposes)

    def _not_so(self, condition: Condition, scope: str) -> int:
        """The controls that a decision did not impose where a condition about how it was taken last does not hold."""
        if isinstance(condition, AnyOf | All):
            # None of these hold, or at least one of them does not.
            both = or_ if isinstance(condition, AnyOf) else and_
            return reduce(both, (self._not_so(one, scope) for one in condition.parts))
        if not isinstance(condition, Test) or condition.operator not in ("is", "one_of"):
            return 0
        decision = self._nodes.get(scope + condition.name)
        if decision is None or not isinstance(decision.node, Decision) or decision.only_when is not None:
            return 0  # what is passed over tells nothing any more, and imposes what it did
        named = condition.value if condition.operator == "one_of" else (condition.value,)
        others = [one.imposes for one in decision.node.outcomes if one.outcome not in named]
        return self._imposed_alone_by(decision) & ~self._certain.mask(scope, frozenset().union(*others))

    def _imposed_alone_by(self, decision: GraphNode) -> int:
        """The controls that no other decision imposes: how this one was taken last tells whether they are."""
        there = self._certain.model.imposers.get(decision.scope, {})
        alone = frozenset(name for name, nodes in there.items() if nodes == (decision.id,))
        return self._certain.mask(decision.scope, alone)

    def _handed_back(self, node: GraphNode, arrow: Arrow) -> int:
        """The controls of callers that the callees which an arrow leaves were given, and may have lost."""
        found, scope = 0, node.scope
        while scope and (node.kind == "end" or not arrow.target.startswith(scope)):
            call = self._nodes[scope[:-1]]
            found |= self._certain.given(call)
            scope = call.scope
            if node.kind == "end":
                break
        return found

    def _touched(self, inside: frozenset[str]) -> int:
        """What is gained, taken away or imposed among these nodes."""
        certain, found = self._certain, 0
        for name in inside:
            node = self._nodes[name]
            outcomes = node.node.outcomes if isinstance(node.node, Decision) else ()
            names = {*node.satisfies, *node.invalidates}
            names.update(*(one.satisfies for one in outcomes), *(one.imposes for one in outcomes))
            found |= certain.mask(node.scope, frozenset(names))
            if isinstance(node.node, Call):
                found |= certain.given(node)
        return found & self._imposable


def _so(condition: Condition, decision: str, outcomes: frozenset[str]) -> bool:
    """Whether a condition holds wherever a decision was taken by one of these outcomes."""
    if not isinstance(condition, Test) or condition.name != decision:
        return False
    if condition.operator == "is":
        return outcomes == {condition.value}
    if condition.operator == "one_of":
        return isinstance(condition.value, tuple) and outcomes <= {*condition.value}
    return condition.operator == "is_not" and condition.value not in outcomes


def _both(one: Facts, other: Facts) -> Facts:
    return one[0] & other[0], one[1] & other[1], one[2] & other[2]
