"""The two procedures under comparison, and what each node of them is compared against."""

from dataclasses import dataclass, replace
from functools import cached_property

from sop_runner.machine.plan import Plan
from sop_runner.procedure.condition_words import in_words
from sop_runner.procedure.when import Condition

from ..labels import labels_of
from .ways import Ways


@dataclass(frozen=True)
class Sides:
    """The old and the new plan; `scope` is the call whose nodes are being compared."""

    old: Plan
    new: Plan
    scope: str = ""

    def within(self, scope: str) -> "Sides":
        """The same for the nodes of a call."""
        return self if scope == self.scope else replace(self, scope=scope)

    def old_words(self, condition: Condition | None) -> str:
        """A condition of the old one in words."""
        return _worded(self.old, self.scope, condition)

    def new_words(self, condition: Condition | None) -> str:
        """A condition of the new one in words."""
        return _worded(self.new, self.scope, condition)


@dataclass(frozen=True)
class Asked:
    """What is worked out once for both plans: ways, and every control that something asks for."""

    old: Plan
    new: Plan

    @cached_property
    def old_ways(self) -> Ways:
        """Ways through the old one."""
        return Ways(self.old.graph)

    @cached_property
    def new_ways(self) -> Ways:
        """Ways through the new one."""
        return Ways(self.new.graph)

    @cached_property
    def in_both(self) -> frozenset[str]:
        """The controls that the old and the new one both require or impose somewhere."""
        return _asked(self.old) & _asked(self.new)


def _asked(plan: Plan) -> frozenset[str]:
    found: set[str] = set()
    for node in plan.nodes.values():
        found |= node.requires
        for outcome in getattr(node.node, "outcomes", ()):
            found.update(outcome.imposes)
    return frozenset(found)


def _worded(plan: Plan, scope: str, condition: Condition | None) -> str:
    """A condition in plain words, by the labels of its own procedure; empty for none."""
    if condition is None:
        return ""
    return str(in_words(condition, labels_of(plan, plan.procedure.language, scope)))
