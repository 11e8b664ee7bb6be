"""From a procedure and its callees to a graph: inlining, defaults, roles, arrows, loops."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..base.errors import SopError
from ..procedure.base_types import Jump
from ..procedure.model import Path, Procedure, every_node
from ..procedure.nodes import Call, Confirmation, Decision, End, Node, Section
from ..procedure.timing import Time, WaivableBy
from .graph import (
    Arrow,
    Graph,
    GraphNode,
    conditions_of,
    limit_arrow,
    opened_by,
    own_satisfies,
    recorded_names,
    timed_nodes,
)
from .loops import measure_loops, recurring

Callees = Mapping[tuple[str, int], Procedure]


class NotCompilable(SopError):
    """The procedure was not checked: a jump, a callee or a node it names does not exist."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One procedure in its place: the outermost one, or a callee under its call."""

    procedure: Procedure
    scope: str
    roles: Mapping[str, str]
    items: tuple[tuple[Path, Node, tuple[Section, ...]], ...]


def build_graph(procedure: Procedure, callees: Callees) -> Graph:
    """Inline every callee under its call and join all nodes by their arrows.

    Raises NotCompilable where the procedure names what does not exist; the checks of the
    loader report all of that with positions, so this is the fence behind them.
    """
    nodes: dict[str, GraphNode] = {}
    parts: dict[str, _Part] = {}
    _inline(procedure, "", {role: role for role in procedure.roles}, callees, nodes, parts, ())
    for part in parts.values():
        for (_, node, _), following in zip(part.items, [*part.items[1:], None], strict=True):
            here = nodes[part.scope + node.id]
            after = part.scope + following[1].id if following else None
            nodes[here.id] = replace(here, arrows=_arrows(here, part, after, parts))
    _leave_calls_at_their_limit(nodes, parts)
    _targets_exist(nodes)
    _mark_irreversible_calls(nodes)
    _mark_undoing(nodes)
    measure_loops(nodes)
    timed = frozenset(node.scope + name for node in nodes.values() for name in timed_nodes(node.node))
    return Graph(next(iter(nodes)), nodes, timed, recurring(nodes))


def _inline(
    procedure: Procedure,
    scope: str,
    roles: Mapping[str, str],
    callees: Callees,
    nodes: dict[str, GraphNode],
    parts: dict[str, _Part],
    above: tuple[str, ...],
) -> None:
    if procedure.procedure in above:
        raise NotCompilable(f"the calls form a cycle: {' > '.join((*above, procedure.procedure))}")
    items = every_node(procedure)
    parts[scope] = _Part(procedure, scope, roles, items)
    recorders: dict[str, int] = {}
    for _, node, _ in items:
        for name in recorded_names(node):
            recorders[name] = recorders.get(name, 0) + 1
    in_case = {spec.field for spec in procedure.case}
    for path, node, sections in items:
        if scope + node.id in nodes:
            raise NotCompilable(f"two nodes are called '{scope + node.id}'")
        alone = frozenset(n for n in recorded_names(node) if recorders[n] == 1 and n not in in_case)
        nodes[scope + node.id] = _node(path, node, sections, parts[scope], alone, callees)
        if isinstance(node, Call):
            callee = _callee(node, callees)
            inner = {
                role: roles[node.roles.get(role, role)]
                for role in callee.roles
                if node.roles.get(role, role) in roles
            }
            _inline(callee, f"{scope}{node.id}/", inner, callees, nodes, parts, (*above, procedure.procedure))


def _callee(node: Call, callees: Callees) -> Procedure:
    found = callees.get((node.procedure, node.revision))
    if found is None:
        raise NotCompilable(
            f"'{node.id}' calls '{node.procedure}' revision {node.revision}, which was not found"
        )
    return found


def _node(
    path: Path,
    node: Node,
    sections: tuple[Section, ...],
    part: _Part,
    alone: frozenset[str],
    callees: Callees,
) -> GraphNode:
    procedure, roles = part.procedure, part.roles
    satisfies, valid_for = own_satisfies(node)
    requires = frozenset(node.requires)
    by: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    waivable = time = None
    irreversible = False
    invalidates: frozenset[str] = frozenset()
    if not isinstance(node, End):
        by = tuple(roles.get(role, role) for role in (node.by or procedure.by))
        not_by = tuple(roles.get(role, role) for role in node.not_by)
        invalidates = frozenset(node.invalidates)
        irreversible = node.irreversible
        waivable = _default(node, procedure, "waivable")
        time = _default(node, procedure, "time")
    if isinstance(node, Call):
        requires |= frozenset(_callee(node, callees).expects)
    return GraphNode(
        id=part.scope + node.id,
        scope=part.scope,
        kind=type(node).kind,
        node=node,
        procedure=procedure,
        path=path,
        sections=sections,
        by=by,
        not_by=not_by,
        only_when=conditions_of(node, sections),
        requires=requires,
        satisfies=satisfies,
        valid_for=valid_for,
        invalidates=invalidates,
        irreversible=irreversible,
        waivable_by=roles.get(waivable.by, waivable.by) if isinstance(waivable, WaivableBy) else None,
        time=time if isinstance(time, Time) else None,
        records=recorded_names(node),
        records_alone=alone,
        undone_by=tuple(part.scope + name for name in opened_by(node)),
        undoes=(),
        roles=roles,
        several=isinstance(node, Confirmation) and node.sign_off is not None and node.sign_off.people != 1,
    )


