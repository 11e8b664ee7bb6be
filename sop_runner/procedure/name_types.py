"""The types of a procedure's names: what a field says, what is set, what is computed, what comes back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .base_types import FieldRef
from .definitions import Definition, Returned, answers, shared
from .derive import Bands, Derive, Table
from .fields import FieldRules
from .model import Procedure
from .names import Callee, Name, NameTable, of_spec

NUMERIC = frozenset({"integer", "number", "money"})


def collect(procedure: Procedure, callee: Callee | None) -> dict[str, Name]:
    """Every name with its type; see `NameTable.of`."""
    return _Collector(procedure, callee, ()).all()


def in_order(names: Iterable[str], sources: Callable[[str], Iterable[str]]) -> list[str]:
    """The names, each after its sources; what leads back to itself comes where it is first met."""
    known = list(names)
    rank = dict.fromkeys(known, False)
    order: list[str] = []
    for start in known:
        waiting = [] if rank[start] else [(start, iter(sources(start)))]
        rank[start] = True
        while waiting:
            name, rest = waiting[-1]
            source = next((one for one in rest if rank.get(one) is False), None)
            if source is None:
                waiting.pop()
                order.append(name)
            else:
                rank[source] = True
                waiting.append((source, iter(sources(source))))
    return order


class _Collector:
    def __init__(self, procedure: Procedure, callee: Callee | None, above: tuple[str, ...]) -> None:
        self.callee, self.above = callee, (*above, procedure.procedure)
        self.given: dict[str, list[Definition]] = {}
        for definition in shared(procedure):
            self.given.setdefault(definition.name, []).append(definition)
        for definition in answers(procedure):
            # A field of the same name is what a condition reads.
            self.given.setdefault(definition.name, [definition])
        self.done: dict[str, Name] = {"today": Name("today", "today", "date")}
        self.callees: dict[tuple[str, int], dict[str, Name]] = {}

    def all(self) -> dict[str, Name]:
        """Every name, each after those it is computed or copied from."""
        for name in in_order(self.given, self._sources):
            self.done[name] = _merge([self._one(definition) for definition in self.given[name]])
        return {name: self.done[name] for name in ("today", *self.given) if name in self.done}

    def _sources(self, name: str) -> Iterator[str]:
        for definition in self.given[name]:
            if isinstance(definition.what, Derive):
                for operand in definition.what.operands:
                    yield operand if operand in self.given else str(operand).partition(".")[0]
            elif isinstance(definition.what, FieldRef):
                yield definition.what.name

    def _name(self, name: str) -> Name:
        """A name that was collected before; one that is computed from itself has no type."""
        return self.done.get(name) or Name(name, "derived", None)

    def _one(self, definition: Definition) -> Name:
        name, origin, path = definition.name, definition.origin, definition.path
        nodes = (definition.node,) if definition.node else ()
        match definition.what:
            case FieldRules() as rules:
                return of_spec(name, origin, rules, path, nodes)
            case Derive() as derive:
                return self._derived(name, path, derive)
            case Returned(call=call, name=theirs):
                there = self._callee_names(call.procedure, call.revision).get(theirs)
                one = replace(there, name=name) if there else Name(name, origin, None)
                if call.for_each:
                    return Name(name, origin, "list", path, element=one, nodes=nodes, internal=one.internal)
                return replace(one, origin=origin, path=path, nodes=nodes)
            case FieldRef(name=source):
                copied = self._name(source)
                return replace(copied, name=name, origin=origin, path=path, nodes=nodes, spec=None)
            case tuple() as choices:
                return Name(name, origin, "choice", path, choices=choices, nodes=nodes)
            case literal:
                kind, choices = _literals([literal])
                return Name(name, origin, kind, path, choices=choices, nodes=nodes)

    def _derived(self, name: str, path: tuple[str | int, ...], derive: Derive) -> Name:
        read = [self._read(operand) for operand in derive.operands if isinstance(operand, str)]
        kind: str | None
        choices: tuple[str, ...] = ()
        match derive.table or derive.bands:
            case Table(values=values, else_=other):
                kind, choices = _literals([*values.values(), *([] if other is None else [other])])
            case Bands(up_to=bands, above=above):
                kind, choices = _literals([value for _, value in bands] + [above])
            case _:
                kind = _computed(derive.way, {one.type for one in read})
        internal = any(one.internal for one in read)
        forgotten = any(one.forgotten for one in read)
        return Name(name, "derived", kind, path, choices=choices, internal=internal, forgotten=forgotten)

    def _read(self, operand: str) -> Name:
        whole, dot, _ = operand.partition(".")
        if operand in self.given or operand in self.done or not dot:
            return self._name(operand)
        column = NameTable({whole: self._name(whole)}).column(operand)
        return column or Name(operand, "derived", None)

    def _callee_names(self, procedure: str, revision: int) -> dict[str, Name]:
        key = (procedure, revision)
        if key not in self.callees:
            found = self.callee(*key) if self.callee and procedure not in self.above else None
            self.callees[key] = _Collector(found, self.callee, self.above).all() if found else {}
        return self.callees[key]


def _computed(way: str, kinds: set[str | None]) -> str | None:
    """Amounts of money add up to one, and the largest of one type is of that type; the rest are numbers."""
    if way == "max" and kinds and not kinds <= NUMERIC:
        return kinds.pop() if len(kinds) == 1 else None
    return "money" if way in ("sum", "max") and kinds == {"money"} else "number"


def _merge(found: list[Name]) -> Name:
    """One name from all the places that give it a value: the first says what it is, fields before the rest."""
    ordered = sorted(found, key=lambda one: one.spec is None)
    first = ordered[0]
    # What outcomes set must be among the choices of a field that is recorded; it adds none.
    telling = [one for one in ordered if one.spec is not None] or ordered
    choices = tuple(dict.fromkeys(choice for one in telling for choice in one.choices))
    same = first.spec is not None or all(_alike(first, one) for one in found)
    kind = first.type if same else None
    if same and first.spec is None and {one.type for one in found} == {"integer", "number"}:
        kind = "number"
    return replace(
        first,
        type=kind,
        path=found[0].path,
        choices=choices,
        nodes=tuple(dict.fromkeys(node for one in found for node in one.nodes)),
        internal=any(one.internal for one in found),
        forgotten=all(one.forgotten for one in found),
    )


def _alike(one: Name, other: Name) -> bool:
    return one.type == other.type or (one.type in NUMERIC and other.type in NUMERIC)


def _literals(values: list[Any]) -> tuple[str | None, tuple[str, ...]]:
    """The type of values that an author wrote out; text makes a choice of them."""
    if all(isinstance(value, bool) for value in values):
        return "yes-no", ()
    if all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values):
        return ("integer" if all(isinstance(value, int) for value in values) else "number"), ()
    if all(isinstance(value, str) for value in values):
        return "choice", tuple(dict.fromkeys(values))
    return None, ()
