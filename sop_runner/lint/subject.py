"""What rules look at: a compiled plan, with what several of them share worked out once."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.model import Path, Procedure, every_node
from sop_runner.procedure.nodes import Node, Section

from .names_read import names_read
from .proofs import closure
from .proofs.model import Model
from .proofs.result import Obligation
from .texts import Written, written


@dataclass(frozen=True, eq=False)
class Subject:
    """A plan under examination; `today` is None where no day is to be held against its dates."""

    plan: Plan
    today: date | None = None

    @property
    def procedure(self) -> Procedure:
        """The outermost procedure: the file that is linted."""
        return self.plan.procedure

    @cached_property
    def flow(self) -> tuple[tuple[Path, Node, tuple[Section, ...]], ...]:
        """Every node of the file with its path and sections, in its order."""
        return every_node(self.procedure)

    @cached_property
    def texts(self) -> tuple[Written, ...]:
        """Every text of the file."""
        return tuple(written(self.procedure))

    @cached_property
    def nodes(self) -> tuple[GraphNode, ...]:
        """The file's own nodes as the run core reads them, without those of callees."""
        return tuple(node for node in self.plan.graph.nodes.values() if not node.scope)

    @cached_property
    def names_read(self) -> frozenset[str]:
        """The names that something in the file reads."""
        return frozenset(names_read(self.procedure, self.nodes, self.texts))

    @cached_property
    def model(self) -> Model:
        """Its graph and names as proofs see them."""
        return Model(self.plan)

    @cached_property
    def obligations(self) -> tuple[Obligation, ...]:
        """What requires a control, and whether every path has gained it."""
        return closure.obligations(self.model)
