"""A plan with the elements of its calls for each told apart: `CALL[1]/node`, `CALL[2]/node`, as they are in a run.

Where every element is the same node, nobody can say what somebody finds who goes back to one of them, nor that
a list has the same rows when it is gone through again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sop_runner.machine.graph import Arrow, Graph, GraphNode, calling, limit_arrow, located, scope_of
from sop_runner.machine.loops import measure_loops, recurring
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Call


def told_apart(plan: Plan, most: int) -> tuple[Plan, Mapping[str, tuple[str, ...]]]:
    """The plan with up to so many elements of each call, and where each scope then stands; lists are no longer."""
    each = {one.id for one in plan.nodes.values() if isinstance(one.node, Call) and one.node.for_each}
    scopes = {one.scope: tuple(_scopes(one.scope, each, most)) for one in plan.nodes.values()}
    nodes: dict[str, GraphNode] = {}
    for node in plan.nodes.values():
        for scope in scopes[node.scope]:
            nodes[scope + node.local] = _copied(node, scope, each, scopes)
    measure_loops(nodes)

    def everywhere(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        for key in keys:
            scope = scope_of(key)
            yield from ((one + key[len(scope) :], key) for one in scopes[scope])

    timed = frozenset(there for there, _ in everywhere(plan.graph.timed))
    apart = replace(
        plan,
        graph=Graph(plan.graph.start, nodes, timed, recurring(nodes)),
        fields={there: plan.fields[key] for there, key in everywhere(plan.fields)},
        derived={there: plan.derived[key] for there, key in everywhere(plan.derived)},
    )
    return apart, scopes


def _scopes(scope: str, each: Iterable[str], most: int) -> Iterator[str]:
    """A scope with the numbers of its elements: `CALL/` → `CALL[1]/`, `CALL[2]/`."""
    if not scope:
        yield scope
        return
    call = scope[:-1]
    for outer in _scopes(scope_of(call), each, most):
        here = outer + call[len(scope_of(call)) :]
        yield from (f"{here}[{one}]/" for one in range(1, most + 1)) if call in each else (f"{here}/",)


def _copied(
    node: GraphNode, scope: str, each: Iterable[str], scopes: Mapping[str, tuple[str, ...]]
) -> GraphNode:
    """A node as it is in one element."""
    here = scope + node.local

    def there(name: str) -> str:
        return scope + name[len(node.scope) :]

    arrows: dict[str, Arrow] = {}
    for arrow in node.arrows.values():
        target, spent, name = arrow.target, arrow.spent, arrow.name
        if node.kind == "call" and name == "call":
            inner = f"{here}[1]/" if node.id in each else f"{here}/"
            target = inner + target[len(scope_of(target)) :]
        elif name == "next" and node.kind == "end":
            following = _following(scope)
            if following not in scopes[node.scope]:
                continue
            target = following + target[len(node.scope) :]
        else:
            target = located(target, here)
            spent = None if spent is None else located(spent, here)
            if name.endswith(limit_arrow("")):
                call = name.removesuffix(limit_arrow(""))
                name = limit_arrow(located(call, here))
        arrows[name] = replace(arrow, name=name, source=here, target=target, spent=spent, loop=frozenset())
    return replace(
        node,
        id=here,
        scope=scope,
        arrows=arrows,
        undone_by=tuple(map(there, node.undone_by)),
        undoes=tuple(map(there, node.undoes)),
    )


def element(scope: str) -> int:
    """Which element a scope belongs to: 2 of `CALL[2]/`; 0 where elements are not told apart."""
    return int(scope[scope.rfind("[") + 1 : -2]) if scope.endswith("]/") else 0


def _following(scope: str) -> str:
    """The next element's scope: `CALL[1]/` → `CALL[2]/`."""
    return f"{calling(scope)}[{element(scope) + 1}]/"
