"""Fields that are set without being typed: by an outcome, by a call, by what a call returns."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sop_runner.machine.graph import scope_of, template
from sop_runner.procedure.base_types import FieldRef, Value
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.procedure.values import to_wire

from .events import Evidence
from .going import Going
from .recorded import wire_of

_PERSONAL = FieldRules(type="text", keep="erasable")


def field_piece(
    going: Going, rules: FieldRules | None, name: str, value: Any, scope: str, *, personal: bool = False
) -> Evidence:
    """The evidence that `name` now has this typed value; a sealed one keeps its commitment.

    `personal` says that it was worked out of sealed values: it is sealed whatever its own rules say.
    """
    piece: dict[str, Any] = {"kind": "field", "name": name}
    if personal and (rules is None or rules.keep == "plain"):
        rules = (rules or _PERSONAL).model_copy(update={"keep": "erasable"})
    if isinstance(value, Sealed):
        return {**piece, "commitment": value.commitment}
    if value is UNKNOWN or value is None or rules is None:
        return {**piece, "value": None if value is UNKNOWN else wire_of(value)}
    return {**piece, **going.keep(rules, fitted(rules, value), scope + name)}


def fitted(rules: FieldRules, value: Any) -> Any:
    """A computed or copied value in the type of the field that takes it: whole numbers as decimals, the rest as text."""
    if isinstance(value, int) and not isinstance(value, bool) and rules.type in ("number", "money"):
        return Decimal(value)
    if rules.type in ("text", "choice") and not isinstance(value, str):
        return say(to_wire(value))
    if isinstance(value, tuple) and rules.of:
        cells = {spec.field: spec for spec in rules.of}
        return tuple(
            {name: cell if cell is None else fitted(cells[name], cell) for name, cell in row.items()}
            for row in value
        )
    return value


def say(wire: Any) -> str:
    """A stored value as one text."""
    if isinstance(wire, bool):
        return "true" if wire else "false"
    return str(wire)


def literal(going: Going, rules: FieldRules, name: str, value: Value) -> Any:
    """A literal of the file as a value of the field it stands for."""
    return going.typed(rules, name, value, going.env())


def set_field(going: Going, name: str, value: Value) -> Evidence:
    """The evidence of an outcome's `sets` entry."""
    scope = going.run.scope
    rules = going.plan.fields.get(going.node.scope + name)
    personal = False
    if isinstance(value, FieldRef):
        found = going.env().value(value.name)
        personal = is_personal(going, scope + value.name)
    else:
        found = value if rules is None else literal(going, rules, name, value)
    return field_piece(going, rules, name, found, scope, personal=personal)


def read_values(going: Going, read: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a decision read, as its entry keeps them; what comes of sealed ones is sealed."""
    scope = going.run.scope
    found: dict[str, Any] = {}
    for name, value in read.items():
        if value is UNKNOWN or isinstance(value, Sealed) or not is_personal(going, scope + name):
            found[name] = wire_of(value)
        else:
            found[name] = {"commitment": going.keep(_PERSONAL, value, f"{scope}{name}?")["commitment"]}
    return found


def is_personal(going: Going, name: str) -> bool:
    """Whether the value of the scoped `name` is sealed, or worked out of one that is."""
    recorded = going.run.facts.fields.get(name)
    if recorded is not None:
        return isinstance(recorded.value, Sealed)
    way = going.plan.derived.get(template(name))
    if way is not None:
        scope = scope_of(name)
        return any(isinstance(one, str) and is_personal(going, scope + one) for one in way.operands)
    whole, dot, _ = name.rpartition(".")
    return bool(dot) and is_personal(going, whole)
