"""Imposed controls that are certainly held wherever they are imposed: one more pass over what is certainly held.

A rule that asks for a second person mostly leads to that person at once. Then on every way the control is
held or was not imposed, and no search has to tell those ways apart. As cautious as `certain`: what one
arrow may take away is gone, and nothing is known of why an outcome was chosen.
"""

from sop_runner.machine.graph import Arrow, GraphNode
from sop_runner.procedure.nodes import Call, Decision

from .certain import Certain
from .spreading import spread

Facts = tuple[int, int]
"""Controls that no decision on any way imposed, and those that are held or were not imposed; as bits."""


class Met:
    """For each reached node the controls that are held on every way on which they are imposed."""

    def __init__(self, certain: Certain) -> None:
        self._certain = certain
        self._flow, self._nodes = certain.flow, certain.nodes
        model = certain.model
        self._imposable = sum(
            {certain.bit.get((scope, name), 0) for scope, names in model.imposers.items() for name in names}
        )
        self._met = self._spread() if self._imposable else {}

    def holds(self, node: GraphNode, control: str) -> bool:
        """Whether a control is met however the node is reached, where only an outcome asks for it there."""
        bit = self._certain.bit.get((node.scope, control), 0)
        return control not in node.requires and bool(self._met.get(node.id, (0, 0))[1] & bit)

    def _spread(self) -> dict[str, Facts]:
        returns = self._flow.returns
        touched = {target: self._touched(inside | {target}) for target, inside in returns.items()}

        def entering(source: str, target: str, out: Facts) -> Facts:
            if source not in returns.get(target, ()):
                return out
            free, met = out
            return free, met & ~touched[target] | free  # returning takes back what was gained since

        first = self._imposable, self._imposable
        return spread(self._certain.model, first, self._after, entering, _both)

    def _after(self, node: GraphNode, arrow: Arrow, facts: Facts) -> Facts:
        certain = self._certain
        free, met = facts
        imposed = 0
        if isinstance(node.node, Decision):
            for outcome in node.node.outcomes:
                if outcome.outcome == arrow.name:
                    imposed = certain.mask(node.scope, outcome.imposes)
        if arrow.name in ("call", "next"):
            # A callee starts afresh, its decisions with it.
            inner = f"{node.id}/" if arrow.name == "call" else node.scope
            free |= certain.of_scope.get(inner, 0) & self._imposable
        free &= ~imposed
        kept = certain.after(node, arrow, certain.everything) & ~self._handed_back(node, arrow) & ~imposed
        held = certain.after(node, arrow, certain.held[node.id])
        return free, (met & kept | held & self._imposable | free)

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


def _both(one: Facts, other: Facts) -> Facts:
    return one[0] & other[0], one[1] & other[1]
