"""Sample values of fields: the simplest that the field's own rules accept."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sop_runner.base.message import Message
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.pattern_samples import samples as pattern_samples
from sop_runner.procedure.value_types import UNKNOWN, Sealed, is_known
from sop_runner.procedure.values import check, parse

Look = Callable[[str], Any]
"""The value of a name, clear where it can be had; UNKNOWN otherwise."""
Pick = Callable[[FieldRules, str, Look, datetime, tzinfo], Any]
"""Chooses what is typed for a field of that name; None leaves it empty."""


class NoSample(Exception):
    """No sample was found that the field's rules accept; the scenario has to give a value."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no sample fits '{name}'; give it a value")


def sample(rules: FieldRules, name: str, look: Look, now: datetime, zone: tzinfo) -> Any:
    """A value for the field `name`, typed as a person would. Raises NoSample."""
    for value in candidates(rules, look, now, zone):
        if accepted(rules, value, look, zone):
            return value
    raise NoSample(name)


def accepted(rules: FieldRules, value: Any, look: Look, zone: tzinfo) -> bool:
    """Whether the field takes the value, by the same check as a person's."""
    typed = parse(rules, value, zone=zone)
    if isinstance(typed, Message) or typed is None:
        return False
    return check(rules, typed, lambda ref: look(ref.name), zone=zone) is None


def candidates(rules: FieldRules, look: Look, now: datetime, zone: tzinfo) -> Iterator[Any]:
    """What to try, the plainest first."""
    if rules.equals is not None:
        other = look(rules.equals.name) if isinstance(rules.equals, FieldRef) else rules.equals
        other = other.value if isinstance(other, Sealed) else other
        if is_known(other):
            yield other
    match rules.type:
        case "text" | "email" | "phone" | "link":
            yield from _texts(rules)
        case "integer" | "number" | "money":
            yield from _numbers(rules)
        case "choice":
            yield from (choice for choice, _ in rules.choices or ())
        case "yes-no":
            yield from (True, False)
        case "date":
            today = now.astimezone(zone).date()
            yield from (today + timedelta(days=n) for n in (0, 1, -1, 2))
        case "time":
            yield from ("09:00", "10:00", "11:00")
        case "datetime":
            yield from (now + timedelta(hours=n) for n in range(3))
        case "duration":
            yield from ("15m", "30m", "1h")
        case _:
            yield from _rows(rules, look, now, zone)


_PLAIN = {
    "text": ("sample", "another sample", "x", "sample-2"),
    "email": ("sample@example.org", "another@example.org"),
    "phone": ("+36301112233", "+36301112244", "112"),
    "link": ("https://example.org/sample", "https://example.org/another"),
}


def _texts(rules: FieldRules) -> Iterator[str]:
    longest = rules.max_length
    for text in _PLAIN[rules.type]:
        yield text if longest is None or rules.type != "text" else text[:longest]
    if rules.matches is not None:
        yield from pattern_samples(rules.matches)


def _numbers(rules: FieldRules) -> Iterator[int | Decimal]:
    least = rules.at_least
    most = rules.at_most if rules.type != "list" else None
    plain = [Decimal(1), Decimal(2), Decimal(0)]
    if least is not None:
        plain = [least.to_integral_value(ROUND_CEILING), least, least + 1, *plain]
    if most is not None:
        plain += [most, most - 1]
    for number in plain:
        yield int(number) if number == number.to_integral_value() else number


def _rows(rules: FieldRules, look: Look, now: datetime, zone: tzinfo) -> Iterator[list[dict[str, Any]]]:
    row: dict[str, Any] = {}

    def inside(name: str) -> Any:
        return row[name] if name in row else look(name)

    for field in rules.of or ():
        if field.required or field.only_when is None:
            row[field.field] = sample(field, field.field, inside, now, zone)
    yield [row]


MAX_CHARACTERS = 20_000


def lengths_in(specs: Iterable[FieldSpec], written: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a scenario, each of those fields as `of_length` reads it."""
    rules = {spec.field: spec for spec in specs}
    return {name: of_length(rules[name], raw) if name in rules else raw for name, raw in written.items()}


def of_length(rules: FieldRules, written: Any) -> Any:
    """The value of a scenario, where `{ characters: 601 }` stands for a text of that length; in rows as well."""
    if rules.type == "list" and isinstance(written, list):
        return [lengths_in(rules.of or (), row) if isinstance(row, Mapping) else row for row in written]
    if rules.type != "text" or not isinstance(written, Mapping) or list(written) != ["characters"]:
        return written
    count = str(written["characters"])
    if not count.isdecimal() or not 0 < int(count) <= MAX_CHARACTERS:
        return written  # the field says that this is no text
    words = "These are sample words. "
    return (words * (int(count) // len(words) + 1))[: int(count) - 1] + "."


def look_in(values: Mapping[str, Any], otherwise: Look) -> Look:
    """Names as given in `values` first."""

    def look(name: str) -> Any:
        value = values.get(name, UNKNOWN)
        return value if is_known(value) else otherwise(name)

    return look


def day(moment: datetime, zone: tzinfo) -> date:
    """The date of a moment in a zone."""
    return moment.astimezone(zone).date()
