"""Fields compared: what may be written down, whether it must be, and what is kept of it."""

from collections.abc import Iterable

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules, FieldSpec

from .change import Told
from .compare import less_is_stronger, more_is_stronger, one_of, other, present, ranked
from .conditions import narrowed
from .sides import Sides

_KEPT = one_of("plain", "erasable", "digest", "never")
_LOOSEST = "text"


def compare_fields(
    told: Told, sides: Sides, old: Iterable[FieldSpec], new: Iterable[FieldSpec], what: str = "field"
) -> None:
    """Fields of a record, a case or a list, by name."""
    before, after = {spec.field: spec for spec in old}, {spec.field: spec for spec in new}
    for name in before:
        if name not in after:
            told.add("weaker", f"the {what} '{name}' is no longer recorded", name)
    for name, spec in after.items():
        if name in before:
            compare_rules(told.inside(f"{what} '{name}'"), sides, before[name], spec)
        else:
            told.add("stronger", f"the {what} '{name}' is recorded as well", "", name)
    common = [name for name in before if name in after]
    other(told, f"order of the {what}s", common, [name for name in after if name in before])


def compare_rules(told: Told, sides: Sides, old: FieldRules, new: FieldRules) -> None:
    """The rules of one field; its label is a text."""
    if old.type != new.type:
        kind = f"type {old.type} before, {new.type} now"
        if new.type == _LOOSEST:
            told.add("weaker", kind, old.type, new.type)
        elif old.type == _LOOSEST:
            told.add("stronger", kind, old.type, new.type)
        else:
            told.add("changed", kind, old.type, new.type, unsettled=True)
    ranked(told, "kept", old.keep, new.keep, _KEPT)
    ranked(told, "required", old.required, new.required, one_of(False, True))
    ranked(told, "internal", old.internal, new.internal, one_of(False, True))
    present(told, "pattern", old.matches, new.matches)
    for key in ("equals", "differs"):
        one, two = getattr(old, key), getattr(new, key)
        # A literal `false` is a value to equal, not a missing rule.
        present(
            told, "must be the same as" if key == "equals" else "must differ from", _boxed(one), _boxed(two)
        )
    ranked(told, "longest text", old.max_length, new.max_length, less_is_stronger)
    ranked(told, "most lines", old.lines, new.lines, less_is_stronger)
    ranked(told, "least allowed", old.at_least, new.at_least, more_is_stronger)
    ranked(told, "most allowed", old.at_most, new.at_most, less_is_stronger)
    other(told, "currency", old.currency, new.currency, unsettled=True)
    _choices(told, old, new)
    narrowed(told, "asked", sides, old.only_when, new.only_when)
    if old.of or new.of:
        compare_fields(told, sides, old.of or (), new.of or (), "column")


def _boxed(value: object) -> object:
    return None if value is None else (value,) if not isinstance(value, FieldRef) else value


def _choices(told: Told, old: FieldRules, new: FieldRules) -> None:
    before, after = [one for one, _ in old.choices or ()], [one for one, _ in new.choices or ()]
    if not before or not after:
        return
    for choice in before:
        if choice not in after:
            told.add("stronger", f"the choice '{choice}' is no longer offered", choice)
    for choice in after:
        if choice not in before:
            told.add("weaker", f"the choice '{choice}' is offered as well", "", choice)
