"""Mutants that no scenario can tell from the procedure: the machine is the same, or the proof says so."""

from typing import Any

from sop_runner.lint.proofs.conditions import conditions_at
from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Decision, End
from sop_runner.procedure.when import Held, tests

from .alike import choose_alike
from .bare import around, bare
from .edits import Mutant
from .order import either_order


class Settled:
    """What can be said of a mutant without playing it; `proved` is whether the procedure itself is."""

    def __init__(self, plan: Plan, *, proved: bool) -> None:
        self._plan = plan
        self._proved = proved
        self._read = {control for node in plan.nodes.values() for control in _held(node)}
        self._aging = {control for node in plan.nodes.values() for control, aging in _gains(node) if aging}

    def same_machine(self, plan: Plan) -> str:
        """Why the mutant is the same machine; empty where it is another one."""
        ours, theirs = self._plan, plan
        if around(ours) != around(theirs) or ours.nodes.keys() != theirs.nodes.keys():
            return ""
        if either_order(ours, theirs):
            return "never both of the two are entered, so either may stand first"
        conditions = False
        for name, node in ours.nodes.items():
            other = theirs.nodes[name]
            if bare(node) == bare(other):
                continue
            if _unconditional(node) != _unconditional(other) or not choose_alike(ours, node, other):
                return ""
            conditions = True
        return "no values tell the conditions apart" if conditions else "the machine is the same"

    def by_proof(self, mutant: Mutant, plan: Plan) -> str:
        """Why a mutant that is proved as well cannot be told from the procedure; empty where it may be.

        Where the proof says that a control is held at every act that asks for it, with the entry and
        without it, no run is ever refused for want of it. What remains is a control that grows stale
        (an act refuses it then, an end does not) and a condition that looks at what is held.
        """
        if mutant.control is None or not self._proved:
            return ""
        key, control = mutant.control
        if key in ("satisfies", "invalidates") and control in self._read:
            return ""
        at_end = key == "requires" and self._is_end(mutant)
        if key == "invalidates" or at_end or control not in self._aging:
            return (
                f"the proof holds with it and without it: '{control}' is never missing where it is asked for"
            )
        return ""

    def _is_end(self, mutant: Mutant) -> bool:
        place = mutant.place.strip("'")
        found = [node.node for node in self._plan.nodes.values() if node.local == place]
        return bool(found) and all(isinstance(node, End) for node in found)


def _unconditional(node: GraphNode) -> tuple[object, ...]:
    """The same without its conditions, and without the order in which outcomes are tried."""
    plain: dict[str, Any] = {} if isinstance(node.node, End) else {"only_when": None}
    outcomes: object = ()
    if isinstance(node.node, Decision):
        outcomes = {one.outcome: one.model_copy(update={"when": None}) for one in node.node.outcomes}
        plain["outcomes"] = ()
    return *bare(node, node=node.node.model_copy(update=plain), only_when=None), outcomes


def _held(node: GraphNode) -> set[str]:
    return {
        control
        for condition in conditions_at(node)
        for test in tests(condition)
        if isinstance(test, Held)
        for control in test.controls
    }


def _gains(node: GraphNode) -> list[tuple[str, bool]]:
    own = [(control, node.valid_for is not None) for control in node.satisfies]
    outcomes = node.node.outcomes if isinstance(node.node, Decision) else ()
    return own + [(control, o.valid_for is not None) for o in outcomes for control in o.satisfies]
