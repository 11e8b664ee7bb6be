"""What a search remembers: a slice of names, controls and counts, each at a fixed place of a tuple of numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sop_runner.machine.graph import Arrow, GraphNode, limit_arrow, scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision
from sop_runner.procedure.when import Condition, Held, names, tests

from .flow import Flow
from .names import Vocabulary

Item = tuple[str, ...]
"""('name', key), ('control', scope, control) or ('count', node, arrow)."""

Values = tuple[int, ...]
K = TypeVar("K")

NEVER, LOST, FOR_EVER, AGED, STALE = range(5)
"""What became of a control; the last three are gained, `AGED` may have gone stale at any time since."""


@dataclass(frozen=True, eq=False)
class Model:
    """A plan with what every search over it shares."""

    plan: Plan

    alive: dict[str, frozenset[str]] = field(default_factory=dict)
    """Where a name may still be read; filled by `folding.alive`."""

    @cached_property
    def flow(self) -> Flow:
        """The shape of the graph."""
        return Flow(self.plan.graph)

    @cached_property
    def words(self) -> Vocabulary:
        """Names and their regions."""
        return Vocabulary(self.plan)

    @cached_property
    def scopes(self) -> Mapping[str, GraphNode]:
        """Some node of each scope."""
        return {node.scope: node for node in reversed(tuple(self.plan.graph.nodes.values()))}

    @cached_property
    def decisions(self) -> Mapping[str, tuple[GraphNode, ...]]:
        """The decisions of each scope that impose something."""
        found: dict[str, list[GraphNode]] = {}
        for node in self.plan.graph.nodes.values():
            if isinstance(node.node, Decision) and any(one.imposes for one in node.node.outcomes):
                found.setdefault(node.scope, []).append(node)
        return {scope: tuple(those) for scope, those in found.items()}

    @cached_property
    def imposable(self) -> Mapping[str, frozenset[str]]:
        """The controls that decisions of each scope may impose."""
        return {
            scope: frozenset(
                name
                for node in those
                if isinstance(node.node, Decision)
                for one in node.node.outcomes
                for name in one.imposes
            )
            for scope, those in self.decisions.items()
        }

    def asks(self, node: GraphNode) -> frozenset[str]:
        """The controls that a node requires, and those that it requires once they are imposed."""
        if node.irreversible or getattr(node.node, "result", None) == "completed":
            return node.requires | self.imposable.get(node.scope, frozenset())
        return node.requires

    def shared(self, scope: str, control: str) -> frozenset[Item]:
        """A control with those of equal name that calls hand in and take back."""
        found: set[Item] = set()
        waiting = [scope]
        while waiting:
            here = waiting.pop()
            item = ("control", here, control)
            if item in found or control not in self.scopes[here].procedure.controls:
                continue
            found.add(item)
            if here:
                waiting.append(here[: here[:-1].rfind("/") + 1])
            waiting += [
                other for other in self.scopes if other and other[: other[:-1].rfind("/") + 1] == here
            ]
        return frozenset(found) or frozenset({("control", scope, control)})

    @cached_property
    def sources(self) -> Mapping[str, frozenset[Item]]:
        """What the value of each recorded name depends on besides who types it."""
        found: dict[str, set[Item]] = {}

        def add(key: str, items: Iterable[Item]) -> None:
            found.setdefault(key, set()).update(items)

        def spec(scope: str, key: str, rules: FieldRules) -> None:
            if rules.only_when is not None:
                add(key, self.reads(scope, rules.only_when))
            for other in (rules.equals, rules.differs):
                if isinstance(other, FieldRef):
                    add(key, self.item(scope, other.name))

        for scope, node in self.scopes.items():
            for one in node.procedure.case:
                spec(scope, scope + one.field, one)
        for node in self.plan.graph.nodes.values():
            scope = node.scope
            match node.node:
                case Confirmation(record=record) if record:
                    for one in record.fields:
                        spec(scope, scope + one.field, one)
                case Checklist(id=node_id, items=items):
                    for item in items:
                        keys = [f"{scope}{node_id}.{item.item}"]
                        if item.field is not None and item.field.field:
                            keys.append(scope + item.field.field)
                        for key in keys:
                            if item.field is not None:
                                spec(scope, key, item.field)
                            if item.only_when is not None:
                                add(key, self.reads(scope, item.only_when))
                case Decision(outcomes=outcomes):
                    for outcome in outcomes:
                        for name, value in outcome.sets.items():
                            if isinstance(value, FieldRef):
                                add(scope + name, self.item(scope, value.name))
                case Call(given=given, returns=returns):
                    inner = f"{node.id}/"
                    for name, value in given.items():
                        if isinstance(value, FieldRef):
                            add(inner + name, self.item(scope, value.name))
                    for name, source in returns.items():
                        add(scope + name, self.item(inner, source))
                case _:
                    pass
        return {key: frozenset(items) for key, items in found.items()}

    def item(self, scope: str, name: str) -> frozenset[Item]:
        """A name as something to remember."""
        key = self.words.resolve(scope, name) or self.words.resolve(scope, name.partition(".")[0])
        return frozenset() if key is None else frozenset({("name", key)})

    def reads(self, scope: str, condition: Condition) -> frozenset[Item]:
        """What a condition depends on."""
        found: set[Item] = set()
        for name in names(condition):
            found |= self.item(scope, name)
        for test in tests(condition):
            if isinstance(test, Held):
                for control in test.controls:
                    found |= self.shared(scope, control)
        return frozenset(found)

    def closed(self, items: Iterable[Item]) -> frozenset[Item]:
        """The items with all that their values depend on."""
        found: set[Item] = set()
        waiting = list(items)
        while waiting:
            item = waiting.pop()
            if item in found:
                continue
            found.add(item)
            if item[0] == "control":
                waiting += self.shared(item[1], item[2])
            elif item[0] == "name":
                one = self.words.known[item[1]]
                waiting += self.sources.get(item[1], ())
                waiting += [("name", key) for key in (*one.cone, *one.leaves) if key in self.words.known]
        return frozenset(found)


def counted(node: GraphNode, arrow: Arrow, nodes: Mapping[str, GraphNode]) -> tuple[str, str] | None:
    """Under which node and name the jumps of an arrow count; the limit of a call counts once for all inside."""
    name = arrow.name
    if name == "passed_over":
        name = "done"
        if "done" not in node.arrows:
            return None
    if arrow.at_most is None:
        return None
    if name.endswith(limit_arrow("")):
        inside = f"{name.removesuffix(limit_arrow(''))}/"
        return next(one for one in nodes if one.startswith(inside) and name in nodes[one].arrows), name
    return node.id, name


def callers(key: tuple[str, str], scope: str) -> bool:
    """Whether what counts under a node of a callee is an arrow of its caller."""
    source, name = key
    return name == limit_arrow(scope[:-1]) or (name == "return" and scope_of(source) == scope)


class Layout:
    """Where each remembered thing stands in the tuple of a state."""

    def __init__(self, model: Model, items: Iterable[Item]) -> None:
        self.model = model
        self.items = model.closed(items)
        self.names: dict[str, int] = {}
        self.controls: dict[tuple[str, str], int] = {}
        self.imposed: dict[tuple[str, str], int] = {}
        # What is imposed by a decision that cannot be taken again any more is imposed for good.
        self.for_good: dict[tuple[str, str], int] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.incomplete: dict[str, int] = {}
        start: list[int] = []

        def place(value: int) -> int:
            start.append(value)
            return len(start) - 1

        known = model.words.known
        for kind, *about in sorted(self.items):
            if kind == "name" and (known[about[0]].derive is None or known[about[0]].free):
                self.names[about[0]] = place(self._at_start(about[0]))
            elif kind == "control":
                self.controls[about[0], about[1]] = place(NEVER)
            elif kind == "count":
                self.counts[about[0], about[1]] = place(0)
        for scope, control in self.controls:
            for node in model.decisions.get(scope, ()):
                assert isinstance(node.node, Decision)
                if any(control in one.imposes for one in node.node.outcomes):
                    self.for_good.setdefault((scope, control), len(start))
                    if self.for_good[scope, control] == len(start):
                        place(0)
                    self.imposed[node.id, control] = place(0)
        for node in model.plan.graph.nodes.values():
            call = node.node
            if (
                isinstance(call, Call)
                and call.for_each
                and any((node.scope, c) in self.controls for c in node.satisfies)
            ):
                self.incomplete[node.id] = place(0)
        self.start: Values = tuple(start)
        self.of_scope: dict[str, tuple[int, ...]] = {}
        for (scope, _), index in self.controls.items():
            self.of_scope[scope] = (*self.of_scope.get(scope, ()), index)
        # A computed name that cannot be followed may change with anything it is computed from.
        self.upset: dict[str, tuple[int, ...]] = {}
        for key, index in self.names.items():
            if known[key].free:
                for base in known[key].cone:
                    self.upset[base] = (*self.upset.get(base, ()), index)
        self.inside: dict[str, tuple[tuple[int, int], ...]] = {}
        for scope in model.scopes:
            if scope:
                self.inside[scope] = tuple(
                    (index, self.start[index])
                    for keys in (
                        self.names,
                        self.controls,
                        self.imposed,
                        self.for_good,
                        self.counts,
                        self.incomplete,
                    )
                    for key, index in keys.items()
                    if (key if isinstance(key, str) else key[0]).startswith(scope)
                    and not self._stays(key)
                    and not (isinstance(key, tuple) and keys is self.counts and callers(key, scope))
                )

    def carried(self, other: "Layout", values: Values) -> Values:
        """The values of another layout in this one's order, what it does not remember left open."""
        found = list(self.start)
        known = self.model.words.known
        for key, place in self.names.items():
            regions = known[key].regions
            found[place] = regions.known if known[key].free else regions.all
        _copy(self.names, other.names, values, found)
        _copy(self.controls, other.controls, values, found)
        _copy(self.imposed, other.imposed, values, found)
        _copy(self.for_good, other.for_good, values, found)
        _copy(self.counts, other.counts, values, found)
        _copy(self.incomplete, other.incomplete, values, found)
        return tuple(found)

    def _stays(self, key: object) -> bool:
        """Whether something of a callee outlives it: what is left open."""
        node = self.model.plan.graph.nodes.get(key) if isinstance(key, str) else None
        return node is not None and bool(node.undone_by)

    def _at_start(self, key: str) -> int:
        one = self.model.words.known[key]
        if one.free or key == "today":
            return one.regions.known
        node = self.model.plan.graph.nodes.get(key)
        if node is not None and node.undone_by:
            return one.regions.of_literal("closed")
        return 1

    def requires(self, node: GraphNode, values: Values) -> Iterable[tuple[str, int]]:
        """The remembered controls that a node asks for as things stand, with their places."""
        index = self.controls
        for control in self.model.asks(node):
            place = index.get((node.scope, control))
            if place is None:
                continue
            if control in node.requires or self.is_imposed(node.scope, control, values):
                yield control, place

    def is_imposed(self, scope: str, control: str, values: Values) -> bool:
        """Whether decisions of a scope, as they were taken last, impose a control."""
        place = self.for_good.get((scope, control))
        return place is not None and (
            bool(values[place])
            or any(
                values[self.imposed[one.id, control]]
                for one in self.model.decisions[scope]
                if (one.id, control) in self.imposed
            )
        )


def put(values: Values, index: int, value: int) -> Values:
    """The values with one of them replaced."""
    return values if values[index] == value else (*values[:index], value, *values[index + 1 :])


def _copy(mine: Mapping[K, int], theirs: Mapping[K, int], values: Values, found: list[int]) -> None:
    for key, place in mine.items():
        if key in theirs:
            found[place] = values[theirs[key]]
