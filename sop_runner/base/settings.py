"""The desk's settings: `sop.toml` as frozen data, every mistake in it as a finding."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .anchor_settings import KEYS as ANCHORS
from .anchor_settings import Anchors, BadValue, with_anchor
from .calendar import USUAL, WEEKDAYS, Calendar
from .desk_folder import find_desk as find_desk

if TYPE_CHECKING:
    from .finding import Finding, Position

THEMES = ("default", "high-contrast", "ascii")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_FACTOR = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*[\"']?([^\s\"'=.]+)[\"']?\s*[=.]")
_STORE = re.compile(r"postgres(ql(\+psycopg)?)?://\S+")

NO_ANCHORS = Anchors()
SERVICE_LEVELS = (
    ("urgent", timedelta(hours=2)),
    ("normal", timedelta(hours=24)),
    ("inquiry", timedelta(hours=48)),
    ("high", timedelta(hours=1)),
    ("middle", timedelta(hours=4)),
    ("low", timedelta(hours=24)),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What one desk is set to.

    `store_url` is empty for the embedded default; `verifier_key` is the key that reviewers pin
    (a C2SP vkey), empty where none is pinned; `factors` maps an author's factor name to a module;
    `approver` is the role whose people approve procedures; `service_levels` says how long a ticket of each priority may take;
    `anchors` says where heads of the audit log are placed outside the desk.
    """

    name: str = "Desk"
    language: str = "en"
    timezone: str = "UTC"
    theme: str = "default"
    calendar: Calendar = USUAL
    store_url: str = ""
    verifier_key: str = ""
    factors: tuple[tuple[str, str], ...] = ()
    service_levels: tuple[tuple[str, timedelta], ...] = SERVICE_LEVELS
    approver: str = "approver"
    anchors: Anchors = NO_ANCHORS

    def service_level(self, priority: str) -> timedelta | None:
        """How long a ticket of `priority` may take; None for a priority that has no promise."""
        return dict(self.service_levels).get(priority)


