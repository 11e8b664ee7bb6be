"""Names are known on every path to their use, each path taken with its conditions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sop_runner.lint.fault import Fault
from sop_runner.machine.graph import GraphNode, recorded_names, scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision
from sop_runner.procedure.place import Problem
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.procedure.when import Condition, Test, names, tests

from .flow import targets, usable
from .following import Found, Unwalked
from .ground import State
from .layout import Values
from .model import Model
from .moves import Moves
from .result import told
from .search import Question
from .taking import Goal
from .telling import not_walked, stops
from .together import deciding, search_together
from .uses import Use, conditions_of, given_uses, uses_before


@dataclass(frozen=True, slots=True)
class Spot:
    """One use: the node, the name as it stands there, what is recorded behind it, and the place in the node."""

    node: str
    name: str
    base: str
    path: Path


def names_known(model: Model) -> Iterator[Fault]:
    """Every use of a name that may not be known by then, with the shortest way there."""
    sure = _Sure(model)
    spots: dict[tuple[str, str], Spot] = {}
    for node in model.plan.graph.nodes.values():
        if node.id not in model.flow.reached:
            continue
        for name, path in _uses(model, node):
            for base in _bases(model, node.scope, name):
                if not sure.knows(node.id, base):
                    spots.setdefault((node.id, base), Spot(node.id, name, base, path))
    by_base: dict[str, list[Spot]] = {}
    for spot in spots.values():
        by_base.setdefault(spot.base, []).append(spot)
    questions = [
        Question(
            tuple((spot.node, base) for spot in those),
            frozenset({("name", base)}),
            frozenset(spot.node for spot in those),
            deciding(model, model.recorders.get(base, ())),
        )
        for base, those in by_base.items()
    ]
    result = search_together(questions, model, unknown, partial(_led, model))
    for base, those in by_base.items():
        for spot in those:
            goal = (spot.node, base)
            place = (*model.plan.nodes[spot.node].path, *spot.path)
            fix = _fix(model.plan.graph.nodes[spot.node], spot.name)
            if goal in result.found:
                way = told(stops(result.found[goal]))
                message = f"'{spot.name}' may not be known at '{spot.node}': {way}"
                yield Fault(spot.node, Problem("SOP310", message, place, fix, about=spot.name))
            elif goal in result.unwalked:
                whether = f"whether '{spot.name}' is known at '{spot.node}'"
                yield Fault(spot.node, not_walked(whether, result.unwalked[goal], place, fix, spot.name))
            elif goal in result.unsettled:
                message = f"whether '{spot.name}' is known at '{spot.node}' could not be settled"
                yield Fault(
                    spot.node, Problem("SOP303", message, place, "ask {known: true} before it is used")
                )


def _fix(node: GraphNode, name: str) -> str:
    if name in node.records:
        return f"'{node.id}' shows its texts before it records '{name}': say it at an item behind it"
    return f"record it on every way there, or ask {{{name}: {{known: true}}}} first"


def _led(model: Model, found: Found, goal: Goal) -> Found | Unwalked:
    """The way as the core was led along it, to where a name is asked for that is not known."""
    from sop_runner.lint.leading.arrivals import Arrival, not_known
    from sop_runner.lint.leading.leader import leader

    assert isinstance(goal, tuple)
    node, base = goal
    scope, end = model.plan.nodes[node].scope, found.states[-1]
    there = scope_of(end.at) + base[len(scope) :]  # elements may be told apart
    moves = Moves(found.layout)
    values = next((left for name, left in _missed(moves, end) if name == there), end.values)
    ends = replace(found, states=(*found.states[:-1], end._replace(values=values)))
    arrives = not_known(node, base, lambda name: base in _bases(model, scope, name))
    read = {
        one for name, _ in uses_before(model.plan.graph.nodes[node]) for one in _bases(model, scope, name)
    }

    def asked_for(arrival: Arrival) -> bool:
        unknown = base in read and arrival.env.value(base[len(scope) :]) is UNKNOWN
        return arrives(arrival) or (unknown and arrival.node.id == node)

    return leader(model).lead(ends, asked_for, tell=there)


def _uses(model: Model, node: GraphNode) -> Iterator[Use]:
    if node.only_when is not None:
        yield from ((name, ("only_when",)) for name in _read(node.only_when))
    for condition, path, _ in conditions_of(node):
        yield from ((name, path) for name in _read(condition))
    if isinstance(node.node, Call):
        callee = model.plan.nodes[node.arrows["call"].target]
        yield from given_uses(node, callee)
    yield from uses_before(node)


def _read(condition: Condition) -> Iterator[str]:
    """The names whose value a condition asks for; whether one is known can be asked of any."""
    asked = {test.name for test in tests(condition) if isinstance(test, Test) and test.operator != "known"}
    asked |= {
        value.name
        for test in tests(condition)
        if isinstance(test, Test)
        for value in (test.value if isinstance(test.value, tuple) else (test.value,))
        if isinstance(value, FieldRef)
    }
    yield from (name for name in dict.fromkeys(names(condition)) if name in asked)


def _bases(model: Model, scope: str, name: str) -> tuple[str, ...]:
    """What must be known for a name to be: itself, or all that it is computed from."""
    key = model.words.resolve(scope, name) or model.words.resolve(scope, name.partition(".")[0])
    if key is None:
        return ()
    one = model.words.known[key]
    found = tuple(sorted(one.cone)) if one.derive is not None else (key,)
    return tuple(base for base in found if base != "today" and not _always(model, base))


def _always(model: Model, base: str) -> bool:
    node = model.plan.graph.nodes.get(base)
    return node is not None and bool(node.undone_by)


def unknown(moves: Moves, state: State) -> Iterator[Goal]:
    """The names that are read here while they are not known."""
    yield from {(moves.nodes[state.at].id, base) for base, _ in _missed(moves, state)}


def _missed(moves: Moves, state: State) -> list[tuple[str, Values]]:
    """The same, each with what is known of all others where it is read."""
    node = moves.nodes[state.at]
    reader = moves.reader
    missed = reader.missed = []
    try:
        if not state.entered:
            if node.only_when is not None:
                reader.split(node.only_when, node.scope, state.values)
        else:
            if isinstance(node.node, Decision):
                for _ in moves.outcomes(node, node.node, state.values):
                    pass
            uses = [*uses_before(node)]
            if isinstance(node.node, Call):
                uses += given_uses(node, moves.nodes[node.arrows["call"].target])
            for name, _ in uses:
                resolved = reader.words.resolve(node.scope, name) is not None
                test = Test(name if resolved else name.partition(".")[0], "is", "", ())
                reader.split(test, node.scope, state.values)
    finally:
        reader.missed = None
    return missed


class _Sure:
    """Names certainly known as each node is entered: one pass forward over all of them at once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        keys = [key for key, one in model.words.known.items() if one.derive is None]
        self.bit = {key: 1 << index for index, key in enumerate(keys)}
        self.everything = (1 << len(keys)) - 1
        self._inside: dict[str, int] = {}
        for scope in model.scopes:
            self._inside[scope] = sum(bit for key, bit in self.bit.items() if scope and key.startswith(scope))
        self.held = self._spread()

    def knows(self, node: str, key: str) -> bool:
        return bool(self.held.get(node, self.everything) & self.bit.get(key, 0))

    def _spread(self) -> Mapping[str, int]:
        model, nodes = self.model, self.model.plan.graph.nodes
        start = model.plan.graph.start
        sure = {spec.field for spec in model.plan.procedure.case if spec.required and spec.only_when is None}
        held = {start: self._bits("", sure) | self.bit.get("today", 0)}
        waiting = [start]
        while waiting:
            name = waiting.pop()
            node = nodes[name]
            for arrow in usable(node):
                out = self._after(node, arrow.name, held[name])
                for target in targets(arrow):
                    here = out & ~self._left(node.scope, target)
                    before = held.get(target)
                    after = here if before is None else before & here
                    if after != before:
                        held[target] = after
                        waiting.append(target)
        return held

    def _left(self, scope: str, target: str) -> int:
        return self._inside[scope] if scope and not target.startswith(scope) else 0

    def _bits(self, scope: str, names: Iterable[str]) -> int:
        return sum({self.bit.get(scope + name, 0) for name in names})

    def _after(self, node: GraphNode, arrow: str, held: int) -> int:
        scope, spec = node.scope, node.node
        if arrow == "passed_over":
            return held & ~self._bits(scope, node.records_alone)
        if isinstance(spec, Decision):
            for outcome in spec.outcomes:
                if outcome.outcome == arrow:
                    set_by = {name for one in spec.outcomes for name in one.sets}
                    fields = self.model.plan.fields
                    sure = {
                        name
                        for name, value in outcome.sets.items()
                        if not isinstance(value, FieldRef)
                        and ((rules := fields.get(scope + name)) is None or rules.keep != "never")
                    }
                    return held & ~self._bits(scope, set_by) | self._bits(scope, {*sure, spec.id})
            return held
        if isinstance(spec, Call) and arrow == "call":
            return self._case(node, spec, held & ~self._inside[f"{node.id}/"])
        if node.kind == "end":
            return self._returned(node, arrow, held)
        if arrow != "done":
            return held
        gone, sure = _recorded(node)
        return held & ~self._bits(scope, gone) | self._bits(scope, sure)

    def _case(self, node: GraphNode, call: Call, held: int) -> int:
        callee = self.model.plan.nodes[node.arrows["call"].target].procedure
        for spec in callee.case:
            given = call.given.get(spec.field)
            literal = given is not None and not isinstance(given, FieldRef)
            if (spec.required or literal) and spec.keep != "never":
                held |= self.bit.get(f"{node.id}/{spec.field}", 0)
        return held

    def _returned(self, node: GraphNode, arrow: str, held: int) -> int:
        if not node.scope:
            return held
        outer = self.model.plan.nodes[node.scope[:-1]]
        call = outer.node
        assert isinstance(call, Call)
        if arrow == "next":
            return self._case(outer, call, held & ~self._inside[node.scope])
        if getattr(node.node, "result", "") != "completed":
            return held
        for name, source in call.returns.items():
            bases = _bases(self.model, node.scope, source)
            known = bool(call.for_each) or all(held & self.bit.get(base, 0) for base in bases)
            bit = self.bit.get(outer.scope + name, 0)
            held = held | bit if known else held & ~bit
        return held


def _recorded(node: GraphNode) -> tuple[set[str], set[str]]:
    """What an answer may leave unknown, and what it certainly makes known."""
    gone: set[str] = set(recorded_names(node.node))
    sure: set[str] = set()
    waivable = node.waivable_by is not None
    match node.node:
        case Confirmation(id=node_id, record=record, statement=statement, sign_off=sign_off):
            for spec in record.fields if record else ():
                if spec.required and spec.only_when is None and spec.keep != "never":
                    sure.add(spec.field)
            if statement is not None and statement.field:
                sure.add(statement.field)
            if sign_off is not None and not waivable:
                sure.add(node_id)
        case Checklist(id=node_id, items=items):
            for item in items:
                if item.only_when is not None or (item.field is None and waivable):
                    continue
                if item.field is None or (item.field.required and item.field.keep != "never"):
                    sure.add(f"{node_id}.{item.item}")
                    if item.field is not None and item.field.field and item.not_applicable == "refused":
                        sure.add(item.field.field)
        case _:
            pass
    return gone, sure
