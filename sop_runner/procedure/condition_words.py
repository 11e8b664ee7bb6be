"""A condition in plain words, from pieces that translate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from ..base.message import Message, msg
from .base_types import FieldRef
from .fields import FieldRules
from .value_numbers import plain
from .value_times import duration_text
from .when import All, AnyOf, Condition, Held, Not, Test


class Labels(Protocol):
    """How names, values and controls are called for the reader."""

    def name(self, name: str) -> str:
        """What a field, derived name, decision or item is called."""
        ...

    def value(self, name: str, literal: str) -> str:
        """What a text literal that `name` is held against is called, such as a choice's text."""
        ...

    def control(self, control: str) -> str:
        """What a control is called."""
        ...


@dataclass(frozen=True, slots=True)
class FieldLabels:
    """Labels from the fields' own, in `language`, else the procedure's `default`; else the plain name.

    `names` are further names by what they are called: decisions, items, derived values. `values` are
    what their outcomes and answers are called, by name and value.
    """

    fields: Mapping[str, FieldRules]
    language: str = "en"
    default: str = "en"
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def name(self, name: str) -> str:
        spec = self.fields.get(name)
        if spec is not None and spec.label is not None:
            return spec.label.unfilled(self.language, self.default)
        return self.names.get(name, name)

    def value(self, name: str, literal: str) -> str:
        spec = self.fields.get(name)
        said = dict(spec.choices or ()).get(literal) if spec is not None else None
        if said is None:
            return self.values.get((name, literal), literal)
        return said.unfilled(self.language, self.default)

    def control(self, control: str) -> str:
        return control


def in_words(condition: Condition, labels: Labels) -> Message:
    """Say `condition` in plain words; `render` of the result translates every piece."""
    condition = _single(condition)
    match condition:
        case All(parts):
            return _joined([_part(part, labels, AnyOf) for part in parts], _AND)
        case AnyOf(parts):
            return _joined([_part(part, labels, All) for part in parts], _OR)
        case Not(part):
            return msg("not ({condition})", condition=in_words(part, labels))
        case Held(controls):
            held = [msg("“{control}” is met", control=labels.control(control)) for control in controls]
            return _joined(held, _AND)
        case Test():
            return _test(condition, labels)


# For two, for one more, for the last of several. Parts are set apart by a comma, the values of one are not.
_OR = (msg("{first}, or {second}"), msg("{first}, {second}"), msg("{list}, or {last}"))
_AND = (msg("{first} and {second}"), msg("{first}, {second}"), msg("{list}, and {last}"))
_EITHER = (msg("{first} or {second}"), msg("{first}, {second}"), msg("{list} or {last}"))
_Joint = tuple[Message, Message, Message]


def _joined(parts: list[Message], joint: _Joint) -> Message:
    """`a`, `a or b`, `a, b or c`; a translation joins each pair in its own way."""
    if len(parts) == 1:
        return parts[0]
    pair, more, end = joint
    if len(parts) == 2:
        return msg(pair.text, first=parts[0], second=parts[1])
    listed = parts[0]
    for part in parts[1:-1]:
        listed = msg(more.text, first=listed, second=part)
    return msg(end.text, list=listed, last=parts[-1])


def _part(part: Condition, labels: Labels, other: type[All] | type[AnyOf]) -> Message:
    """A part of a list; one of the other kind stands in brackets."""
    said = in_words(part, labels)
    return msg("({condition})", condition=said) if isinstance(_single(part), other) else said


def _single(part: Condition) -> Condition:
    """What a map with one entry says is that entry."""
    while isinstance(part, All | AnyOf) and len(part.parts) == 1:
        part = part.parts[0]
    return part


_SAID = {
    "is": msg("“{name}” is {value}"),
    "is_not": msg("“{name}” is not {value}"),
    "one_of": msg("“{name}” is {value}"),
    "none_of": msg("“{name}” is not {value}"),
    "at_least": msg("“{name}” is at least {value}"),
    "at_most": msg("“{name}” is at most {value}"),
    "more_than": msg("“{name}” is more than {value}"),
    "less_than": msg("“{name}” is less than {value}"),
    "before": msg("“{name}” is before {value}"),
    "after": msg("“{name}” is after {value}"),
    "within": msg("“{name}” is within {value} of now"),
}
_FLAGS = {
    ("same_day", True): msg("“{name}” is today"),
    ("same_day", False): msg("“{name}” is not today"),
    ("known", True): msg("“{name}” is known"),
    ("known", False): msg("“{name}” is not known"),
}


def _test(test: Test, labels: Labels) -> Message:
    name = _name(test.name, labels)
    if isinstance(test.value, bool) and (test.operator, test.value) in _FLAGS:
        return msg(_FLAGS[test.operator, test.value].text, name=name)
    if isinstance(test.value, tuple):
        value = _joined([_value(test.name, one, labels) for one in test.value], _EITHER)
    else:
        value = _value(test.name, test.value, labels)
    return msg(_SAID[test.operator].text, name=name, value=value)


def _name(name: str, labels: Labels) -> Message | str:
    return msg("the date of the run") if name == "today" else labels.name(name)


def _value(name: str, value: object, labels: Labels) -> Message:
    if isinstance(value, FieldRef):
        called = _name(value.name, labels)
        return called if isinstance(called, Message) else msg("that of “{name}”", name=called)
    if isinstance(value, bool):
        return msg("yes") if value else msg("no")
    if isinstance(value, timedelta):
        return msg("{value}", value=duration_text(value))
    if isinstance(value, int | Decimal):
        return msg("{value}", value=plain(Decimal(value)))
    return msg("{value}", value=labels.value(name, str(value)))
