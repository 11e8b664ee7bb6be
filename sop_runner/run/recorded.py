"""Values on their way into the record and back: wire forms, commitments, what is not kept."""

import hmac
from collections.abc import Mapping
from datetime import date
from typing import Any

from sop_runner.audit.commitment import commitment
from sop_runner.base.calendar import USUAL, Calendar
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_types import UNKNOWN, Sealed, fold
from sop_runner.procedure.values import from_wire, to_wire

from .actions import Opened
from .events import Event


def kept(rules: FieldRules, value: Any, name: str, seed: bytes) -> tuple[dict[str, Any], Opened | None]:
    """What the log may hold of a value, and what the vault keeps beside it.

    `plain` stands in clear; of `erasable` and `digest` only a salted commitment, the salt drawn
    from `seed`; of `never` nothing but that it was given.
    """
    if value is UNKNOWN or value is None:
        return {"value": None}, None
    if rules.keep == "never":
        return {"keep": "never"}, None
    keep = strictest(rules)
    wire = to_wire(_without_forgotten(rules, value))
    if keep == "plain":
        return {"value": wire}, None
    salt = hmac.digest(seed, name.encode(), "sha256")
    sealed = Opened(salt, wire if keep == "erasable" else None)
    return {"commitment": commitment(salt, wire), "keep": keep}, sealed


def calendar_parts(calendar: Calendar) -> dict[str, Any]:
    """A desk's business days as a run's first entry holds them; what is usual of weeks is left out."""
    parts: dict[str, Any] = {"holidays": sorted(day.isoformat() for day in calendar.holidays)}
    if calendar.weekend != USUAL.weekend:
        parts["weekend"] = sorted(calendar.weekend)
    if calendar.workdays:
        parts["workdays"] = sorted(day.isoformat() for day in calendar.workdays)
    return parts


def calendar_of(parts: Mapping[str, Any]) -> Calendar:
    """The business days that a run's first entry holds."""
    if not (parts.get("holidays") or parts.get("workdays") or "weekend" in parts):
        return USUAL
    holidays, workdays = (
        frozenset(map(date.fromisoformat, parts.get(n, ()))) for n in ("holidays", "workdays")
    )
    calendar = Calendar(frozenset(parts.get("weekend", USUAL.weekend)), holidays, workdays)
    return USUAL if calendar == USUAL else calendar  # one for all runs


def strictest(rules: FieldRules) -> str:
    """How a value is kept; a list no more openly than the strictest of its columns."""
    keeps = {rules.keep, *(column.keep for column in rules.of or ())}
    return next((keep for keep in ("digest", "erasable") if keep in keeps), "plain")


def _without_forgotten(rules: FieldRules, value: Any) -> Any:
    """A list without the cells of columns that are never kept."""
    gone = {column.field for column in rules.of or () if column.keep == "never"}
    if not gone or not isinstance(value, tuple):
        return value
    return tuple({name: None if name in gone else cell for name, cell in row.items()} for row in value)


def decode(plan: Plan, name: str, piece: Mapping[str, Any], opened: Mapping[str, Opened]) -> Any:
    """The typed value that a piece of evidence holds for the scoped `name`; UNKNOWN where none."""
    return decoded(plan.fields.get(template(name) if "[" in name else name), piece, opened)


def decoded(rules: FieldRules | None, piece: Mapping[str, Any], opened: Mapping[str, Opened]) -> Any:
    """The same by the rules of the field, None where there are none."""
    if "commitment" in piece:
        return unsealed(rules, piece["commitment"], opened)
    value = piece.get("value")
    if value is None:
        return UNKNOWN
    return value if rules is None else from_wire(rules, value)


def unsealed(rules: FieldRules | None, name: str, opened: Mapping[str, Opened]) -> Sealed:
    """The value behind a commitment."""
    behind = opened.get(name)
    if behind is None or behind.value is None:
        return Sealed(name)
    clear: Any = behind.value if rules is None else from_wire(rules, behind.value)
    return Sealed(name, clear)


def fields_in(event: Event, plan: Plan, scope: str, opened: Mapping[str, Opened]) -> dict[str, Any]:
    """The value of every `field` of an event by its name under `scope`; None for one that becomes unknown."""
    found: dict[str, Any] = {}
    rules, template_scope = plan.fields, template(scope)
    for piece in event.evidence:
        if piece["kind"] == "field":
            name = piece["name"]
            value = decoded(rules.get(template_scope + name), piece, opened)
            found[scope + name] = None if value is UNKNOWN else value
    return found


def same_value(stored: Any, typed: Any, opened: Mapping[str, Opened]) -> bool:
    """Whether a typed value is the stored one; of a sealed value without clear text, by its commitment."""
    if isinstance(stored, Sealed):
        if stored.value is not UNKNOWN:
            return bool(_folded(stored.value) == _folded(typed))
        behind = opened.get(stored.commitment)
        return behind is not None and commitment(behind.salt, to_wire(typed)) == stored.commitment
    return bool(_folded(stored) == _folded(typed))


def _folded(value: Any) -> Any:
    return fold(value).strip() if isinstance(value, str) else value


def wire_of(value: Any) -> Any:
    """Any value of a name in the form it is recorded in; a sealed one as its commitment."""
    if value is UNKNOWN:
        return None
    if isinstance(value, Sealed):
        return {"commitment": value.commitment}
    return to_wire(value)
