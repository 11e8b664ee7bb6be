"""Closure and freshness: each path to what requires a control has gained it, and nothing took it away since."""

from collections.abc import Iterable, Iterator

from sop_runner.machine.graph import GraphNode

from .certain import Certain
from .layout import LOST, NEVER, Model
from .moves import Moves, State
from .result import Kind, Obligation
from .search import Goal, search
from .telling import stops

KINDS: dict[int, Kind] = {NEVER: "closure", LOST: "freshness"}


def obligations(model: Model) -> tuple[Obligation, ...]:
    """Every node and end × every control required or imposed, in the order of the file."""
    certain = Certain(model)
    asked: list[tuple[GraphNode, str]] = [
        (node, control) for node in model.plan.graph.nodes.values() for control in sorted(model.asks(node))
    ]
    open_ones: dict[frozenset[object], list[tuple[str, str]]] = {}
    for node, control in asked:
        if not certain.holds(node, control) or _judged_on_return(node):
            group: frozenset[object] = model.shared(node.scope, control)
            open_ones.setdefault(group, []).append((node.id, control))
    verdicts: dict[tuple[str, str, Kind], Obligation] = {}
    for group, those in open_ones.items():
        for one in _searched(model, group, those):
            verdicts[one.node, one.control, one.kind] = one
    return tuple(
        verdicts.get((node.id, control, kind), Obligation(node.id, control, kind, "holds"))
        for node, control in asked
        for kind in KINDS.values()
    )


def _judged_on_return(node: GraphNode) -> bool:
    """A call for each element is judged again as it returns, when a callee may have lost what it was given."""
    return bool(getattr(node.node, "for_each", None))


def _searched(model: Model, group: Iterable[object], those: list[tuple[str, str]]) -> Iterator[Obligation]:
    goals = [(node, control, kind) for node, control in those for kind in KINDS.values()]
    inside = {node for node, _ in those if _judged_on_return(model.plan.nodes[node])}
    ends = {
        one.id
        for one in model.plan.nodes.values()
        if one.kind == "end" and one.scope and one.scope[:-1] in inside
    }
    within = model.flow.leading_to({node for node, _ in those} | ends)
    result = search(model, goals, missing, group, within)  # type: ignore[arg-type]
    for goal in goals:
        node, control, kind = goal
        if goal in result.found:
            yield Obligation(node, control, kind, "fails", stops(result.found[goal]))
        elif goal in result.unsettled:
            yield Obligation(node, control, kind, "unsettled")


def missing(moves: Moves, state: State) -> Iterator[Goal]:
    """The controls that are asked for here and not held."""
    if not state.entered:
        return
    node = moves.nodes[state.at]
    for control, place in moves.layout.requires(node, state.values):
        if state.values[place] <= LOST:
            yield node.id, control, KINDS[state.values[place]]
    call = moves.returning_to(node, state.values)
    if call is not None:
        for control, place in moves.layout.requires(call, state.values):
            if state.values[place] <= LOST:
                yield call.id, control, KINDS[state.values[place]]
