"""The shape of a plan's graph: who leads where, dominators, and which nodes cut the way when entered again."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress

from sop_runner.machine.graph import Arrow, Graph, GraphNode


def targets(arrow: Arrow) -> tuple[str, ...]:
    """Where an arrow leads, its bound spent or not."""
    return (arrow.target,) if arrow.spent is None else (arrow.target, arrow.spent)


def usable(node: GraphNode) -> Iterable[Arrow]:
    """The arrows that can be taken: nobody stands at what needs no person, so it is left by rule alone."""
    for arrow in node.arrows.values():
        by_person = arrow.name in ("otherwise", "at_limit") or arrow.name.endswith(":at_limit")
        if not (by_person and node.automatic):
            yield arrow


@dataclass(frozen=True, eq=False)
class Flow:
    """Edges of the graph as a run can follow them, callees inlined."""

    graph: Graph
    _names: dict[int, frozenset[str]] = field(default_factory=dict)
    _loops: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def onward(self) -> Mapping[str, tuple[str, ...]]:
        """The nodes that follow each node."""
        return {
            node.id: tuple(dict.fromkeys(to for arrow in usable(node) for to in targets(arrow)))
            for node in self.graph.nodes.values()
        }

    @cached_property
    def before(self) -> Mapping[str, tuple[str, ...]]:
        """The nodes that lead to each node."""
        found: dict[str, list[str]] = {name: [] for name in self.graph.nodes}
        for name, following in self.onward.items():
            for to in following:
                found[to].append(name)
        return {name: tuple(those) for name, those in found.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """What can be reached, in reverse postorder."""
        seen = {self.graph.start}
        done: list[str] = []
        waiting = [(self.graph.start, iter(self.onward[self.graph.start]))]
        while waiting:
            name, rest = waiting[-1]
            for to in rest:
                if to not in seen:
                    seen.add(to)
                    waiting.append((to, iter(self.onward[to])))
                    break
            else:
                waiting.pop()
                done.append(name)
        return tuple(reversed(done))

    @cached_property
    def reached(self) -> frozenset[str]:
        """The nodes that arrows lead to from the start."""
        return frozenset(self.order)

    @cached_property
    def dominator(self) -> Mapping[str, str]:
        """The immediate dominator of each reached node, the start its own (Cooper, Harvey, Kennedy 2001)."""
        rank = {name: index for index, name in enumerate(self.order)}
        found = {self.graph.start: self.graph.start}
        changed = True
        while changed:
            changed = False
            for name in self.order[1:]:
                known = [one for one in self.before[name] if one in found]
                best = known[0]
                for one in known[1:]:
                    while one != best:
                        while rank[one] > rank[best]:
                            one = found[one]
                        while rank[best] > rank[one]:
                            best = found[best]
                if found.get(name) != best:
                    found[name] = best
                    changed = True
        return found

    def dominates(self, one: str, other: str) -> bool:
        """Whether every way to `other` passes `one`."""
        first, last = self._spans[one]
        return first <= self._spans[other][0] <= last

    def last_before(self, names: Iterable[str]) -> str:
        """The last node that every way to any of some reached ones passes; the start for none of them."""
        found: str | None = None
        for name in names:
            if name in self.reached:
                found = name if found is None else found
                while not self.dominates(found, name):
                    found = self.dominator[found]
        return self.graph.start if found is None else found

    def dominated(self, name: str) -> tuple[str, ...]:
        """The reached nodes to which every way passes one, itself first."""
        first, last = self._spans[name]
        return self._by_span[first : last + 1]

    def main_way(self) -> Iterator[str]:
        """From the start, of the nodes that every way to some others passes, each time the one of most others."""
        spans = self._spans
        name: str | None = self.graph.start
        while name is not None:
            yield name
            here, last = spans[name]
            following, most, name = here + 1, 0, None
            while following <= last:
                one = self._by_span[following]
                size = spans[one][1] + 1 - following
                if size > most:
                    name, most = one, size
                following += size

    @cached_property
    def _by_span(self) -> tuple[str, ...]:
        return tuple(sorted(self._spans, key=lambda name: self._spans[name][0]))

    @cached_property
    def _spans(self) -> Mapping[str, tuple[int, int]]:
        """Each reached node's place in a walk of the tree of dominators, and the last place below it."""
        below: dict[str, list[str]] = {name: [] for name in self.order}
        for name in self.order[1:]:
            below[self.dominator[name]].append(name)
        first: dict[str, int] = {}
        found: dict[str, tuple[int, int]] = {}
        waiting = [(self.graph.start, False)]
        while waiting:
            name, done = waiting.pop()
            if done:
                found[name] = (first[name], len(first) - 1)
            else:
                first[name] = len(first)
                waiting.append((name, True))
                waiting += [(one, False) for one in below[name]]
        return found

    @cached_property
    def returns(self) -> Mapping[str, frozenset[str]]:
        """Nodes that can be entered while they stand on the way, with the nodes from which that can still come.

        Entering a node on the way takes everything behind it off the way, and those of a node's dominators
        that are never passed over stand before it. So it stays on the way only while none of them is passed.
        """
        found: dict[str, frozenset[str]] = {}
        for target in self._candidates():
            sources = [
                one
                for one in self.before[target]
                if one in self.reached and not self._next_element(one, target)
            ]
            behind = self._spread(target, self.before, self.reached)
            ahead = self._spread(target, self.onward, behind)
            if any(one in ahead or one == target for one in sources):
                found[target] = frozenset(ahead | {target})
        return found

    def _next_element(self, source: str, target: str) -> bool:
        """The next element of a call is another place than the one before it."""
        arrows = self.graph.nodes[source].arrows
        return "next" in arrows and arrows["next"].target == target and self.graph.nodes[source].kind == "end"

    def _candidates(self) -> Iterable[str]:
        """The heads of loops; where one is led into in the middle or its head may be passed over, all of it."""
        rest: dict[str, list[str]] = {name: [] for name in self.order}
        heads: dict[str, None] = {}
        for name in self.order:
            for to in self.onward[name]:
                if name in self._looping and self.dominates(to, name):
                    heads[to] = None
                    if self._always_entered(to):
                        continue
                rest[name].append(to)
        into = dict.fromkeys(rest, 0)
        for following in rest.values():
            for to in following:
                into[to] += 1
        waiting = [name for name, count in into.items() if not count]
        while waiting:
            name = waiting.pop()
            into.pop(name)
            for to in rest[name]:
                into[to] -= 1
                if not into[to]:
                    waiting.append(to)
        return [*heads, *(name for name in into if name not in heads)]

    @cached_property
    def _looping(self) -> frozenset[str]:
        return frozenset(self.graph.recurring & self.reached)

    def _spread(self, start: str, edges: Mapping[str, tuple[str, ...]], within: Set[str]) -> set[str]:
        """What edges lead to within some nodes, without passing one that stands before the start."""
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for one in edges[waiting.pop()]:
                if one not in within or one in found:
                    continue
                if one == start or not (self.dominates(one, start) and self._always_entered(one)):
                    found.add(one)
                    waiting.append(one)
        return found

    def _always_entered(self, name: str) -> bool:
        """Whether whoever comes by enters a node; what is passed over does not stand on the way."""
        return self.graph.nodes[name].only_when is None

    def comes_to(self, one: str, other: str) -> bool:
        """Whether arrows lead from one node to another, or they are the same."""
        return bool(self._masks[other] & self._bits[one])

    def loop(self, name: str) -> frozenset[str]:
        """The nodes that a node leads to and that lead back to it, itself among them."""
        if name not in self.graph.recurring:
            return frozenset({name})
        found = self._loops.get(name)
        if found is None:
            back = self.behind(name) & self.graph.recurring
            found = self._loops[name] = frozenset(one for one in back if self.comes_to(name, one))
        return found

    def behind(self, goal: str) -> frozenset[str]:
        """Every node that leads to one, itself among them."""
        return self._named(self._masks[goal])

    def leading_to(self, goals: Iterable[str]) -> frozenset[str]:
        """Every node from which one of `goals` can be reached, those among them."""
        mask = 0
        for goal in goals:
            mask |= self._masks[goal]
        return self._named(mask)

    def _named(self, mask: int) -> frozenset[str]:
        """The nodes of a mask; remembered, as most are asked for again and again."""
        found = self._names.get(mask)
        if found is None:
            bits = map("1".__eq__, reversed(f"{mask:b}"))
            found = self._names[mask] = frozenset(compress(self.graph.nodes, bits))
        return found

    @cached_property
    def _bits(self) -> Mapping[str, int]:
        """The bit of each node in a mask: its place in the graph."""
        return {name: 1 << place for place, name in enumerate(self.graph.nodes)}

    @cached_property
    def _masks(self) -> Mapping[str, int]:
        """For each node those that lead to it, itself among them."""
        before, found = self.before, dict(self._bits)
        rest = [name for name in found if name not in self.reached]
        changed = True
        while changed:
            changed = False
            for name in (*self.order, *rest):
                mask = known = found[name]
                for one in before[name]:
                    mask |= found[one]
                if mask != known:
                    found[name], changed = mask, True
        return found
