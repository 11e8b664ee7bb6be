"""What a field asks of its value: pattern, bounds, length, and other fields."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from decimal import Decimal

from ..base.message import Message, msg
from .base_types import FieldRef
from .fields import FieldRules, FieldSpec
from .pattern import matches
from .pattern_samples import samples
from .value_compare import same
from .value_numbers import plain
from .value_types import MAX_LENGTH, MAX_ROWS, UNKNOWN, Row, Sealed, Value, fold, is_known

Resolve = Callable[[FieldRef], object]
_TRIES = 6  # at an example for a pattern: more would be felt


def check(spec: FieldRules, value: Value | None, resolve: Resolve, *, zone: tzinfo = UTC) -> Message | None:
    """Say what is wrong with a typed `value`, or None.

    `resolve` gives the value of another field, UNKNOWN or Sealed. `equals` something that is not
    known is refused, `differs` from it holds; against a sealed value that cannot be read both
    are refused. No message repeats the value.
    """
    if value is None:
        return msg("This needs an answer.") if spec.required and spec.only_when is None else None
    return check_alone(spec, value, resolve, zone=zone) or _others(spec, value, resolve, zone)


def check_alone(spec: FieldRules, value: Value, resolve: Resolve, *, zone: tzinfo = UTC) -> Message | None:
    """The same without what `equals` and `differs` ask of the value itself."""
    if isinstance(value, str):
        return _text(spec, value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _bounds(spec, Decimal(value))
    return _list(spec, value, resolve, zone) if isinstance(value, tuple) else None


def _text(spec: FieldRules, value: str) -> Message | None:
    longest = MAX_LENGTH if spec.max_length is None else spec.max_length
    if len(value) > longest:
        return msg(
            "This has {length} characters, at most {longest} fit; shorten it.",
            length=len(value),
            longest=longest,
        )
    if spec.lines is not None and value.count("\n") >= spec.lines:
        return msg("This takes at most {lines} lines; shorten it.", lines=spec.lines)
    if spec.matches is not None:
        # The pattern may be meant for the full-width form or for the plain one.
        found = matches(spec.matches, value) or (
            matches(spec.matches, fold(value)) if not value.isascii() else None
        )
        if not found:
            return _unlike(spec.matches)
    return None


def _unlike(pattern: str) -> Message:
    """What is said to whoever may not read patterns: an example, where one is found at once."""
    found = samples(pattern, most=2, tries=_TRIES)
    if not found:
        return msg("This does not have the form {pattern}; type it in that form.", pattern=pattern)
    return msg(
        "This does not have the form {pattern}; type it as in '{example}'.",
        pattern=pattern,
        example=found[-1],
    )


def _bounds(spec: FieldRules, value: Decimal) -> Message | None:
    if spec.at_least is not None and value < spec.at_least:
        return msg("This must be at least {bound}.", bound=plain(spec.at_least))
    if spec.at_most is not None and value > spec.at_most:
        return msg("This must be at most {bound}.", bound=plain(spec.at_most))
    return None


def _list(spec: FieldRules, rows: tuple[Row, ...], resolve: Resolve, zone: tzinfo) -> Message | None:
    limit = MAX_ROWS if spec.at_most is None else int(spec.at_most)
    if len(rows) > limit:
        return msg("This takes at most {limit} rows, there are {rows}.", limit=limit, rows=len(rows))
    for number, row in enumerate(rows, 1):
        for field in spec.of or ():
            if problem := check(field, row.get(field.field), _row_first(row, resolve), zone=zone):
                return in_row(number, field, problem)
    return None


def _row_first(row: Row, resolve: Resolve) -> Resolve:
    """Inside a list a name means the field of the same row, where there is one."""

    def look_up(other: FieldRef) -> object:
        if other.name not in row:
            return resolve(other)
        value = row[other.name]
        return UNKNOWN if value is None else value

    return look_up


def _others(spec: FieldRules, value: Value, resolve: Resolve, zone: tzinfo) -> Message | None:
    if spec.equals is None and spec.differs is None:
        return None  # nearly always
    for rule, operand in (("equals", spec.equals), ("differs", spec.differs)):
        if operand is None:
            continue
        named = operand.name if isinstance(operand, FieldRef) else ""
        other = resolve(operand) if isinstance(operand, FieldRef) else operand
        if isinstance(other, Sealed):
            if not other.available:
                return msg("This is held against '{field}', whose value can no longer be read.", field=named)
            other = other.value
        equal = same(value, other, zone) if is_known(other) else None
        if rule == "equals" and not equal:
            return _must_equal(named, known=is_known(other))
        if rule == "differs" and equal:
            return (
                msg("This must differ from '{field}'; check both.", field=named)
                if named
                else msg("This is a value that is not accepted here; check it.")
            )
    return None


def _must_equal(named: str, *, known: bool) -> Message:
    if not named:
        return msg("This is not the value that is expected here; check it.")
    if not known:
        return msg("This must equal '{field}', which is not recorded yet; record that first.", field=named)
    return msg("This must equal '{field}'; check both.", field=named)


def in_row(number: int, field: FieldSpec, problem: Message) -> Message:
    """Say in which row and field of a list a problem is."""
    return msg("Row {row}, '{field}': {problem}", row=number, field=field.field, problem=problem)
