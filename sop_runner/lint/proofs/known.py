"""Names are known on every path to their use, each path taken with its conditions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from sop_runner.lint.fault import Fault
from sop_runner.machine.graph import GraphNode, scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Call, Decision
from sop_runner.procedure.place import Problem
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.procedure.when import Condition, Test, names, tests

from .following import Found, Unwalked
from .ground import State
from .layout import Values
from .model import Model
from .moves import Moves
from .result import told
from .search import Question
from .sure import Sure, bases
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
    sure = Sure(model)
    spots: dict[tuple[str, str], Spot] = {}
    for node in model.plan.graph.nodes.values():
        if node.id not in model.flow.reached:
            continue
        for name, path in _uses(model, node):
            for base in bases(model, node.scope, name):
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
    arrives = not_known(node, base, lambda name: base in bases(model, scope, name))
    read = {one for name, _ in uses_before(model.plan.graph.nodes[node]) for one in bases(model, scope, name)}

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
