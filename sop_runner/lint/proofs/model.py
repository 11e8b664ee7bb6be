"""A plan with what every search over it shares: its flow, its names, and what depends on what."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from sop_runner.machine.graph import Arrow, GraphNode, limit_arrow
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision
from sop_runner.procedure.when import Condition, Held, names, operands, tests

from .flow import Flow
from .moments import add_ages
from .names import Vocabulary
from .naming import named
from .pairing import add_pairs
from .regions import CHANGING
from .sharing import Sharing

T = TypeVar("T")
Item = tuple[str, ...]
"""('name', key), ('control', scope, control), ('count', node, arrow), ('left', node), ('visit', node) or ('past',)."""


@dataclass(frozen=True, eq=False)
class Model:
    """A plan with what every search over it shares."""

    plan: Plan

    alive: dict[str, frozenset[str]] = field(default_factory=dict)
    """Where a name may still be read; filled by `folding.alive`."""

    alive_together: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    """The same of names that are held together; filled by `folding`."""

    read_at: dict[str, frozenset[Item]] = field(default_factory=dict)
    """What each node reads; filled by `folding.reads_at`."""

    asked_at: dict[str, frozenset[str]] = field(default_factory=dict)
    """What each node asks for; filled by `asks`."""

    asked_behind: dict[Item, frozenset[str]] = field(default_factory=dict)
    """Where a control may still be asked for; filled by `folding`."""

    shared_work: dict[str, object] = field(default_factory=dict)
    """What higher modules work out once for a plan, by their names."""

    def once(self, kind: type[T]) -> T:
        """What a higher module works out of a plan, by its type: made where it is asked for first."""
        name = kind.__name__
        if name not in self.shared_work:
            self.shared_work[name] = cast(Callable[[Model], T], kind)(self)
        return cast(T, self.shared_work[name])

    @cached_property
    def flow(self) -> Flow:
        """The shape of the graph."""
        return Flow(self.plan.graph)

    @cached_property
    def words(self) -> Vocabulary:
        """Names and their regions."""
        words = named(self.plan)
        add_pairs(words)
        add_ages(words)
        return words

    @cached_property
    def scopes(self) -> Mapping[str, GraphNode]:
        """Some node of each scope."""
        return {node.scope: node for node in reversed(tuple(self.plan.graph.nodes.values()))}

    @cached_property
    def case(self) -> frozenset[str]:
        """The names that are known, or not, as a run starts."""
        return frozenset(one.field for one in self.plan.procedure.case)

    @cached_property
    def for_each(self) -> tuple[GraphNode, ...]:
        """The calls that run for each element of a list."""
        return tuple(
            one for one in self.plan.nodes.values() if isinstance(one.node, Call) and one.node.for_each
        )

    @property
    def inside(self) -> Mapping[str, tuple[str, ...]]:
        """Under which scopes the names of each call's callee stand: one, or one for each element told apart."""
        return self.words.inside

    @cached_property
    def decisions(self) -> Mapping[str, tuple[GraphNode, ...]]:
        """The decisions of each scope that impose something."""
        found: dict[str, list[GraphNode]] = {}
        for node in self.plan.graph.nodes.values():
            if isinstance(node.node, Decision) and any(one.imposes for one in node.node.outcomes):
                found.setdefault(node.scope, []).append(node)
        return {scope: tuple(those) for scope, those in found.items()}

    @cached_property
    def set_in_turn(self) -> tuple[tuple[str, str], ...]:
        """Decisions that may be taken again, each with a name that some of its outcomes set and others do not."""
        found: list[tuple[str, str]] = []
        for node in self.plan.graph.nodes.values():
            if isinstance(node.node, Decision) and node.id in self.plan.graph.recurring:
                sets = [frozenset(one.sets) for one in node.node.outcomes]
                some = frozenset().union(*sets) - frozenset.intersection(*sets)
                found += [(node.id, node.scope + name) for name in sorted(some)]
        return tuple(found)

    @cached_property
    def imposers(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """The controls that decisions of each scope may impose, with the decisions that do."""
        found: dict[str, dict[str, list[str]]] = {}
        for scope, those in self.decisions.items():
            for node in those:
                assert isinstance(node.node, Decision)
                for name in frozenset().union(*(one.imposes for one in node.node.outcomes)):
                    found.setdefault(scope, {}).setdefault(name, []).append(node.id)
        return {
            scope: {name: tuple(nodes) for name, nodes in those.items()} for scope, those in found.items()
        }

    @cached_property
    def recorders(self) -> Mapping[str, tuple[GraphNode, ...]]:
        """The nodes that record each name."""
        found: dict[str, list[GraphNode]] = {}
        for node in self.plan.graph.nodes.values():
            for name in node.records:
                found.setdefault(node.scope + name, []).append(node)
        return {key: tuple(those) for key, those in found.items()}

    @cached_property
    def asked_by(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The nodes that ask for each control of each scope."""
        found: dict[tuple[str, str], list[str]] = {}
        for node in self.plan.nodes.values():
            for control in self.asks(node):
                found.setdefault((node.scope, control), []).append(node.id)
        return {key: tuple(those) for key, those in found.items()}

    def asks(self, node: GraphNode) -> frozenset[str]:
        """The controls that a node requires, and those that it requires once a decision on the way imposed them."""
        found = self.asked_at.get(node.id)
        if found is None:
            found = node.requires
            if node.irreversible or getattr(node.node, "result", None) == "completed":
                found |= {
                    name
                    for name, decisions in self.imposers.get(node.scope, {}).items()
                    if any(self.flow.comes_to(one, node.id) for one in decisions)
                }
            self.asked_at[node.id] = found
        return found

    def shared(self, scope: str, control: str) -> frozenset[Item]:
        """A control with those of equal name that calls hand in and take back."""
        return self._sharing.of(scope, control)

    @cached_property
    def _sharing(self) -> Sharing:
        return Sharing({scope: frozenset(node.procedure.controls) for scope, node in self.scopes.items()})

    def timed(self, node: GraphNode, arrow: Arrow) -> GraphNode:
        """Whose limit passes where a node is left by this arrow: its own, or that of a call around it."""
        return node if arrow.name == "at_limit" else self.plan.nodes[arrow.name.removesuffix(limit_arrow(""))]

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
                    add(key, self.pair(key, self.words.resolve(scope, other.name)))

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
                case Call(given=given, returns=returns, for_each=for_each):
                    for inner in self.inside[node.id]:
                        for name, value in given.items():
                            if isinstance(value, FieldRef):
                                add(inner + name, self.item(scope, value.name))
                        for name, source in returns.items():
                            add(scope + name, self.item(inner, source))
                        for name in for_each:
                            add(inner + name, self._cell(inner + name))
                case _:
                    pass
        for key, rows in self.words.rows.items():
            for row in (*rows, *self.words.cells_of.get(key, ())):
                add(row, {("name", key)})
        for pair, name in self.words.pairs.items():
            for mine, theirs in (pair, pair[::-1]):
                for copied in self.words.copied.get(mine, ()):
                    add(name, self.pair(copied, theirs) | self.pair(copied, mine))
        for key, those in self.words.aged_from.items():
            for source in those:
                add(self.words.ages[key].key, self.age(source))
        return {key: frozenset(items) for key, items in found.items()}

    def _cell(self, key: str) -> frozenset[Item]:
        """The cell of a list that an element is given, where elements are told apart."""
        cell = self.words.cells.get(key)
        return frozenset() if cell is None else frozenset({("name", cell)})

    def age(self, key: str | None) -> frozenset[Item]:
        """How old a name is, as something to remember; nothing where nobody asks."""
        aged = self.words.ages.get(key or "")
        return frozenset() if aged is None else frozenset({("name", aged.key)})

    def pair(self, one: str | None, other: str | None) -> frozenset[Item]:
        """How two names compare, as something to remember."""
        key = self.words.pair(one, other)
        return frozenset() if key is None else frozenset({("name", key)})

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
                continue
            if test.operator in CHANGING:
                found |= self.age(self.words.resolve(scope, test.name))
            for value in operands(test):
                if isinstance(value, FieldRef):
                    words = self.words
                    found |= self.pair(words.resolve(scope, test.name), words.resolve(scope, value.name))
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
                waiting += [
                    ("name", key)
                    for key in (*one.cone, *one.leaves, *(one.pair or ()))
                    if key in self.words.known
                ]
        return frozenset(found)