def parse_settings(text: str, file: str = "sop.toml") -> "tuple[Settings, tuple[Finding, ...]]":
    """Read the text of a `sop.toml`. What is wrong keeps its default and is a finding."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        from .finding import Finding, Position

        place = re.search(r"line (\d+), column (\d+)", str(error))
        at = Position(int(place[1]), int(place[2])) if place else Position(text.count("\n") + 1)
        fix = 'Texts stand in quotes: name = "Customer desk"'
        return Settings(), (Finding("SET001", f"'{file}' is no TOML: {error}", file, at, fix=fix),)
    reader = _Reader(text, file)
    reader.table((), tree, _TOP)
    for name, known in _TABLES.items():
        inner = tree.get(name, {})
        if isinstance(inner, dict):
            reader.table((name,), inner, known)
        else:
            reader.report("SET003", f"'{name}' holds one value, expected a table", (name,), f"Write [{name}]")
    return reader.settings, tuple(reader.findings)


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.settings = Settings()
        self.findings: list[Finding] = []
        self._lines = text.splitlines()
        self._file = file

    def table(self, path: tuple[str, ...], tree: Mapping[str, Any], known: "_Keys") -> None:
        for key, value in tree.items():
            if not path and key in _TABLES:
                continue
            put = known.get(key) or known.get("*")
            if put is None:
                names = [*known, *(_TABLES if not path else ())]
                near = difflib.get_close_matches(key, names, 1, 0.5)
                fix = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(names)}"
                self.report("SET002", f"'{'.'.join((*path, key))}' is no setting", (*path, key), fix)
                continue
            try:
                self.settings = put(self.settings, key, value)
            except BadValue as bad:
                message = f"'{'.'.join((*path, key))}' is {value!r}, expected {bad.args[0]}"
                self.report("SET003", message, (*path, key), bad.args[1])

    def report(self, code: str, message: str, path: tuple[str, ...], fix: str) -> None:
        from .finding import Finding

        at = self._find(path)
        self.findings.append(Finding(code, message, self._file, at, fix=fix, length=len(path[-1])))

    def _find(self, path: tuple[str, ...]) -> "Position":
        """Where a key stands; `tomllib` keeps no positions."""
        from .finding import Position

        here: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, 1):
            header = _HEADER.match(line)
            key = _KEY.match(line)
            if header:
                here = (header[1].strip("\"'"),)
            found = header or key
            name = here if header else (*here, key[1]) if key else ()
            if found and name == path:
                return Position(number, found.start(1) + 1)
        return Position()


_Put = Callable[[Settings, str, Any], Settings]
_Keys = Mapping[str, _Put]


def _text(field: str, fits: Callable[[str], bool], expected: str, fix: str) -> _Put:
    def put(settings: Settings, key: str, value: Any) -> Settings:
        if not isinstance(value, str) or not fits(value):
            raise BadValue(expected, fix)
        changed: dict[str, Any] = {field: value}
        return replace(settings, **changed)

    return put


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _weekend(settings: Settings, key: str, value: Any) -> Settings:
    if not isinstance(value, list) or not all(day in WEEKDAYS for day in value) or len(set(value)) == 7:
        raise BadValue("a list of weekdays", 'weekend = ["saturday", "sunday"]')
    weekend = frozenset(WEEKDAYS.index(day) for day in value)
    return replace(settings, calendar=settings.calendar._replace(weekend=weekend))


def _days(settings: Settings, key: str, value: Any) -> Settings:
    try:
        days = frozenset(_day(item) for item in value)
    except (ValueError, TypeError):
        raise BadValue("a list of dates", f"{key} = [2026-12-25, 2026-12-26]") from None
    calendar = settings.calendar
    if key == "holidays":
        return replace(settings, calendar=calendar._replace(holidays=days))
    return replace(settings, calendar=calendar._replace(workdays=days))


def _day(item: Any) -> date:
    if isinstance(item, date) and not isinstance(item, datetime):
        return item
    return date.fromisoformat(item)


def _factor(settings: Settings, key: str, value: Any) -> Settings:
    if not isinstance(value, str) or not _FACTOR.fullmatch(value):
        raise BadValue("the name of a factor module", f'{key} = "one_time_code"')
    return replace(settings, factors=(*settings.factors, (key, value)))


def _anchor(settings: Settings, key: str, value: Any) -> Settings:
    return replace(settings, anchors=with_anchor(settings.anchors, key, value))


def _service_level(settings: Settings, key: str, value: Any) -> Settings:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise BadValue("a duration", f'{key} = "24h" (units: s, m, h, d)')
    duration = timedelta(**{_UNITS[match[2]]: int(match[1])})
    levels = {**dict(settings.service_levels), key: duration}
    return replace(settings, service_levels=tuple(levels.items()))


_TOP: _Keys = {
    "name": _text(
        "name", lambda v: 0 < len(v.strip()) <= 80, "a name of 1 to 80 characters", 'name = "Desk"'
    ),
    "language": _text(
        "language", lambda v: bool(_LANGUAGE.fullmatch(v)), "a language code", 'language = "zh-Hans"'
    ),
    "timezone": _text("timezone", _is_zone, "a time zone of this machine", 'timezone = "Europe/Budapest"'),
    "theme": _text("theme", THEMES.__contains__, f"one of {', '.join(THEMES)}", 'theme = "default"'),
}
_TABLES: Mapping[str, _Keys] = {
    "store": {
        "url": _text(
            "store_url",
            lambda v: bool(_STORE.fullmatch(v)),
            "the address of a PostgreSQL database",
            'url = "postgresql://host/name"; leave it out for the file in the desk\'s folder',
        )
    },
    "audit": {
        "verifier_key": _text(
            "verifier_key",
            lambda v: v.count("+") >= 2,
            "a verifier key",
            "'sop init' prints it: verifier_key = \"name+hash+key\"",
        )
    },
    "approval": {
        "role": _text(
            "approver", lambda v: bool(_FACTOR.fullmatch(v)), "the name of a role", 'role = "approver"'
        )
    },
    "anchors": dict.fromkeys(ANCHORS, _anchor),
    "calendar": {"weekend": _weekend, "holidays": _days, "workdays": _days},
    "factors": {"*": _factor},
    "service_levels": {"*": _service_level},
}