def _jump_arrow(name: str, source: str, scope: str, jump: Jump) -> Arrow:
    spent = scope + jump.otherwise if jump.otherwise else None
    return Arrow(name, source, scope + jump.to, jump.at_most, spent)


def _default(node: Node, procedure: Procedure, key: str) -> object:
    own = getattr(node, key)
    if own is None and type(node).kind in ("step", "checklist", "confirmation"):
        return getattr(procedure.defaults, key)
    return own


def _arrows(here: GraphNode, part: _Part, after: str | None, parts: Mapping[str, _Part]) -> dict[str, Arrow]:
    node = here.node
    arrows: dict[str, Arrow] = {}

    def add(name: str, jump: Jump | None, fallback: str | None) -> None:
        if jump is None and fallback is None:
            raise NotCompilable(f"'{here.id}' is the last node and has no `then`")
        if jump is None:
            arrows[name] = Arrow(name, here.id, str(fallback))
        else:
            arrows[name] = _jump_arrow(name, here.id, part.scope, jump)

    if isinstance(node, End):
        return _return_arrows(here, parts) if here.scope else {}
    if isinstance(node, Decision):
        for outcome in node.outcomes:
            add(outcome.outcome, outcome.then or node.then, after)
        if here.only_when is not None:
            add("passed_over", node.then, after)
    elif isinstance(node, Call):
        arrows["call"] = Arrow("call", here.id, f"{here.id}/{parts[f'{here.id}/'].items[0][1].id}")
        if here.only_when is not None:
            add("passed_over", node.then, after)
        return arrows
    else:
        add("done", node.then, after)
        if here.only_when is not None:
            arrows["passed_over"] = replace(arrows["done"], name="passed_over")
    otherwise = _default(node, part.procedure, "otherwise")
    if isinstance(otherwise, Jump) and otherwise.to != "none":
        add("otherwise", otherwise, None)
    if here.time and here.time.at_limit and here.time.at_limit.to != "warn":
        add("at_limit", here.time.at_limit, None)
    return arrows


def _return_arrows(here: GraphNode, parts: Mapping[str, _Part]) -> dict[str, Arrow]:
    """The ways out of a callee's end: on to the next element, and back to the caller."""
    assert isinstance(here.node, End)
    call_id = here.scope[:-1]
    scope = call_id[: call_id.rfind("/") + 1]
    outer = parts[scope]
    position = next(i for i, (_, node, _) in enumerate(outer.items) if scope + node.id == call_id)
    call = outer.items[position][1]
    assert isinstance(call, Call)
    after = scope + outer.items[position + 1][1].id if position + 1 < len(outer.items) else None
    jump = call.ends.get(here.node.id)
    arrows: dict[str, Arrow] = {}
    goes_on = jump is None or jump.to == "next"
    if jump is None and here.node.result != "completed":
        raise NotCompilable(f"'{call_id}' does not say where the end '{here.node.id}' leads")
    if call.for_each and goes_on:
        arrows["next"] = Arrow("next", here.id, here.scope + parts[here.scope].items[0][1].id)
    way_out = call.then if goes_on else jump
    if way_out is not None:
        arrows["return"] = _jump_arrow("return", here.id, scope, way_out)
    elif after is not None:
        arrows["return"] = Arrow("return", here.id, after)
    else:
        raise NotCompilable(f"'{call_id}' is the last node and has no `then`")
    return arrows


def _leave_calls_at_their_limit(nodes: dict[str, GraphNode], parts: Mapping[str, _Part]) -> None:
    for call in [n for n in nodes.values() if n.kind == "call" and n.time and n.time.at_limit]:
        jump = call.time.at_limit if call.time else None
        if jump is None or jump.to == "warn":
            continue
        way_out = _jump_arrow("at_limit", call.id, call.scope, jump)
        for inner in [n for n in nodes.values() if n.scope.startswith(f"{call.id}/") and n.kind != "end"]:
            name = limit_arrow(call.id)
            arrow = replace(way_out, name=name, source=inner.id)
            nodes[inner.id] = replace(inner, arrows={**inner.arrows, name: arrow})


def _targets_exist(nodes: Mapping[str, GraphNode]) -> None:
    for node in nodes.values():
        for arrow in node.arrows.values():
            for target in arrow.targets:
                if target not in nodes:
                    raise NotCompilable(f"'{node.id}' leads to '{target}', which does not exist")


def _mark_irreversible_calls(nodes: dict[str, GraphNode]) -> None:
    for node in [n for n in nodes.values() if n.irreversible]:
        scope = node.scope
        while scope:
            call = nodes[scope[:-1]]
            if not call.irreversible:
                nodes[call.id] = replace(call, irreversible=True)
            scope = call.scope


def _mark_undoing(nodes: dict[str, GraphNode]) -> None:
    for step in [n for n in nodes.values() if n.undone_by]:
        for name in step.undone_by:
            if name not in nodes:
                raise NotCompilable(f"'{step.id}' is undone by '{name}', which does not exist")
            nodes[name] = replace(nodes[name], undoes=(*nodes[name].undoes, step.id))
