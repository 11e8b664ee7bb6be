"""Which values and comparisons fit which types, before anything runs."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from .base_types import parse_duration
from .name_types import NUMERIC
from .names import Name
from .suggest import listed

TEXTUAL = frozenset({"text", "email", "phone", "link"})
MOMENTS = frozenset({"date", "datetime"})
TIMES = frozenset({"date", "time", "datetime"})

_SAME = frozenset({"is", "is_not", "one_of", "none_of", "known"})
_ORDER = frozenset({"at_least", "at_most", "more_than", "less_than"})
_TIME_ORDER = _ORDER | {"before", "after", "within"}
_OPERATORS: dict[str, frozenset[str]] = {
    **dict.fromkeys(TEXTUAL | {"choice", "yes-no"}, _SAME),
    **dict.fromkeys(NUMERIC | {"duration"}, _SAME | _ORDER),
    "time": _SAME | _TIME_ORDER,
    **dict.fromkeys(MOMENTS, _SAME | _TIME_ORDER | {"same_day"}),
    "list": frozenset({"known"}),
}


def operators_for(kind: str) -> frozenset[str]:
    """The comparisons that a value of this type can stand in."""
    return _OPERATORS[kind]


def family(kind: str) -> str:
    """Types of one family can be held against each other."""
    if kind in NUMERIC:
        return "number"
    if kind in TEXTUAL or kind == "choice":
        return "text"
    return "date" if kind in MOMENTS else kind


def comparable(one: Name, other: Name) -> bool:
    """Whether values of both names can be compared; a name whose type is not known here is not judged."""
    if one.type is None or other.type is None:
        return True
    return family(one.type) == family(other.type) and one.type != "list"


def can_hold(taker: Name, giver: Name) -> bool:
    """Whether `taker` can hold every value of `giver`: what compares is not always of one form.

    A day is no moment, nor a moment a day, and a whole number takes no other.
    """
    if not comparable(taker, giver):
        return False
    if taker.type is None or giver.type is None or taker.type == giver.type:
        return True
    return taker.type not in MOMENTS and not (taker.type == "integer" and giver.type in NUMERIC)


def expected(name: Name) -> str:
    """What a literal for this name looks like, for the end of a sentence."""
    if name.choices:
        return f"one of {listed(name.choices)}"
    return _EXPECTED.get(name.type or "", "a value")


_EXPECTED = {
    "text": "text",
    "email": "text",
    "phone": "text",
    "link": "text",
    "integer": "a whole number",
    "number": "a number",
    "money": "a number",
    "yes-no": "true or false",
    "date": "a date such as 2026-10-15",
    "time": "a time such as 14:30",
    "datetime": "a date with a time such as 2026-10-15T14:30",
    "duration": "a duration such as 15m",
}


def literal_fits(value: Any, name: Name) -> bool:
    """Whether a literal can be a value of `name`; a name whose type is not known here takes any."""
    kind = name.type
    if kind is None:
        return True
    if kind == "yes-no":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "integer":
        return isinstance(value, int)
    if kind in NUMERIC:
        return isinstance(value, int | Decimal)
    if kind == "choice":
        return isinstance(value, str | int) and str(value) in name.choices
    if not isinstance(value, str):
        return False
    return kind in TEXTUAL or _reads(value, kind)


def _reads(value: str, kind: str) -> bool:
    try:
        match kind:
            case "date":
                date.fromisoformat(value)
                return len(value) == 10
            case "datetime":
                # A bare date is the start of that day.
                datetime.fromisoformat(value)
                return True
            case "time":
                time.fromisoformat(value)
                return ":" in value
            case "duration":
                parse_duration(value)
                return True
            case _:
                return False
    except ValueError:
        return False
