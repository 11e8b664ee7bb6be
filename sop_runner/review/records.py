"""Recorded fields against their rules, as far as their values can be read."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.audit.findings import Code
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.nodes import Checklist, Item
from sop_runner.procedure.value_check import check
from sop_runner.procedure.value_types import UNKNOWN, Sealed, opened
from sop_runner.procedure.values import from_wire
from sop_runner.run.actions import Opened
from sop_runner.run.answers.checklist import answers_so_far, is_asked
from sop_runner.run.events import Event, Evidence
from sop_runner.run.recorded import strictest

from .judging import Flaw, Judged
from .who import in_role


def checked_fields(judged: Judged, specs: Iterable[FieldSpec], event: Event) -> Flaw | None:
    """What is wrong with the fields of a record or a case; None where nothing that can be seen is."""
    given = {piece["name"]: piece for piece in event.evidence if piece.get("kind") == "field"}
    extra: dict[str, Any] = {spec.field: UNKNOWN for spec in specs}
    at = event.at or "the start"
    for spec in specs:
        piece = given.pop(spec.field, None)
        if piece is None:
            return Flaw(Code.CONTROL_SKIPPED, f"'{at}' is recorded without the field '{spec.field}'")
        asked = spec.only_when is None or holds(spec.only_when, judged.env(extra))
        empty = piece.get("value") is None and "commitment" not in piece and piece.get("keep") != "never"
        if empty and asked and spec.required and not judged.doubts:
            return Flaw(Code.CONTROL_SKIPPED, f"'{at}' is recorded without a value of '{spec.field}'")
        if not empty and not asked and not judged.doubts:
            return Flaw(Code.ILLEGAL_TRANSITION, f"'{spec.field}' was not asked at '{at}' and has a value")
        if not empty:
            flaw = _value(judged, spec, spec.field, piece, extra)
            if flaw is not None:
                return flaw
    if given:
        name = next(iter(given))
        return Flaw(Code.ILLEGAL_TRANSITION, f"'{at}' records '{name}', which is none of its fields")
    return None


def checked_item(judged: Judged, checklist: Checklist, item: Item, event: Event) -> Flaw | None:
    """What is wrong with a checklist item that takes a value. Raises No where the actor may not answer it."""
    assert item.field is not None
    by = tuple(judged.node.roles.get(role, role) for role in item.by) if item.by else judged.node.by
    in_role(judged, event, by)
    if not is_asked(judged, checklist, item):
        return Flaw(Code.ILLEGAL_TRANSITION, f"'{item.item}' was not asked at '{event.at}'")
    piece = event.evidence[0]
    if item.said_by is not None and not piece.get("said_by"):
        return Flaw(Code.ILLEGAL_TRANSITION, f"'{item.item}' at '{event.at}' does not say who answered")
    empty = piece.get("value") is None and "commitment" not in piece and piece.get("keep") != "never"
    if empty:
        wanted = item.field.required
        return Flaw(Code.CONTROL_SKIPPED, f"'{item.item}' at '{event.at}' has no value") if wanted else None
    return _value(judged, item.field, item.item, piece, answers_so_far(judged, checklist))


def _value(
    judged: Judged, rules: FieldRules, name: str, piece: Evidence, extra: dict[str, Any]
) -> Flaw | None:
    if _kept_as(piece) != _keeps(rules):
        said = f"'{name}' is kept as '{_kept_as(piece)}', the procedure says '{_keeps(rules)}'"
        return Flaw(Code.ILLEGAL_TRANSITION, said)
    if piece.get("keep") == "never":
        return None
    if judged.watch is not None:
        judged.watch.checked.append((piece, rules, judged.run.zone))
    value = _read(rules, piece, judged.given.opened)
    extra[name] = value
    if opened(value) is UNKNOWN or _forgets(rules):
        return None
    env, before = judged.env(extra), len(judged.doubts)
    clear: Any = opened(value)
    wrong = check(rules, clear, lambda ref: env.value(ref.name), zone=judged.run.zone)
    if wrong is None or len(judged.doubts) > before:
        return None
    return Flaw(Code.ILLEGAL_TRANSITION, f"'{name}' has a value that its field does not take: {wrong}")


def fits_alone(rules: FieldRules, piece: Evidence, behind: Mapping[str, Opened], zone: ZoneInfo) -> bool:
    """Whether the value in a piece of evidence fits its field, by itself and as far as it can be read.

    False where another value is needed to say so, or where an erasable one is gone.
    """
    value = _read(rules, piece, behind)
    if isinstance(value, Sealed) and not value.available:
        return piece.get("keep") == "digest"
    return fits_value(rules, opened(value), zone)


def fits_value(rules: FieldRules, clear: Any, zone: ZoneInfo) -> bool:
    """Whether a clear value fits its field by itself; False where another value is needed to say so."""
    try:
        return _forgets(rules) or check(rules, clear, _unread, zone=zone) is None
    except _Unread:
        return False


class _Unread(Exception):
    """A value is held against another one."""


def _unread(ref: FieldRef) -> Any:
    raise _Unread


def _read(rules: FieldRules, piece: Evidence, behind: Mapping[str, Opened]) -> Any:
    """The typed value; Sealed where the log has a commitment of it."""
    if "commitment" not in piece:
        return from_wire(rules, piece["value"])
    kept = behind.get(piece["commitment"])
    if kept is None or kept.value is None:
        return Sealed(piece["commitment"])
    clear: Any = from_wire(rules, kept.value)
    return Sealed(piece["commitment"], clear)


def _kept_as(piece: Evidence) -> str:
    return str(piece.get("keep", "plain"))


def _keeps(rules: FieldRules) -> str:
    return "never" if rules.keep == "never" else strictest(rules)


def _forgets(rules: FieldRules) -> bool:
    """A list that was checked with cells that are not kept cannot be checked again."""
    return rules.of is not None and any(column.keep == "never" for column in rules.of)
