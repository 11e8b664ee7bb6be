"""Random changes to recorded entries, such as somebody with the signing key could make."""

import copy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sop_runner.base.clock import utc_text

Body = dict[str, Any]
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}($|T[0-9:.]+Z$)")
_SPANS = [
    sign * span
    for span in (
        timedelta(minutes=1),
        timedelta(hours=2),
        timedelta(hours=20),
        timedelta(days=3),
        timedelta(days=50),
    )
    for sign in (1, -1)
]
_TEXTS = ("at", "arrow", "to", "actor", "role", "outcome", "reason", "type")
_ODD: tuple[Any, ...] = (None, True, False, 0, 1, "", " ", "x", "2026-01-01", [], {}, "a" * 5_000)


def forged(run: list[Body], others: list[Body], random: Random) -> list[Body]:
    """The entries of a run with one to three of them changed, left out, doubled, moved or brought from others."""
    rows = copy.deepcopy(run)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(rows))
        what = random.randrange(10)
        if what == 0 and len(rows) > 1:
            del rows[at]
        elif what == 1:
            rows.insert(at, copy.deepcopy(rows[at]))
        elif what == 2 and at:
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        elif what == 3:
            rows[at] = {**copy.deepcopy(random.choice(others)), "run": rows[at]["run"], "ts": rows[at]["ts"]}
        elif what == 4:
            name = random.choice(_TEXTS)
            rows[at][name] = random.choice((*_ODD, *(row[name] for row in others[-200:])))
        elif what == 5:
            rows[at]["ts"] = {**rows[at]["ts"], "wall": _time(rows, random)}
        elif what == 6:
            rows[at]["actor"] = random.choice([row["actor"] for row in rows])
        else:
            _in_evidence(rows[at], random, others)
    return rows


def with_other_values(run: list[Body], others: list[Body], random: Random) -> list[Body]:
    """The entries of a run with one or two recorded values, or what was read of them, as in other runs."""
    rows = copy.deepcopy(run)
    for _ in range(random.choice((1, 1, 2))):
        row = random.choice([row for row in rows if _values(row)] or rows)
        for holder, key in random.sample(_values(row), min(1, len(_values(row)))):
            twins = [there[name] for other in others for there, name in _values(other) if name == key]
            holder[key] = copy.deepcopy(random.choice(twins))
    return rows


def at_other_times(run: list[Body], others: list[Body], random: Random) -> list[Body]:
    """The entries of a run as if from one of them on all came earlier or later, and recorded times were others."""
    rows = copy.deepcopy(run)
    later = random.choice(_SPANS)
    for row in rows[random.randrange(len(rows)) :]:
        when = datetime.fromisoformat(row["ts"]["wall"]) + later
        row["ts"] = {**row["ts"], "wall": utc_text(when)}
    recorded = [
        place for row in rows for place in _places(row["evidence"]) if _TIME.match(str(place[0][place[1]]))
    ]
    for holder, key in random.sample(recorded, min(len(recorded), random.randrange(3))):
        if random.random() < 0.5:
            later = random.choice(_SPANS)
        told = holder[key]
        when = datetime.fromisoformat(told) + later
        holder[key] = utc_text(when) if len(told) > 10 else when.date().isoformat()
    return rows


def _values(row: Body) -> list[tuple[Any, Any]]:
    named = ("value", "values", "commitment", "element", "elements")
    return [
        (holder, key)
        for holder, key in _places(row["evidence"])
        if key in named or (isinstance(holder, dict) and "kind" not in holder)
    ]


def _time(rows: list[Body], random: Random) -> Any:
    known = str(random.choice(rows)["ts"]["wall"])
    day = known[:8] + f"{random.randrange(1, 28):02}" + known[10:]
    return random.choice(
        (known, day, known.replace("2026", "2031"), "2026-11-26T10:00:00.000000Z", "soon", 7)
    )


def _in_evidence(row: Body, random: Random, others: list[Body]) -> None:
    places = list(_places(row["evidence"]))
    if not places or random.random() < 0.1:
        row["evidence"] = copy.deepcopy(random.choice(others)["evidence"])
        return
    holder, key = random.choice(places)
    value = holder[key]
    what = random.randrange(5)
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(value, bool):
        holder[key] = not value
    elif what == 2 and isinstance(value, bool):
        holder[key] = int(value)
    elif what == 3:
        twins = [
            there[name]
            for other in others[-300:]
            for there, name in _places(other["evidence"])
            if name == key
        ]
        holder[key] = copy.deepcopy(random.choice(twins)) if twins else None
    else:
        holder[key] = random.choice(_ODD)


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    for key in part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ():
        yield part, key
        yield from _places(part[key])
