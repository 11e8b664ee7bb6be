"""What rules look at: a compiled plan, with what several of them share worked out once."""

from dataclasses import dataclass
from functools import cached_property

from sop_runner.machine.plan import Plan

from .proofs import closure
from .proofs.model import Model
from .proofs.result import Obligation


@dataclass(frozen=True, eq=False)
class Subject:
    """A plan under examination."""

    plan: Plan

    @cached_property
    def model(self) -> Model:
        """Its graph and names as proofs see them."""
        return Model(self.plan)

    @cached_property
    def obligations(self) -> tuple[Obligation, ...]:
        """What requires a control, and whether every path has gained it."""
        return closure.obligations(self.model)
