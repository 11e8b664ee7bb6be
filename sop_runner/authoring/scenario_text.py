"""A scenario as an author would write it: the text of its part of a scenario file."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from .scenario import Do
from .scenario_expand import Case

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_OTHER_MEANING = re.compile(r"(?i:true|false|yes|no|on|off|null|y|n|nan|inf)|[0-9.,:eE+_-]+")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def scenario_text(case: Case) -> str:
    """One entry of `scenarios`, which reads back as `case`; without placeholders there is no table."""
    return "\n".join(_lines(case)) + "\n"


def _lines(case: Case) -> Iterator[str]:
    yield f"  - scenario: {scalar(case.name)}"
    people = {role: names[0] if len(names) == 1 else list(names) for role, names in case.people.items()}
    if people:
        yield f"    as: {flow(people)}"
    if case.starts is not None:
        yield f"    starts: {scalar(case.starts)}"
    if case.case:
        yield f"    case: {flow(case.case)}"
    if case.do:
        yield "    do:"
        yield from (f"      - {_item(item)}" for item in case.do)
    for key, node in (("ends", case.ends), ("at", case.at)):
        if node is not None:
            yield f"    {key}: {scalar(node)}"
    if case.never:
        yield f"    never: {flow(list(case.never))}"
    if case.know:
        yield f"    know: {flow(case.know)}"


def _item(item: Do) -> str:
    if item.verb == "do":
        return scalar(item.name) if item.answer is None else f"{scalar(item.name)}: {flow(item.answer)}"
    if item.verb == "deviation":
        return f"deviation: {flow(item.answer)}"
    if item.verb == "waive" and item.answer is not None:
        return f"waive: {flow({item.name: item.answer})}"
    return f"{item.verb}: {scalar(item.name)}" if item.name else item.verb


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{scalar(key)}: {flow(item)}' for key, item in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(item) for item in value)}]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A single value: text is put in quotes where it could be read as anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime | date):
        return json.dumps(value.isoformat())
    if isinstance(value, time):
        return json.dumps(value.isoformat("minutes"))
    if isinstance(value, timedelta):
        return duration(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and not _OTHER_MEANING.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def duration(span: timedelta) -> str:
    """A duration as the format writes one: whole seconds, in the largest unit that fits, never less."""
    seconds = -(-span // timedelta(seconds=1))
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"
