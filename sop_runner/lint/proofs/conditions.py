"""The conditions of a plan, each with the scope whose names it reads."""

from collections.abc import Iterator

from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.procedure.when import Condition


def conditions(plan: Plan) -> Iterator[tuple[str, Condition]]:
    """Every condition of a plan with the scope whose names it reads."""
    scopes: dict[str, GraphNode] = {}
    for node in plan.graph.nodes.values():
        scopes.setdefault(node.scope, node)
        for condition in conditions_at(node):
            yield node.scope, condition
    for scope, node in scopes.items():
        for spec in node.procedure.case:
            if spec.only_when is not None:
                yield scope, spec.only_when


def conditions_at(node: GraphNode) -> Iterator[Condition]:
    """The conditions of one node: its own, its outcomes', its items' and its fields'."""
    if node.only_when is not None:
        yield node.only_when
    match node.node:
        case Decision(outcomes=outcomes):
            yield from (one.when for one in outcomes if one.when is not None)
        case Checklist(items=items):
            yield from (one.only_when for one in items if one.only_when is not None)
        case Confirmation(record=record):
            yield from (
                one.only_when for one in (record.fields if record else ()) if one.only_when is not None
            )
        case _:
            pass
