"""Typed values held against literals and against each other; what does not compare is None."""

from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ..base.message import Message
from .value_numbers import plain, read_number
from .value_texts import read_yes_no
from .value_times import day_of, read_date, read_datetime, read_duration, read_time
from .value_types import fold

_ORDERED = (int, Decimal, date, time, timedelta)


def same(value: object, other: object, zone: tzinfo) -> bool | None:
    """Whether `value` equals `other`, read by the type of `value`; None where the types do not meet.

    Texts are equal after NFKC, numbers by amount, a datetime and a date by the day in `zone`.
    """
    pair = _aligned(value, other, zone)
    return None if pair is None else bool(pair[0] == pair[1])


def order(value: object, other: object, zone: tzinfo) -> int | None:
    """-1, 0 or 1 as `value` is less than, equal to or more than `other`; None for what has no order."""
    pair = _aligned(value, other, zone)
    if pair is None or isinstance(pair[0], bool) or not isinstance(pair[0], _ORDERED):
        return None
    left: Any = pair[0]
    right: Any = pair[1]  # of the same family, see _aligned
    if left != left or right != right:  # not a number
        return None
    return int(left > right) - int(left < right)


def _aligned(value: object, other: object, zone: tzinfo) -> tuple[object, object] | None:
    """Both in one comparable type."""
    if isinstance(value, str):
        return _with_text(value, other, zone)
    if isinstance(other, str):
        read = _read(value, other, zone)
        return None if read is None else _aligned(value, read, zone)
    if isinstance(value, bool) or isinstance(other, bool):
        return (value, other) if isinstance(value, bool) and isinstance(other, bool) else None
    if isinstance(value, int | Decimal):
        return (value, other) if isinstance(other, int | Decimal) else None
    if isinstance(value, date):
        if not isinstance(other, date):
            return None
        if isinstance(value, datetime) and isinstance(other, datetime):
            return value, other
        return day_of(value, zone), day_of(other, zone)
    for kind in (time, timedelta, tuple):
        if isinstance(value, kind):
            return (value, other) if isinstance(other, kind) else None
    return None


def _with_text(value: str, other: object, zone: tzinfo) -> tuple[object, object] | None:
    if isinstance(other, str):
        return fold(value), fold(other)
    if isinstance(other, int | Decimal) and not isinstance(other, bool):
        return fold(value), plain(Decimal(other))
    read = _read(other, value, zone)
    return None if read is None else _aligned(read, other, zone)


def _read(like: object, text: str, zone: tzinfo) -> object:
    """A literal by the type of the value it is held against; None where it is none of that type."""
    for kind, name in _KINDS:
        if isinstance(like, kind):
            return _literal(name, text, zone)
    return None


_KINDS = (
    (bool, "yes-no"), (int, "number"), (Decimal, "number"), (datetime, "datetime"), (date, "date"),
    (time, "time"), (timedelta, "duration"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _literal(kind: str, text: str, zone: tzinfo) -> object:
    folded = fold(text).strip()
    read: object
    match kind:
        case "yes-no":
            read = read_yes_no(folded)
        case "number":
            read = read_number(folded)
        case "datetime":
            read = read_datetime(folded, zone)
            if isinstance(read, Message):
                read = read_date(folded)
        case "date":
            read = read_date(folded)
        case "time":
            read = read_time(folded)
        case _:
            read = read_duration(folded)
    return None if isinstance(read, Message) else read
