"""Where the names of a procedure are defined: fields, values set or returned, derived, decisions, answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .fields import FieldRules
from .model import Path, Procedure, every_node, kept
from .names import Origin
from .nodes import Call, Checklist, Confirmation, Decision, Node, Step
from .walks import fields, is_sign_off


@dataclass(frozen=True, slots=True)
class Returned:
    """A value of a callee: what it is called there, and whether the call makes a list of it."""

    call: Call
    name: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One place that gives a name its value.

    `what` is the field's rules, the value set, a Returned, a Derive or the choices as a tuple of ids.
    """

    name: str
    origin: Origin
    path: Path
    what: Any
    node: str = ""


@kept
def shared(procedure: Procedure) -> tuple[Definition, ...]:
    """The names of the one space that fields, derived names and decisions share, in the order of the file."""
    return tuple(_shared(procedure))


def _shared(procedure: Procedure) -> Iterator[Definition]:
    for place in fields(procedure):
        if place.within is None and place.name is not None:
            origin: Origin = "case" if place.node is None else "recorded"
            yield Definition(place.name, origin, (*place.path, "field"), place.rules, _id(place.node))
    for name, derive in procedure.derive.items():
        yield Definition(name, "derived", ("derive", name), derive)
    for path, node, _ in every_node(procedure):
        if isinstance(node, Confirmation) and node.statement is not None and node.statement.field:
            rules = FieldRules(type="yes-no")
            yield Definition(node.statement.field, "recorded", (*path, "statement", "field"), rules, node.id)
        if isinstance(node, Decision):
            outcomes = tuple(outcome.outcome for outcome in node.outcomes)
            yield Definition(node.id, "decision", (*path, "decision"), outcomes, node.id)
            for index, outcome in enumerate(node.outcomes):
                for name, value in outcome.sets.items():
                    yield Definition(name, "set", (*path, "outcomes", index, "sets", name), value, node.id)
        if isinstance(node, Call):
            for name, theirs in node.returns.items():
                yield Definition(name, "returned", (*path, "returns", name), Returned(node, theirs), node.id)


def answers(procedure: Procedure) -> Iterator[Definition]:
    """What conditions can read of nodes beside that space: items, sign-offs, steps that must be undone."""
    for path, node, _ in every_node(procedure):
        if isinstance(node, Checklist):
            for index, item in enumerate(node.items):
                refused = item.not_applicable == "refused"
                what = item.field or (*item.answer_ids, *(() if refused else ("not_applicable",)))
                here = (*path, "items", index, "item")
                yield Definition(f"{node.id}.{item.item}", "answer", here, what, node.id)
        if is_sign_off(node):
            yield Definition(node.id, "sign-off", (*path, "confirmation"), ("approved", "declined"), node.id)
        if isinstance(node, Step) and node.undone_by:
            yield Definition(node.id, "undoable", (*path, "step"), ("open", "closed"), node.id)


def _id(node: Node | None) -> str:
    return node.id if node is not None else ""
