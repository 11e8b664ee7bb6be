"""The names of a plan, read from its text: which constants each is held against, and what it is copied from."""

from collections.abc import Iterable, Iterator, Mapping

from sop_runner.machine.graph import GraphNode, calling
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.derive import Table
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.names import NameTable
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision
from sop_runner.procedure.pattern_texts import all_texts
from sop_runner.procedure.when import Test, operands, tests

from .conditions import conditions
from .derived import add_leaves
from .elements import element
from .names import TODAY, Variable, Vocabulary, as_digest
from .regions import FEW, build, family


def named(plan: Plan) -> Vocabulary:
    """Every name of a plan with its regions."""
    scopes = {node.scope: node for node in plan.graph.nodes.values()}
    inside = {
        node.id: tuple(scope for scope in scopes if scope and calling(scope) == node.id)
        for node in plan.graph.nodes.values()
        if isinstance(node.node, Call)
    }
    words = Vocabulary(plan, inside)
    _Naming(words).add(scopes)
    add_leaves(words, {scope: node.procedure.derive for scope, node in scopes.items()})
    return words


class _Naming:
    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self._links: list[tuple[str, str]] = []

    def add(self, scopes: Mapping[str, GraphNode]) -> None:
        """All names of all scopes."""
        plan, known = self.words.plan, self.words.known
        for scope, node in scopes.items():
            for spec in node.procedure.case:
                self._declare(scope + spec.field, spec)
            table = NameTable.of(node.procedure)
            for name, way in node.procedure.derive.items():
                kind = table[name].type if name in table else None
                known[scope + name] = Variable(scope + name, {kind or "number"}, derive=way, scope=scope)
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
        for one in list(known.values()):
            if one.derive is not None:
                self._computed(one)
        self._share()

    def _declare(self, key: str, rules: FieldRules) -> None:
        one = self.words.known.setdefault(key, Variable(key))
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
        one = self.words.known.setdefault(key, Variable(key))
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
                    self.words.known[key].odd |= item.not_applicable == "reason"
            case Decision(id=node_id, outcomes=outcomes):
                self._finite(node.id, tuple(outcome.outcome for outcome in outcomes))
            case _:
                if node.undone_by:
                    self._finite(node.id, ("open", "closed"))

    def _copies(self, node: GraphNode) -> None:
        match node.node:
            case Decision(outcomes=outcomes):
                for outcome in outcomes:
                    for name, value in outcome.sets.items():
                        self._takes(node.scope + name, value, node.scope)
            case Call(given=given, returns=returns, for_each=for_each):
                inner = f"{node.id}/"
                for scope in self.words.inside[node.id]:
                    for name, value in given.items():
                        self._takes(scope + name, value, node.scope)
                for name, source in returns.items():
                    key = node.scope + name
                    rules = self.words.plan.fields.get(key)
                    self.words.known.setdefault(key, Variable(key)).kinds.add(rules.type if rules else "text")
                    if not for_each:
                        self._links.append((key, inner + source))
            case _:
                pass

    def _go_through(self, node: GraphNode, call: Call) -> None:
        """The rows of lists that a call goes through, and what each element is given of them."""
        for name, source in call.for_each.items():
            key, _, column = source.partition(".")
            key = node.scope + key
            rules = self.words.plan.fields.get(key)
            for scope in self.words.inside[node.id] if rules is not None else ():
                number = element(scope)
                if number and rules is not None:
                    cell = next((one for one in rules.of or () if one.field == column or not column), None)
                    self._cell(f"{key}[{number}]", key, scope + name, cell)

    def _cell(self, row: str, key: str, name: str, rules: FieldSpec | None) -> None:
        if row not in self.words.known:
            self.words.known[row] = Variable(row, {"list"})
            self.words.list_of[row] = key
            self.words.rows[key] = (*self.words.rows.get(key, ()), row)
        if rules is not None:
            cell = f"{row}.{rules.field}"
            if cell not in self.words.known:
                self._declare(cell, rules)
                self.words.list_of[cell] = key
                self.words.cells_of[key] = (*self.words.cells_of.get(key, ()), cell)
            self._links.append((name, cell))
            self.words.cells[name] = cell

    def _takes(self, key: str, value: object, scope: str) -> None:
        one = self.words.known.setdefault(key, Variable(key))
        rules = self.words.plan.fields.get(key)
        if not one.kinds:
            one.kinds.add(rules.type if rules else "text")
        if isinstance(value, FieldRef):
            self._links.append((key, scope + value.name))
        else:
            one.constants.append(value)

    def _held_against(self, scope: str, test: Test) -> None:
        key = self.words.resolve(scope, test.name)
        if key is None:
            return
        for value in operands(test):
            if isinstance(value, FieldRef):
                self._links.append((key, scope + value.name if value.name != TODAY else TODAY))
            else:
                self.words.known[key].constants.append(value)

    def _computed(self, one: Variable) -> None:
        assert one.derive is not None
        way = one.derive.table or one.derive.bands
        if way is None:
            return
        of = self.words.known.get(self.words.resolve(one.scope, way.of) or "")
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
        group = {key: key for key in self.words.known}

        def head(key: str) -> str:
            while group[key] != key:
                group[key] = group[group[key]]
                key = group[key]
            return key

        for one, other in self._links:
            if one in self.words.known and other in self.words.known:
                kinds = {family(kind) for key in (one, other) for kind in self.words.known[head(key)].kinds}
                if len(kinds) <= 1:
                    first, second = head(one), head(other)
                    if first != second:
                        group[second] = first
                        self.words.known[first].kinds |= self.words.known[second].kinds
        members: dict[str, list[Variable]] = {}
        for key in self.words.known:
            members.setdefault(head(key), []).append(self.words.known[key])
        for those in members.values():
            kinds = set().union(*(one.kinds for one in those))
            constants = [value for one in those for value in one.constants]
            if constants or len(those) > 1:
                constants += _choices(those)
            sealed = any(as_digest(rules) for one in those for rules in one.rules)
            regions = build(kinds or {"text"}, constants, sealed=sealed, odd=any(one.odd for one in those))
            for member in those:
                member.regions = regions


def _choices(those: Iterable[Variable]) -> Iterator[str]:
    """The texts of patterns that few fit."""
    for pattern in dict.fromkeys(rules.matches for one in those for rules in one.rules if rules.matches):
        yield from sorted(text for text in all_texts(pattern, FEW) or () if text)
