"""Dates, times and durations as people type them."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ..base.message import Message, msg
from .base_types import parse_duration

_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<m1>[0-9]{1,2})-(?P<d1>[0-9]{1,2})"
    r"|\. ?(?P<m2>[0-9]{1,2})\. ?(?P<d2>[0-9]{1,2})\.?"
    r"|/(?P<m3>[0-9]{1,2})/(?P<d3>[0-9]{1,2})"
    r"| ?年 ?(?P<m4>[0-9]{1,2}) ?月 ?(?P<d4>[0-9]{1,2}) ?[日号號])"
)
_TIME = re.compile(r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.(?P<f>[0-9]{1,6}))?)?")
_OFFSET = re.compile(r" ?(?P<offset>[Zz]|(?:UTC)|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)")
_DURATION_PART = re.compile(r"([0-9]{1,9}) ?([smhdy])")
FIRST_YEAR = 1000  # four digits everywhere, in every form of a date
MAX_DURATION = timedelta(days=365 * 1000)


def read_date(text: str) -> date | Message:
    """ISO, `2026.11.21.`, `2026. 11. 21.`, `2026/11/21` or `2026年11月21日`; the year always first."""
    found = _DATE.fullmatch(text)
    return (_as_date(found) if found else None) or _date_form()


def _as_date(found: "re.Match[str]") -> date | None:
    month, day = (next(found[f"{part}{n}"] for n in "1234" if found[f"{part}{n}"]) for part in "md")
    try:
        known = date(int(found["year"]), int(month), int(day))
    except ValueError:
        return None
    return known if known.year >= FIRST_YEAR else None


def _date_form() -> Message:
    return msg("Type a date that exists, year first, such as 2026-11-21.")


def read_time(text: str) -> time | Message:
    """`14:30` or `14:30:05`, in 24 hours."""
    found = _TIME.fullmatch(text)
    return (_as_time(found) if found else None) or _time_form()


def _as_time(found: "re.Match[str]") -> time | None:
    try:
        return time(
            int(found["h"]), int(found["m"]), int(found["s"] or 0), int((found["f"] or "0").ljust(6, "0"))
        )
    except ValueError:
        return None


def _time_form() -> Message:
    return msg("Type a time of day in 24 hours, such as 14:30.")


def read_datetime(text: str, zone: tzinfo) -> datetime | Message:
    """A date and a time; without an offset (`Z`, `+01:00`) in `zone`, the desk's. Returns aware UTC.

    A local time that happens twice when summer time ends is the first of the two; the second is
    typed with its offset. One that a change of the clock skips is refused.
    """
    day = _DATE.match(text)
    moment = (
        _TIME.match(text, day.end() + 1)
        if day and text[day.end() : day.end() + 1] in (" ", "T", "t")
        else None
    )
    if not day or not moment:
        return msg("Type a date and a time, such as 2026-11-21 14:30.")
    known_day, known_time = _as_date(day), _as_time(moment)
    if known_day is None:
        return _date_form()
    if known_time is None:
        return _time_form()
    offset = _OFFSET.fullmatch(text, moment.end())
    if not offset and moment.end() != len(text):
        return msg("Type the offset from UTC after the time as +01:00 or Z, or leave it out.")
    try:
        if offset:
            return datetime.combine(known_day, known_time, _zone_of(offset["offset"])).astimezone(UTC)
        return _local(datetime.combine(known_day, known_time), zone)
    except (OverflowError, ValueError):
        return _date_form()


def _zone_of(offset: str) -> tzinfo:
    if offset.upper() in ("Z", "UTC"):
        return UTC
    zone = datetime.strptime(offset, "%z").tzinfo
    assert zone is not None
    return zone


def _local(naive: datetime, zone: tzinfo) -> datetime | Message:
    moment = naive.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != naive:
        return msg(
            "This time does not exist: the clocks are put forward over it. Type a time before or after."
        )
    return moment


def read_duration(text: str) -> timedelta | Message:
    """`30s`, `15m`, `24h`, `90d`, `3y`, or several from large to small such as `1h 30m`."""
    parts = list(_DURATION_PART.finditer(text))
    units = ["ydhms".index(part[2]) for part in parts]
    joined = " ".join(part[0] for part in parts)
    if not parts or joined.replace(" ", "") != text.replace(" ", "") or units != sorted(set(units)):
        return _duration_form()
    try:
        whole = sum((parse_duration(part[1] + part[2]) for part in parts), timedelta())
    except ValueError:
        return _duration_form()
    return whole if whole <= MAX_DURATION else _duration_form()


def _duration_form() -> Message:
    return msg("Type a number and s, m, h, d or y, such as 15m or 1h 30m.")


def duration_text(duration: timedelta) -> str:
    """The form that `read_duration` reads back: `45s`, `15m`, `1h 30m`, `2d`."""
    seconds = duration // timedelta(seconds=1)
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def day_of(moment: date | datetime, zone: tzinfo) -> date:
    """The calendar day in `zone`; a date is that day already."""
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
