"""Which nodes change or read what: the others a search can pass without looking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.nodes import Decision

from .flow import targets, usable
from .folding import reads_at, touched_names
from .lateness import limits
from .layout import Layout, counted
from .model import Item, Model


@dataclass(frozen=True, eq=False)
class Touching:
    """The nodes of a plan by what they read, record, gain, lose, impose or count."""

    model: Model
    _leaving: dict[frozenset[str], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @cached_property
    def by_item(self) -> Mapping[Item, set[str]]:
        """The nodes that touch each item; a computed name is touched where what it is computed from is."""
        model = self.model
        found: dict[Item, set[str]] = {}
        for node in model.plan.graph.nodes.values():
            for item in (*reads_at(model, node), *_changes(node), *_imposes(node)):
                found.setdefault(item, set()).add(node.id)
            for key in touched_names(model, node):
                one = model.words.known[key]
                for base in {key, *one.cone, *one.leaves}:
                    found.setdefault(("name", base), set()).add(node.id)
            for step in (*node.undoes, *((node.id,) if node.undone_by else ())):
                found.setdefault(("name", step), set()).add(node.id)
            for item in limits(model).told_at(node):
                found.setdefault(item, set()).add(node.id)
            if node.id in model.plan.graph.timed:
                found.setdefault(("left", node.id), set()).add(node.id)
            for arrow in node.arrows.values():
                key_of = counted(node, arrow, model.plan.graph.nodes)
                if key_of is not None:
                    found.setdefault(("count", *key_of), set()).add(node.id)
        return found

    @cached_property
    def changing(self) -> Mapping[Item, tuple[str, ...]]:
        """The nodes at which each control is gained or lost."""
        found: dict[Item, list[str]] = {}
        for node in self.model.plan.nodes.values():
            for item in dict.fromkeys(_changes(node)):
                found.setdefault(item, []).append(node.id)
        return {item: tuple(those) for item, those in found.items()}

    @cached_property
    def border(self) -> frozenset[str]:
        """Calls, and nodes by which a callee is left: they hand in, give back and forget."""
        return frozenset(
            node.id
            for node in self.model.plan.graph.nodes.values()
            if node.kind == "call"
            or (node.scope and any(not to.startswith(node.scope) for a in usable(node) for to in targets(a)))
            or (node.scope and node.kind == "end")
        )

    @cached_property
    def by_people(self) -> frozenset[str]:
        """The nodes at which a run waits for somebody."""
        return frozenset(node.id for node in self.model.plan.graph.nodes.values() if not node.automatic)

    def of(self, layout: Layout, within: frozenset[str]) -> set[str]:
        """Every node whose moves to those within depend on what a layout remembers, or change it."""
        found = self._on_its_own(layout)
        left = [self.model.flow.loop(decision) for decision, _ in layout.imposed]
        for head in self.cutting(layout):
            found.add(head)
            left.append(self.model.flow.returns[head])
        for inside in left:
            leaving = self._leading_out(inside)
            found.update(one for one, out in leaving.items() if not within.isdisjoint(out))
        return found

    def cutting(self, layout: Layout) -> frozenset[str]:
        """The nodes that somebody may return to and find other values than the first time.

        Where no control that is remembered is gained or lost between, there is nothing to lose by returning; nor what an
        outcome imposed, which is settled as it is taken again, or on an arrow from which nobody comes back.
        """
        returns = self.model.flow.returns
        if not (layout.controls or layout.visits):
            return frozenset()
        if layout.visits:
            return frozenset(returns)
        if layout.watched:
            changing = self._on_its_own(layout)
        else:
            changing = set(self.border).union(*(self.changing.get(item, ()) for item in layout.items))
        return frozenset().union(*map(self._returning.__getitem__, changing & self._returning.keys()))

    @cached_property
    def _returning(self) -> Mapping[str, list[str]]:
        """To which nodes somebody may still return from each."""
        found: dict[str, list[str]] = {}
        for head, live in self.model.flow.returns.items():
            for name in live:
                found.setdefault(name, []).append(head)
        return found

    def _on_its_own(self, layout: Layout) -> set[str]:
        model, found = self.model, set(self.border)
        for item in layout.items:
            found |= self.by_item.get(item, set())
        if layout.watched or any(model.words.known[key].asked_of for key in layout.names):
            found |= self.by_people  # time passes there
        for (source, name), _ in layout.counts.items():
            found |= self._entering(model.plan.nodes[source].arrows[name].loop)
        return found

    def _leading_out(self, inside: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
        """The nodes among these from which arrows lead out of them, with where they lead."""
        found = self._leaving.get(inside)
        if found is None:
            onward = self.model.flow.onward
            leading = ((one, tuple(to for to in onward[one] if to not in inside)) for one in inside)
            found = self._leaving[inside] = {one: out for one, out in leading if out}
        return found

    def _entering(self, loop: frozenset[str]) -> set[str]:
        before = self.model.flow.before
        return {one for name in loop for one in before[name] if one not in loop}


def touching(model: Model) -> Touching:
    """That of a plan, worked out once."""
    return model.once(Touching)


def _changes(node: GraphNode) -> Iterable[Item]:
    """The controls that a node gains or takes away."""
    for name in {*node.satisfies, *node.invalidates}:
        yield "control", node.scope, name
    for one in node.node.outcomes if isinstance(node.node, Decision) else ():
        for name in one.satisfies:
            yield "control", node.scope, name


def _imposes(node: GraphNode) -> Iterable[Item]:
    """The controls that a node imposes."""
    for one in node.node.outcomes if isinstance(node.node, Decision) else ():
        for name in one.imposes:
            yield "control", node.scope, name
