"""The names of a plan as a proof sees them: which constants each is held against, and what is computed from what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from sop_runner.machine.graph import GraphNode, calling
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.derive import Derive, Table
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.names import NameTable
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision
from sop_runner.procedure.pattern_texts import all_texts
from sop_runner.procedure.value_types import MAX_ROWS
from sop_runner.procedure.when import Condition, Test, operands, tests

from .elements import element
from .floors import least, not_below, of_length
from .past import Pasts
from .regions import DATES, FEW, ORDERED, Regions, build, family
from .stretches import Aged

TODAY = "today"
OPEN, CLOSED = "open", "closed"
COMPOSED = frozenset({"sum", "max", "product", "days_between", "business_days_between"})
_MADE_OF = {"days_between": DATES, "business_days_between": DATES, "sum": {"number"}, "product": {"number"}}


@dataclass(slots=True)
class Variable:
    """One name of one scope. `derive` is set where it is computed; `leaves` are then what it is computed from.

    A computed name is a function of its leaves where that can be worked out region by region;
    otherwise it is `free`: it may have any value as long as nothing it is computed from changes.
    """

    key: str
    kinds: set[str] = field(default_factory=set)
    constants: list[object] = field(default_factory=list)
    rules: list[FieldRules] = field(default_factory=list)
    odd: bool = False
    derive: Derive | None = None
    scope: str = ""
    leaves: tuple[str, ...] = ()
    cone: frozenset[str] = frozenset()
    free: bool = False
    regions: Regions = field(default_factory=lambda: Regions("text", ()))
    possible: int = 0
    """The regions that it may be in where it is free and known."""
    step: Fraction | None = None
    """The grid on which its values lie, where they do."""
    most: int = MAX_ROWS
    """The most rows that a count may come to."""
    asked_of: str = ""
    """The name of which it tells how old it is, or whether another one is as old as a copy of it (`moments`)."""
    pair: tuple[str, str] | None = None
    """The names that it tells how they compare (`pairs`); it is free, and new with either of them."""


Boxes = list[tuple[tuple[int, ...], object]]
"""The regions of what a name is computed from, and the value that comes of them."""


class Vocabulary:
    """Every name that can be read, by scope and name; copies and comparisons share their regions."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.known: dict[str, Variable] = {TODAY: Variable(TODAY, {"date"})}
        self.worked_out: dict[tuple[str, tuple[int, ...]], Boxes | None] = {}
        self._links: list[tuple[str, str]] = []
        self._scopes = {node.scope: node for node in plan.graph.nodes.values()}
        self.inside = {
            node.id: tuple(scope for scope in self._scopes if scope and calling(scope) == node.id)
            for node in plan.graph.nodes.values()
            if isinstance(node.node, Call)
        }
        self.rows: dict[str, tuple[str, ...]] = {}
        """Of lists that calls go through: each row, known where there is one; only where elements are told apart."""
        self.cells_of: dict[str, tuple[str, ...]] = {}
        """The cells of those rows."""
        self.list_of: dict[str, str] = {}
        """The list that each row and cell is of."""
        self.cells: dict[str, str] = {}
        self.counts: dict[str, list[str]] = {}
        """The names that tell how many rows a list has."""
        """The cell that each element is given, by the name that it has there."""
        for scope, node in self._scopes.items():
            for spec in node.procedure.case:
                self._declare(scope + spec.field, spec)
            table = NameTable.of(node.procedure)
            for name, way in node.procedure.derive.items():
                kind = table[name].type if name in table else None
                self.known[scope + name] = Variable(scope + name, {kind or "number"}, derive=way, scope=scope)
        for node in plan.graph.nodes.values():
            self._of_node(node)
        for node in plan.graph.nodes.values():
            self._copies(node)
            if isinstance(node.node, Call):
                self._go_through(node, node.node)
        for scope, condition in conditions(plan):
            for test in tests(condition):
                if isinstance(test, Test):
                    self._held_against(scope, test)
        for one in list(self.known.values()):
            if one.derive is not None:
                self._computed(one)
        self._share()
        for one in list(self.known.values()):
            if one.derive is not None:
                self._leaves(one.key, ())
                one.possible = self._possible(one, one.derive)
        self.pasts = Pasts()
        self.ages: dict[str, Aged] = {}
        self.aged_from: dict[str, frozenset[str]] = {}
        self.alike: dict[tuple[str, str], str] = {}
        self.pairs: dict[tuple[str, str], str] = {}
        self.joined: dict[str, frozenset[str]] = {}
        self.copied: dict[str, frozenset[str]] = {}

    def resolve(self, scope: str, name: str) -> str | None:
        """The key under which a name stands; None where nothing gives it a value."""
        key = scope + name
        return key if key in self.known else TODAY if name == TODAY else None

    def bases(self, scope: str, name: str) -> frozenset[str]:
        """What has to be recorded for a name to be known: itself, or what it is computed from."""
        key = self.resolve(scope, name)
        if key is None:
            return frozenset()
        return self.known[key].cone if self.known[key].derive is not None else frozenset({key})

    def parts(self, one: Variable) -> dict[str, str] | None:
        """What a computed name is made of, by the words of its file; None where it may be anything.

        Of one that is worked out region by region these are its leaves.
        """
        derive = one.derive
        if derive is None:
            return None
        if not one.free:
            return {leaf: leaf for leaf in one.leaves}
        if derive.way == "count":
            return {}
        found: dict[str, str] = {}
        for operand in derive.operands:
            if isinstance(operand, str):
                key = self.resolve(one.scope, operand)
                if key is None or self.known[key].regions.kind not in _MADE_OF.get(
                    derive.way, {one.regions.kind}
                ):
                    return None
                found[operand] = key
        return found if derive.way in COMPOSED and one.regions.kind in ORDERED else None

    def together(self, key: str) -> frozenset[str]:
        """The names that are held together with one by how they compare, or by what is computed from them."""
        one = self.known[key]
        return frozenset().union(*(self.joined.get(other, frozenset()) for other in (key, *one.leaves)))

    def pair(self, one: str | None, other: str | None) -> str | None:
        """Under which key it stands how two names compare; None where nobody asks."""
        if one is None or other is None:
            return None
        return self.pairs.get((one, other) if one < other else (other, one))

    def same(self, one: str, other: str) -> str | None:
        """Under which key it stands whether two names hold one value, the one copied from the other."""
        return self.alike.get((one, other) if one < other else (other, one))

    def _declare(self, key: str, rules: FieldRules) -> None:
        one = self.known.setdefault(key, Variable(key))
        one.kinds.add(rules.type)
        one.rules.append(rules)
        one.constants += [choice for choice, _ in rules.choices or ()]
        one.constants += [bound for bound in (rules.at_least, rules.at_most) if bound is not None]
        scope = key[: key.rfind("/") + 1]
        for other in (rules.equals, rules.differs):
            if isinstance(other, FieldRef):
                self._links.append((key, scope + other.name))
            elif other is not None:
                one.constants.append(other)

    def _finite(self, key: str, values: tuple[str, ...]) -> None:
        one = self.known.setdefault(key, Variable(key))
        one.kinds.add("choice")
        one.constants += values

    def _of_node(self, node: GraphNode) -> None:
        match node.node:
            case Confirmation(id=node_id, record=record, statement=statement, sign_off=sign_off):
                for spec in record.fields if record else ():
                    self._declare(node.scope + spec.field, spec)
                if statement and statement.field:
                    self._declare(node.scope + statement.field, FieldRules(type="yes-no"))
                if sign_off:
                    self._finite(node.scope + node_id, ("approved", "declined"))
            case Checklist(id=node_id, items=items):
                for item in items:
                    key = f"{node.scope}{node_id}.{item.item}"
                    if item.field is None:
                        self._finite(key, item.answer_ids)
                    else:
                        self._declare(key, item.field)
                        if item.field.field:
                            self._declare(node.scope + item.field.field, item.field)
                            self._links.append((key, node.scope + item.field.field))
                    self.known[key].odd |= item.not_applicable == "reason"
            case Decision(id=node_id, outcomes=outcomes):
                self._finite(node.id, tuple(outcome.outcome for outcome in outcomes))
            case _:
                if node.undone_by:
                    self._finite(node.id, (OPEN, CLOSED))

    def _copies(self, node: GraphNode) -> None:
        match node.node:
            case Decision(outcomes=outcomes):
                for outcome in outcomes:
                    for name, value in outcome.sets.items():
                        self._takes(node.scope + name, value, node.scope)
            case Call(given=given, returns=returns, for_each=for_each):
                inner = f"{node.id}/"
                for scope in self.inside[node.id]:
                    for name, value in given.items():
                        self._takes(scope + name, value, node.scope)
                for name, source in returns.items():
                    key = node.scope + name
                    rules = self.plan.fields.get(key)
                    self.known.setdefault(key, Variable(key)).kinds.add(rules.type if rules else "text")
                    if not for_each:
                        self._links.append((key, inner + source))
            case _:
                pass

    def _go_through(self, node: GraphNode, call: Call) -> None:
        """The rows of lists that a call goes through, and what each element is given of them."""
        for name, source in call.for_each.items():
            key, _, column = source.partition(".")
            key = node.scope + key
            rules = self.plan.fields.get(key)
            for scope in self.inside[node.id] if rules is not None else ():
                number = element(scope)
                if number and rules is not None:
                    cell = next((one for one in rules.of or () if one.field == column or not column), None)
                    self._cell(f"{key}[{number}]", key, scope + name, cell)

    def _cell(self, row: str, key: str, name: str, rules: FieldSpec | None) -> None:
        if row not in self.known:
            self.known[row] = Variable(row, {"list"})
            self.list_of[row] = key
            self.rows[key] = (*self.rows.get(key, ()), row)
        if rules is not None:
            cell = f"{row}.{rules.field}"
            if cell not in self.known:
                self._declare(cell, rules)
                self.list_of[cell] = key
                self.cells_of[key] = (*self.cells_of.get(key, ()), cell)
            self._links.append((name, cell))
            self.cells[name] = cell

    def _takes(self, key: str, value: object, scope: str) -> None:
        one = self.known.setdefault(key, Variable(key))
        rules = self.plan.fields.get(key)
        if not one.kinds:
            one.kinds.add(rules.type if rules else "text")
        if isinstance(value, FieldRef):
            self._links.append((key, scope + value.name))
        else:
            one.constants.append(value)

    def _held_against(self, scope: str, test: Test) -> None:
        key = self.resolve(scope, test.name)
        if key is None:
            return
        for value in operands(test):
            if isinstance(value, FieldRef):
                self._links.append((key, scope + value.name if value.name != TODAY else TODAY))
            else:
                self.known[key].constants.append(value)

    def _computed(self, one: Variable) -> None:
        assert one.derive is not None
        way = one.derive.table or one.derive.bands
        if way is None:
            return
        of = self.known.get(self.resolve(one.scope, way.of) or "")
        if of is not None:
            of.constants += way.values if isinstance(way, Table) else (bound for bound, _ in way.up_to)
        # What it can be, for a field that copies it.
        if one.derive.table:
            one.constants += [*one.derive.table.values.values(), one.derive.table.else_]
        elif one.derive.bands:
            one.constants += [*(value for _, value in one.derive.bands.up_to), one.derive.bands.above]
        one.constants = [value for value in one.constants if value is not None]

    def _share(self) -> None:
        """Names that copy or are compared with each other are cut at the same constants."""
        group = {key: key for key in self.known}

        def head(key: str) -> str:
            while group[key] != key:
                group[key] = group[group[key]]
                key = group[key]
            return key

        for one, other in self._links:
            if one in self.known and other in self.known:
                kinds = {family(kind) for key in (one, other) for kind in self.known[head(key)].kinds}
                if len(kinds) <= 1:
                    first, second = head(one), head(other)
                    if first != second:
                        group[second] = first
                        self.known[first].kinds |= self.known[second].kinds
        members: dict[str, list[Variable]] = {}
        for key in self.known:
            members.setdefault(head(key), []).append(self.known[key])
        for those in members.values():
            kinds = set().union(*(one.kinds for one in those))
            constants = [value for one in those for value in one.constants]
            if constants or len(those) > 1:
                constants += _choices(those)
            sealed = any(as_digest(rules) for one in those for rules in one.rules)
            regions = build(kinds or {"text"}, constants, sealed=sealed, odd=any(one.odd for one in those))
            for member in those:
                member.regions = regions

    def _leaves(self, key: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """What a name is computed from: itself where it is recorded, or computed in no way that can be followed."""
        one = self.known[key]
        if one.derive is None or key in above:
            return (key,)
        if not one.cone:
            found: dict[str, None] = {}
            cone: set[str] = set()
            exact = True
            for operand in one.derive.operands:
                if not isinstance(operand, str):
                    continue
                source = self.resolve(one.scope, operand) or self.resolve(
                    one.scope, operand.partition(".")[0]
                )
                if source is None:
                    exact = False
                    continue
                leaves = self._leaves(source, (*above, key))
                found.update(dict.fromkeys(leaves))
                other = self.known[source]
                cone |= other.cone if other.derive is not None else {source}
                exact = exact and self._exact(other) and "." not in operand.removeprefix(source)
            of_one = one.derive.table is not None or one.derive.bands is not None
            function = of_one or (exact and one.derive.way in ("sum", "count_true", "max", "product"))
            one.cone = frozenset(cone)
            one.free = not function
            one.leaves = tuple(found) if function else (key,)
        return one.leaves

    def _possible(self, one: Variable, derive: Derive) -> int:
        if derive.way == "count":
            key = self.resolve(one.scope, str(derive.count))
            if key is not None and self.known[key].derive is None:
                self.counts.setdefault(key, []).append(one.key)
                longest = [rules.at_most for rules in self.known[key].rules] or [None]
                one.most = min(MAX_ROWS, max(MAX_ROWS if most is None else int(most) for most in longest))
            return of_length(one.regions, range(one.most + 1))
        bound = least(derive, self._scopes[one.scope].procedure.derive)
        return one.regions.known if bound is None else not_below(one.regions, bound)

    def _exact(self, one: Variable) -> bool:
        """Whether each of its regions is one value."""
        if one.derive is None:
            return not one.regions.between and one.regions.kind != "list"
        return not one.free and (
            one.derive.table is not None
            or one.derive.bands is not None
            or all(self._exact(self.known[leaf]) for leaf in one.leaves)
        )


def _choices(those: Iterable[Variable]) -> Iterator[str]:
    """The texts of patterns that few fit."""
    for pattern in dict.fromkeys(rules.matches for one in those for rules in one.rules if rules.matches):
        yield from sorted(text for text in all_texts(pattern, FEW) or () if text)


def as_digest(rules: FieldRules) -> bool:
    """Whether nothing of a value is kept that could be read again."""
    return rules.keep == "digest" or any(cell.keep == "digest" for cell in rules.of or ())


def conditions(plan: Plan) -> Iterator[tuple[str, Condition]]:
    """Every condition of a plan with the scope whose names it reads."""
    scopes: dict[str, GraphNode] = {}
    for node in plan.graph.nodes.values():
        scopes.setdefault(node.scope, node)
        for condition in conditions_at(node):
            yield node.scope, condition
    for scope, node in scopes.items():
        for spec in node.procedure.case:
            if spec.only_when is not None:
                yield scope, spec.only_when


def conditions_at(node: GraphNode) -> Iterator[Condition]:
    """The conditions of one node: its own, its outcomes', its items' and its fields'."""
    if node.only_when is not None:
        yield node.only_when
    match node.node:
        case Decision(outcomes=outcomes):
            yield from (one.when for one in outcomes if one.when is not None)
        case Checklist(items=items):
            yield from (one.only_when for one in items if one.only_when is not None)
        case Confirmation(record=record):
            yield from (
                one.only_when for one in (record.fields if record else ()) if one.only_when is not None
            )
        case _:
            pass


Names = Mapping[str, Variable]
