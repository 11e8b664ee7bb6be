"""What a reviewer types to find runs, read into terms of the index.

Words stand side by side and all of them hold. `name:value` asks for one thing, whole or, with `*`
at its end, by its beginning; a word alone is something that runs have, or the beginning of a
ticket, a run, a person or a procedure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sop_runner.base.clock import utc_text
from sop_runner.base.errors import UsageError
from sop_runner.base.textsafe import fold_input
from sop_runner.stores.run_index import Before, Since, Tagged, Term

NAMES = {
    "ticket": "the ticket",
    "run": "the run's id",
    "person": "who acted in it",
    "procedure": "its id or number, or id@revision",
    "control": "a control that was gained in it",
    "end": "the end where it stopped; abandoned for one that was",
    "result": "completed, failed, refused, withdrawn, transferred",
    "on": "a day on which it went on: 2026-11-26, today, yesterday",
    "from": "the first of such days",
    "to": "the last of them",
}
"""What is written before a colon, and what is meant."""

HAVE = {
    "deviation": "a recorded deviation",
    "overrun": "a time that passed",
    "refusal": "something refused",
    "waiver": "a ruling on an item",
    "correction": "somebody went back",
    "finding": "a reviewer's finding",
    "comment": "a reviewer's comment",
    "open": "not ended",
    "ended": "ended",
}
"""Words for what runs have."""

_ANYWHERE = ("ticket", "run", "person", "procedure")
_WORD = re.compile(r'(?:([a-z]+):)?(?:"([^"]*)"?|(\S*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Days:
    """What a day is for whoever asks: the desk's zone, and which day it is there."""

    zone: ZoneInfo
    today: date


def folded(value: str) -> str:
    """A value as it is looked for: letters of either case and of every width are the same."""
    return fold_input(value, casefold=True)


def parse(line: str, days: Days) -> tuple[Term, ...]:
    """The terms of a query. Raises UsageError, with what is known, for a name or a day that is none."""
    return tuple(_terms(line, days))


def _terms(line: str, days: Days) -> Iterator[Term]:
    for match in _WORD.finditer(line):
        name, quoted, plain = match.groups()
        value = folded(quoted if quoted is not None else plain)
        if name is not None and name.lower() not in NAMES:
            raise UsageError(
                f"runs are not found by '{name}'", hint=f"There are: {', '.join(NAMES)}; {', '.join(HAVE)}."
            )
        if not value:
            continue  # it is still being typed
        if name is None:
            had = next((word for word in (value, value.removesuffix("s")) if word in HAVE), None)
            if had is not None and quoted is None:
                yield Tagged(("has",), had)
            else:
                yield Tagged(_ANYWHERE, value.removesuffix("*"), begins=True)
        elif name.lower() in ("on", "from", "to"):
            yield from _of_days(name.lower(), value, days)
        else:
            begins = quoted is None and value.endswith("*")
            yield Tagged((name.lower(),), value.removesuffix("*") if begins else value, begins)


def _of_days(name: str, value: str, days: Days) -> Iterator[Term]:
    try:
        named = {"today": days.today, "yesterday": days.today - timedelta(days=1)}
        day = named.get(value) or date.fromisoformat(value)
        if name != "to":
            yield Since(_midnight(day, days.zone))
        if name != "from":
            yield Before(_midnight(day + timedelta(days=1), days.zone))
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"'{value}' is no day", hint="Write it as 2026-11-26, or today, or yesterday."
        ) from error


def _midnight(day: date, zone: ZoneInfo) -> str:
    return utc_text(datetime.combine(day, time(), zone))
