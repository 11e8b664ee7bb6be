"""Loops of a graph: which nodes recur, and what starts a bounded arrow's count again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from .graph import Arrow, GraphNode, limit_arrow, of_each_element


def measure_loops(nodes: dict[str, GraphNode]) -> None:
    """Find the loop of every bounded arrow."""
    if not any(arrow.at_most is not None for node in nodes.values() for arrow in node.arrows.values()):
        return
    into: dict[str, set[str]] = {name: set() for name in nodes}
    for node in nodes.values():
        for arrow in node.arrows.values():
            for target in arrow.targets:
                into[target].add(node.id)
    loops: dict[tuple[str, str], frozenset[str]] = {}
    for node in nodes.values():
        for arrow in node.arrows.values():
            if arrow.at_most is not None:
                key = _counted_with(arrow)
                loops[key] = loops.get(key, frozenset()) | _loop(arrow, into)
    for node in list(nodes.values()):
        if all(arrow.at_most is None for arrow in node.arrows.values()):
            continue
        arrows = {
            name: arrow if arrow.at_most is None else replace(arrow, loop=loops[_counted_with(arrow)])
            for name, arrow in node.arrows.items()
        }
        nodes[node.id] = replace(node, arrows=arrows)


def _counted_with(arrow: Arrow) -> tuple[str, str]:
    """What counts as one arrow: a call's limit from every node inside, its return from an end of every element."""
    if arrow.name == "return":
        return of_each_element(arrow.source), arrow.name
    return ("", arrow.name) if arrow.name.endswith(limit_arrow("")) else (arrow.source, arrow.name)


def recurring(nodes: Mapping[str, GraphNode]) -> frozenset[str]:
    """Every node that some path leads back to (strongly connected components, Tarjan 1972)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: set[str] = set()
    for start in nodes:
        waiting = [] if start in order else [(start, _following(nodes[start]))]
        while waiting:
            name, rest = waiting[-1]
            if name not in order:
                order[name] = low[name] = len(order)
                stack.append(name)
            target = next(rest, None)
            if target is not None:
                if target not in order:
                    waiting.append((target, _following(nodes[target])))
                elif target in low:
                    low[name] = min(low[name], order[target])
                continue
            waiting.pop()
            if waiting:
                above = waiting[-1][0]
                low[above] = min(low[above], low[name])
            if low[name] == order[name]:
                together = stack[stack.index(name) :]
                del stack[-len(together) :]
                for one in together:
                    del low[one]
                if len(together) > 1 or name in _following(nodes[name]):
                    found.update(together)
    return frozenset(found)


def _following(node: GraphNode) -> Iterator[str]:
    return (target for arrow in node.arrows.values() for target in arrow.targets)


def _loop(arrow: Arrow, into: Mapping[str, set[str]]) -> frozenset[str]:
    """The target and every node that reaches this arrow without passing the target."""
    found = {arrow.target, arrow.source}
    waiting = [arrow.source] if arrow.source != arrow.target else []
    while waiting:
        for source in into[waiting.pop()]:
            if source not in found:
                found.add(source)
                waiting.append(source)
    return frozenset(found)
