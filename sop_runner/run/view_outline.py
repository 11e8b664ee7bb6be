"""The outline of a run: where it stands, what lies behind, what may come."""

from sop_runner.machine.graph import Graph, GraphNode, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Decision

from .state import Run
from .views import OutlineRow
from .wording import Wording, words


def outline(plan: Plan, run: Run, wording: Wording) -> tuple[OutlineRow, ...]:
    """One row a node in the order of the file; a callee's nodes only while the run is in its call."""
    visited = {visit.node for visit in run.way}
    if run.abandoning:
        visited.discard(run.way[-1].node)
    reachable = reached_from(plan.graph, template(run.at))
    uncertain = _uncertain(plan.graph)
    opened = {step.node for step in run.open}
    rows: list[OutlineRow] = []
    shown_sections: set[str] = set()
    for node in plan.graph.nodes.values():
        location = _located(node, run)
        if location is None:
            continue
        depth = node.id.count("/")
        for level, section in enumerate(node.sections):
            key = node.scope + section.id
            if key not in shown_sections:
                shown_sections.add(key)
                title = wording.text_of(node.scope, section.title, words(section.id))
                rows.append(OutlineRow(key, title, "section", "heading", False, depth + level))
        if location == run.at and run.status == "open":
            mark = "current"
        elif location in opened:
            mark = "open"
        elif location in run.waived:
            mark = "waived"
        elif location in visited or location == run.end:
            mark = "done"
        elif run.status != "open" or node.id not in reachable:
            mark = "passed"
        else:
            mark = "maybe" if node.id in uncertain else "ahead"
        mandatory = node.kind in ("confirmation", "checklist") and bool(node.satisfies)
        rows.append(
            OutlineRow(location, wording.title(node), node.kind, mark, mandatory, depth + len(node.sections))
        )
    return tuple(rows)


def _located(node: GraphNode, run: Run) -> str | None:
    """Where a node stands in this run; None for the node of a callee that the run is not in."""
    if not node.scope:
        return node.id
    scope = scope_of(run.at)
    while scope:
        if template(scope) == node.scope:
            return scope + node.local
        scope = scope_of(scope[:-1])
    return None


def reached_from(graph: Graph, start: str) -> frozenset[str]:
    """Every node that some path leads to from `start`, itself included."""
    found = {start}
    waiting = [start]
    while waiting:
        for arrow in graph.nodes[waiting.pop()].arrows.values():
            for target in (arrow.target, arrow.spent):
                if target is not None and target not in found:
                    found.add(target)
                    waiting.append(target)
    return frozenset(found)


def _uncertain(graph: Graph) -> frozenset[str]:
    """Nodes that a condition, one outcome among several or an `otherwise` leads to, in the order of the file."""
    certain_into: dict[str, bool] = {graph.start: True}
    found = set()
    for node in graph.nodes.values():
        certain = certain_into.get(node.id, False) and node.only_when is None
        if not certain:
            found.add(node.id)
        branching = isinstance(node.node, Decision) and len({a.target for a in node.arrows.values()}) > 1
        reaches_on = certain_into.get(node.id, False) and not branching
        for arrow in node.arrows.values():
            by_itself = arrow.name not in ("otherwise", "at_limit") and ":" not in arrow.name
            sure = by_itself and (reaches_on or (branching and _only_forward(graph, node, arrow.target)))
            certain_into[arrow.target] = certain_into.get(arrow.target, False) or sure
    return frozenset(found)


def _only_forward(graph: Graph, node: GraphNode, target: str) -> bool:
    """Whether every other outcome's target leads straight on to this one."""
    return all(
        arrow.target == target or any(a.target == target for a in graph.nodes[arrow.target].arrows.values())
        for arrow in node.arrows.values()
        if arrow.name not in ("otherwise", "at_limit", "passed_over")
    )
