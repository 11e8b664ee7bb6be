"""Controls that are certainly held, whatever the values: one pass forward, all controls at once.

Cheap and cautious: it takes every arrow for possible, so what it grants needs no search.
"""

from collections.abc import Mapping
from operator import and_

from sop_runner.machine.graph import Arrow, GraphNode
from sop_runner.procedure.nodes import Call, Decision, End

from .model import Model
from .spreading import spread


class Certain:
    """For each reached node the controls held on every way as it is entered, as bits."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.flow = model.flow
        self.nodes = model.plan.graph.nodes
        names = [
            (scope, control) for scope, node in model.scopes.items() for control in node.procedure.controls
        ]
        self.bit = {name: 1 << index for index, name in enumerate(names)}
        self.everything = (1 << len(names)) - 1
        self.of_scope: dict[str, int] = {}
        for (scope, _), bit in self.bit.items():
            self.of_scope[scope] = self.of_scope.get(scope, 0) | bit
        self._lost_in = {target: self._lost(inside) for target, inside in self.flow.returns.items()}
        self.held: Mapping[str, int] = self._spread()

    def holds(self, node: GraphNode, control: str) -> bool:
        """Whether a control is held however the node is reached; also where it is not reached at all."""
        return bool(self.held.get(node.id, self.everything) & self.bit.get((node.scope, control), 0))

    def mask(self, scope: str, names: frozenset[str] | tuple[str, ...]) -> int:
        return sum({self.bit.get((scope, name), 0) for name in names})

    def _lost(self, inside: frozenset[str]) -> int:
        found = 0
        for name in inside:
            node = self.nodes[name]
            found |= self.mask(node.scope, getattr(node.node, "invalidates", ()))
            if isinstance(node.node, Call):
                found |= self.given(node)
        return found

    def given(self, call: GraphNode) -> int:
        """The caller's controls that a callee knows by the same name, and so may take away."""
        inner = f"{call.id}/"
        return sum(
            bit
            for (scope, name), bit in self.bit.items()
            if scope == call.scope and (inner, name) in self.bit
        )

    def _spread(self) -> dict[str, int]:
        first = self.mask("", tuple(self.model.plan.procedure.expects))
        return spread(self.model, first, self.after, self._entering, and_)

    def _entering(self, source: str, target: str, out: int) -> int:
        """A return takes back what was gained since; what was lost on the way round stays lost."""
        inside = self.flow.returns.get(target)
        if inside is not None and source in inside:
            return out & ~self._lost_in[target]
        return out

    def after(self, node: GraphNode, arrow: Arrow, held: int) -> int:
        spec = node.node
        if isinstance(spec, Call):
            return self._into(node, held) if arrow.name == "call" else held
        if isinstance(spec, End):
            return self._out_of(node, spec, arrow, held)
        if arrow.name == "passed_over":
            return held
        held &= ~self.mask(node.scope, node.node.invalidates if not isinstance(node.node, End) else ())
        if isinstance(spec, Decision):
            for outcome in spec.outcomes:
                if outcome.outcome == arrow.name:
                    held |= self.mask(node.scope, outcome.satisfies)
        elif arrow.name == "done":
            held |= self.mask(node.scope, node.satisfies)
        return self._leaving(node.scope, arrow.target, held)

    def _leaving(self, scope: str, target: str, held: int) -> int:
        while scope and not target.startswith(scope):
            call = self.nodes[scope[:-1]]
            held = self._back(call, held)
            scope = call.scope
        return held

    def _into(self, call: GraphNode, held: int) -> int:
        inner = f"{call.id}/"
        held &= ~self.of_scope.get(inner, 0)
        for (scope, name), bit in self.bit.items():
            if scope == inner and held & self.bit.get((call.scope, name), 0):
                held |= bit
        return held

    def _back(self, call: GraphNode, held: int) -> int:
        """Given back and invalidated; the callee's own are nobody's any more."""
        inner = f"{call.id}/"
        for (scope, name), bit in self.bit.items():
            if scope == inner and not held & bit:
                held &= ~self.bit.get((call.scope, name), 0)
        held &= ~self.mask(call.scope, getattr(call.node, "invalidates", ()))
        return held & ~self.of_scope.get(inner, 0)

    def _out_of(self, node: GraphNode, end: End, arrow: Arrow, held: int) -> int:
        if not node.scope:
            return held
        call = self.nodes[node.scope[:-1]]
        assert isinstance(call.node, Call)
        if arrow.name == "next":
            given = held
            for (scope, name), bit in self.bit.items():
                if scope == node.scope and not held & bit:
                    given &= ~self.bit.get((call.scope, name), 0)
            return self._into(call, given)
        held = self._back(call, held)
        if end.result == "completed" and not self.may_be_incomplete(call):
            held |= self.mask(call.scope, call.satisfies)
        return held

    def may_be_incomplete(self, call: GraphNode) -> bool:
        """Whether an element that was not completed may lie behind a completed one."""
        spec = call.node
        return (
            isinstance(spec, Call)
            and bool(spec.for_each)
            and any(jump.to == "next" for jump in spec.ends.values())
        )
