"""Values as the audit log holds them, and as a screen shows them."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import TypeAlias

from ..base.canonical import MAX_INTEGER
from ..base.clock import parse_utc, utc_text
from .fields import FieldRules
from .value_numbers import currency_digits, plain
from .value_times import duration_text
from .value_types import Value

Wire: TypeAlias = bool | int | str | list["Wire"] | dict[str, "Wire"] | None

_TEXTS = frozenset(("text", "choice", "email", "phone", "link"))
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SECONDS = re.compile(r"[0-9]{1,12}s")
_WORDS = {"zh": ("是", "否"), "hu": ("igen", "nem")}


def to_wire(value: Value | None) -> Wire:
    """The canonical JSON form: no floats, decimals and durations as text (`12.50`, `900s`), UTC times."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_INTEGER else str(value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value // timedelta(seconds=1)}s"
    return [{name: to_wire(cell) for name, cell in row.items()} for row in value]


def from_wire(spec: FieldRules, wire: Wire) -> Value | None:
    """Read back what `to_wire` wrote for this field. Raises ValueError for another form."""
    if wire is None:
        return None
    if type(wire) is str:  # nearly always
        return wire if spec.type in _TEXTS else _from_text(spec.type, wire)
    if spec.type == "list" and isinstance(wire, list):
        return tuple(
            {field.field: from_wire(field, row.get(field.field)) for field in spec.of or ()}
            for row in wire
            if isinstance(row, dict)
        )
    if spec.type == "yes-no" and isinstance(wire, bool):
        return wire
    if spec.type == "integer" and isinstance(wire, int) and not isinstance(wire, bool):
        return wire
    raise ValueError(f"a field of the type '{spec.type}' is not stored as {type(wire).__name__}")


def _from_text(kind: str, wire: str) -> Value:
    match kind:
        case "number" | "money":
            if not _DECIMAL.fullmatch(wire):
                raise ValueError("this is no plain decimal")
            return Decimal(wire)
        case "date":
            return date.fromisoformat(wire)
        case "time":
            return time.fromisoformat(wire)
        case "datetime":
            return parse_utc(wire)
        case "duration":
            if not _SECONDS.fullmatch(wire):
                raise ValueError("these are no whole seconds")
            return timedelta(seconds=int(wire[:-1]))
    raise ValueError(f"a field of the type '{kind}' is not stored as text")


def show(value: Value | None, spec: FieldRules, language: str, *, zone: tzinfo = UTC) -> str:
    """The value for a screen: what `parse` would read back, choices and yes-no in `language`.

    Times are shown in `zone`, the desk's, with its offset.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        yes, no = _WORDS.get(language.split("-")[0], ("yes", "no"))
        return yes if value else no
    if isinstance(value, str):
        said = dict(spec.choices or ()).get(value)
        return said.unfilled(language, language) if said else value
    if isinstance(value, Decimal) and spec.type == "money":
        return _amount(value, spec.currency)
    if isinstance(value, int | Decimal):
        return plain(Decimal(value))
    if isinstance(value, datetime):
        return (
            value.astimezone(zone).isoformat(" ", "seconds" if value.second else "minutes").replace("+", " +")
        )
    if isinstance(value, time):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    fields = {field.field: field for field in spec.of or ()}
    return "; ".join(
        ", ".join(show(row.get(name), field, language, zone=zone) for name, field in fields.items())
        for row in value
    )


def _amount(value: Decimal, currency: str | None) -> str:
    """Decimals, where there are some, filled up to those of the currency: `12.50 EUR`, `900 EUR`."""
    whole, point, part = plain(value).partition(".")
    text = f"{whole}.{part.ljust(currency_digits(currency), '0')}" if point else whole
    return f"{text} {currency}" if currency else text
