"""A plan: a procedure compiled, with everything it pins."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..procedure.derive import Derive
from ..procedure.fields import FieldRules
from ..procedure.model import Procedure
from ..procedure.nodes import Decision
from .build import Callees, build_graph
from .engine import Engine
from .graph import Graph, GraphNode, template
from .types import field_types


@dataclass(frozen=True)
class Plan:
    """A compiled procedure with its digest; `pinned` are the digests of its callees by id and revision.

    `fields` are the rules of every named value and `derived` the ways to compute one, both by
    scope and name (`CALL/amount`).
    """

    digest: str
    procedure: Procedure
    callees: Callees
    pinned: tuple[tuple[str, int, str], ...]
    graph: Graph
    fields: Mapping[str, FieldRules]
    derived: Mapping[str, Derive]

    @cached_property
    def clocked(self) -> bool:
        """Whether any node has a time to keep."""
        return any(node.time is not None for node in self.nodes.values())

    @cached_property
    def unconditional(self) -> frozenset[str]:
        """The nodes that a person always comes to stand at: nothing is asked before they are entered."""
        return frozenset(
            node.id
            for node in self.nodes.values()
            if not (
                node.automatic or node.kind == "end" or node.only_when or node.requires or node.irreversible
            )
        )

    @cached_property
    def counting(self) -> frozenset[str]:
        """The nodes with an arrow that is taken so often only."""
        return frozenset(
            node.id
            for node in self.nodes.values()
            if any(one.at_most is not None for one in node.arrows.values())
        )

    @cached_property
    def gainers(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The nodes of a scope that gain a control, or have an outcome that does."""
        found: dict[tuple[str, str], list[str]] = {}
        for node in self.nodes.values():
            outcomes = node.node.outcomes if isinstance(node.node, Decision) else ()
            for control in {*node.satisfies, *(name for one in outcomes for name in one.satisfies)}:
                found.setdefault((node.scope, control), []).append(node.id)
        return {key: tuple(those) for key, those in found.items()}

    @cached_property
    def nodes(self) -> Mapping[str, GraphNode]:
        """Every node by its id."""
        return self.graph.nodes

    @cached_property
    def engine(self) -> Engine:
        """The shared machine; compiled at the first move."""
        return Engine(self.graph)

    def node(self, location: str) -> GraphNode:
        """The node that a location such as `CALL[2]/check` stands at. Raises KeyError for none."""
        nodes = self.graph.nodes
        return nodes.get(location) or nodes[template(location)]


def compile_plan(
    procedure: Procedure, digest: str, callees: Callees, pinned: tuple[tuple[str, int, str], ...] = ()
) -> Plan:
    """Join a checked procedure and its callees into a plan. Raises NotCompilable for an unchecked one."""
    graph = build_graph(procedure, callees)
    scopes: dict[str, Procedure] = {}
    for node in graph.nodes.values():
        scopes.setdefault(node.scope, node.procedure)
    return Plan(
        digest=digest,
        procedure=procedure,
        callees=callees,
        pinned=pinned,
        graph=graph,
        fields=field_types(graph, scopes),
        derived={scope + name: way for scope, part in scopes.items() for name, way in part.derive.items()},
    )
