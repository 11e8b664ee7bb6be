"""The small types every part of the model is made of: names, durations, values, jumps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictInt,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError

from .suggest import as_typed

NODE_ID = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
FIELD_ID = r"^[A-Za-z_][A-Za-z0-9_]*$"
DURATION = r"^[0-9]{1,9}[smhdy]$"

# A scenario's verbs: a node named like one could not be told from it.
VERBS = (
    "after", "refused", "hold", "resume", "go_back", "hand_over", "take_over", "waive", "deviation", "note", "abandon",
    "leave", "through", "by", "restart",
)  # fmt: skip
RESERVED_TARGETS = frozenset(("none", "next", "warn"))
RESERVED_IDS = frozenset((*VERBS, *RESERVED_TARGETS))
RESERVED_ARROWS = frozenset(("otherwise",))
RESERVED_NAMES = frozenset(("today", "all", "any", "not", "held"))


def problem(message: str, fix: str = "", path: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """An error of the model with the fix that the loader prints beneath it.

    `path` leads on from where it is raised to the place inside that is wrong.
    """
    return PydanticCustomError("sop", "{text}", {"text": message, "fix": fix, "path": path})


def problems(found: list[PydanticCustomError]) -> PydanticCustomError:
    """Several errors of one value as one, since a validator can raise only one; `found` is not empty."""
    first, *rest = (error.context or {} for error in found)
    return PydanticCustomError("sop", "{text}", {**first, "more": tuple(rest)})


class Also:
    """Says in the JSON Schema that a shorter form may stand where the model takes a longer one."""

    def __init__(self, **schema: Any) -> None:
        self.schema = schema

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [self.schema, handler(core_schema)]}


class Strict(BaseModel):
    """Base of every part of the model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


MAX_NAME = 80


def _identifier(pattern: str, what: str, example: str) -> BeforeValidator:
    known = re.compile(pattern)
    joint, other = ("-", "_ ") if known.match("a-b") else ("_", "- ")

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise problem(
                f"expected {'an' if what[0] in 'aeiou' else 'a'} {what}, this is {shown(value)}",
                f"write one like {example}" if isinstance(value, dict | list) else "put it in quotes",
            )
        if not known.match(value) or value.endswith("\n"):
            odd = next((char for char in value if not char.isascii()), "")
            because = f": '{odd}' (U+{ord(odd):04X}) is no letter from a to z" if odd else ""
            plain = as_typed(value)
            near = "".join(joint if char in other else char for char in plain)
            near = near.lower() if joint == "-" else near
            fits = known.match(near) and len(near) <= MAX_NAME
            marks = plain != value and any(char in ",[]{}" for char in plain)
            raise problem(
                f"{shown(value)} is no {what}{because}; one looks like {example}",
                f"write '{near}'"
                if fits
                else f"type ordinary commas and brackets: {plain}"
                if marks
                else f"write it like {example}",
            )
        if len(value) > MAX_NAME:
            raise problem(f"the {what} {shown(value)} is longer than {MAX_NAME} characters", "shorten it")
        return value

    return BeforeValidator(check)


SHOWN = 60


def say(value: Any) -> str:
    """A value of the file on one line, as an author would write it."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key}: {say(item)}' for key, item in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(say(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def shown(value: Any) -> str:
    """Say what a wrong value is, in words an author knows."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | Decimal):
        return f"the number {value}"
    if isinstance(value, Mapping):
        return "a map" if value else "an empty map"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = " ".join(str(value)[:200].split())
    return f"'{text[:SHOWN]}…'" if len(text) > SHOWN else f"'{text}'"


NodeId = Annotated[
    str,
    _identifier(NODE_ID, "id", "'check-line' (small letters, digits and hyphens)"),
    WithJsonSchema({"type": "string", "pattern": NODE_ID}),
]
ControlId = Annotated[
    str,
    _identifier(NODE_ID, "control name", "'written-record' (small letters, digits and hyphens)"),
    WithJsonSchema({"type": "string", "pattern": NODE_ID}),
]
FieldId = Annotated[
    str,
    _identifier(FIELD_ID, "field name", "'new_value' (letters, digits and underscores)"),
    WithJsonSchema({"type": "string", "pattern": FIELD_ID}),
]


def _word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        fix = "put it in quotes" if isinstance(value, bool | Decimal) else "write one name"
        raise problem(f"expected a short name here, this is {shown(value)}", fix)
    return str(value)


Word = Annotated[str, BeforeValidator(_word), WithJsonSchema({"type": ["string", "integer"]})]
"""A name used by reference: an id, an answer, a role. Digits alone are taken as their text."""


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
_DURATION = re.compile(DURATION)


def parse_duration(text: str) -> timedelta:
    """`30s`, `15m`, `24h`, `90d`, `3y` (a year counts 365 days). Raises ValueError for another form."""
    if not _DURATION.fullmatch(text):
        raise ValueError(text)
    seconds = int(text[:-1]) * _SECONDS[text[-1]]
    if seconds > 1000 * _SECONDS["y"]:
        raise ValueError(text)
    return timedelta(seconds=seconds)


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return parse_duration(value if isinstance(value, str) else "")
    except ValueError:
        raise problem(
            f"expected a duration, this is {shown(value)}",
            "write a number and s, m, h, d or y, such as 30s or 15m",
        ) from None


Duration = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": DURATION})
]


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        if isinstance(value, str) and _DAY.fullmatch(value):
            raise problem(f"expected a date, there is no {shown(value)}", "look at the calendar") from None
        raise problem(f"expected a date, this is {shown(value)}", "write it as 2026-10-15") from None


Date = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]


@dataclass(frozen=True, slots=True)
class FieldRef:
    """`{field: NAME}`: the value of a field where a literal could stand."""

    name: str


Scalar = str | int | Decimal | bool
Value = Scalar | FieldRef


def parse_value(value: Any) -> Value:
    """A bare value is a literal, `{field: NAME}` a field."""
    if isinstance(value, str | int | Decimal | bool | FieldRef):
        return value
    if isinstance(value, dict) and list(value) == ["field"] and isinstance(value["field"], str):
        return FieldRef(value["field"])
    raise problem(f"expected a value or {{field: NAME}}, this is {shown(value)}", "write a single value")


VALUE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {"type": "object", "properties": {"field": {"type": "string"}}, "required": ["field"], "additionalProperties": False},
    ]
}  # fmt: skip
ValueField = Annotated[Any, BeforeValidator(parse_value), WithJsonSchema(VALUE_SCHEMA)]


class Jump(Strict):
    """Where an arrow leads: a node, at most `at_most` times, then to `otherwise`."""

    to: Word
    at_most: Annotated[StrictInt, Field(ge=1)] | None = None
    otherwise: Word | None = None


def _jump(value: Any) -> Any:
    if isinstance(value, str):
        return {"to": value}
    if isinstance(value, dict | Jump):
        return value
    raise problem(
        f"expected a node's id, this is {shown(value)}",
        "write a node's id or {to: NODE, at_most: 2, otherwise: NODE}",
    )


JumpField = Annotated[Jump, BeforeValidator(_jump), Also(type="string")]


def one_or_many(value: Any) -> Any:
    """A single name where a list may stand."""
    return [value] if isinstance(value, str) else value


Words = Annotated[tuple[Word, ...], BeforeValidator(one_or_many), Also(type="string")]
Never = Literal["none"]
