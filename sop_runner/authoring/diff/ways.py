"""What has to be done on every way: up to a node from the start, and from a node to where the ticket closes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

from sop_runner.machine.graph import Arrow, Graph, GraphNode
from sop_runner.procedure.nodes import End

MANDATORY = ("confirmation", "checklist")
_Edges = Mapping[str, tuple[tuple[str, int], ...]]


def closes(node: GraphNode) -> bool:
    """Whether the run stops here with the ticket closed."""
    return isinstance(node.node, End) and not node.scope and node.node.closes


@dataclass(frozen=True, eq=False)
class Ways:
    """Sets of mandatory nodes as bits of a whole number; the greatest solution over all arrows."""

    graph: Graph

    @cached_property
    def _bits(self) -> Mapping[str, int]:
        those = (node.id for node in self.graph.nodes.values() if node.kind in MANDATORY)
        return {name: 1 << index for index, name in enumerate(those)}

    @cached_property
    def _onward(self) -> _Edges:
        return {
            node.id: tuple(
                (to, self._done(node, arrow)) for arrow in node.arrows.values() for to in arrow.targets
            )
            for node in self.graph.nodes.values()
        }

    @cached_property
    def _back(self) -> _Edges:
        found: dict[str, list[tuple[str, int]]] = {name: [] for name in self.graph.nodes}
        for source, edges in self._onward.items():
            for to, bit in edges:
                found[to].append((source, bit))
        return {name: tuple(edges) for name, edges in found.items()}

    def _done(self, node: GraphNode, arrow: Arrow) -> int:
        """What is done when this arrow is taken: nothing by `otherwise`, at a limit, or when passed over."""
        return self._bits.get(node.id, 0) if arrow.name == "done" else 0

    @cached_property
    def _before(self) -> Mapping[str, int]:
        return _solve((self.graph.start,), self._onward, self._back)

    @cached_property
    def _ahead(self) -> Mapping[str, int]:
        return _solve(
            (node.id for node in self.graph.nodes.values() if closes(node)), self._back, self._onward
        )

    def before(self, node: str) -> frozenset[str] | None:
        """The mandatory nodes that are done on every way to `node`; None where nothing leads there."""
        return self._names(self._before.get(node))

    def ahead(self, node: str) -> frozenset[str] | None:
        """The mandatory nodes that are still done on every way from `node` to a closed ticket; None for no way."""
        return self._names(self._ahead.get(node))

    def done_before(self, node: str) -> frozenset[str]:
        """The same as `before`; none where nothing leads there."""
        return self.before(node) or frozenset()

    def _names(self, bits: int | None) -> frozenset[str] | None:
        return None if bits is None else frozenset(name for name, bit in self._bits.items() if bits & bit)


def _solve(starts: Iterable[str], onward: _Edges, back: _Edges) -> Mapping[str, int]:
    """For each node that `onward` leads to from a start, what every way there has; a start begins with nothing."""
    found = dict.fromkeys(starts, 0)
    fixed = frozenset(found)
    waiting = list(found)
    while waiting:
        for to, _ in onward[waiting.pop()]:
            if to in fixed:
                continue
            ways = (found[source] | bit for source, bit in back[to] if source in found)
            every = reduce(int.__and__, ways)
            if found.get(to) != every:
                found[to] = every
                waiting.append(to)
    return found
