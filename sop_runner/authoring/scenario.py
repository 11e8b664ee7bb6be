"""The model of a scenario file, `sop-scenarios/1`: what an author says a procedure does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictStr, WithJsonSchema

from sop_runner.procedure.base_types import (
    DURATION,
    VERBS,
    NodeId,
    Strict,
    Word,
    Words,
    parse_duration,
    problem,
    say,
    shown,
)

BARE_VERBS = frozenset(("resume", "abandon", "restart"))
TEXT_VERBS = frozenset(
    ("refused", "hold", "go_back", "hand_over", "take_over", "note", "leave", "through", "by")
)
DEVIATION = ("expected", "happened", "decided")
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Do:
    """One item of `do`: a verb with what it takes, or with the verb `do` a node and its answer.

    `name` is the node, person, reason or duration; `answer` what is answered there, None where
    the item is bare. `index` is its place in the list of the file.
    """

    verb: str
    name: str = ""
    answer: Any = None
    index: int = 0

    def __str__(self) -> str:
        words = {"do": self.name}.get(self.verb, f"{self.verb}: {self.name}" if self.name else self.verb)
        return words if self.answer is None else f"{words}: {say(self.answer)}"


def read_do(raw: Any) -> Do:
    """One item of `do` as written. Raises pydantic's error with the fix for an author."""
    if isinstance(raw, Do):
        return raw
    if isinstance(raw, str):
        if raw in BARE_VERBS:
            return Do(raw)
        if raw in VERBS:
            raise problem(f"'{raw}' says nothing more", f"write `{raw}: …` with what it takes")
        return Do("do", raw)
    if not isinstance(raw, Mapping) or not raw:
        raise problem(f"an item of 'do' is {shown(raw)}, expected a node's id or a verb", "write a node's id")
    if len(raw) > 1:
        raise problem(
            f"one item of 'do' has the keys {', '.join(shown(key) for key in raw)}",
            "write each as an item of its own, with a `-` before it",
        )
    key, value = next(iter(raw.items()))
    if not isinstance(key, str):
        raise problem(f"{shown(key)} is no node's id and no verb", "put it in quotes")
    if value is None:
        raise problem(f"'{key}' is empty", f"write `- {key}` without the colon, or an answer after it")
    return _verb(key, value) if key in VERBS else Do("do", key, value)


def _verb(verb: str, value: Any) -> Do:
    if verb == "after":
        return Do(verb, _duration(value))
    if verb in TEXT_VERBS or verb == "abandon":
        return Do(verb, _text(verb, value))
    if verb == "waive":
        if isinstance(value, Mapping) and len(value) == 1:
            node, answer = next(iter(value.items()))
            return Do(verb, _text(verb, node), answer)
        return Do(verb, _text(verb, value))
    if verb == "deviation":
        if not isinstance(value, Mapping) or set(value) != set(DEVIATION):
            raise problem(
                f"a deviation is {shown(value)}, expected what was expected, happened and was decided",
                "write {expected: …, happened: …, decided: …}",
            )
        return Do(verb, "", {key: _text(key, value[key]) for key in DEVIATION})
    raise problem(f"'{verb}' takes nothing", f"write `- {verb}`")


def _text(verb: str, value: Any) -> str:
    if isinstance(value, bool | list | Mapping) or not str(value).strip():
        raise problem(f"'{verb}' is {shown(value)}, expected a text", "put it in quotes")
    return str(value)


def _duration(value: Any) -> str:
    text = str(value)
    if PLACEHOLDER.search(text):
        return text
    try:
        parse_duration(text)
    except ValueError:
        raise problem(
            f"'after' is {shown(value)}, expected a duration",
            "write a number and s, m, h, d or y, such as 20m",
        ) from None
    return text


_DO_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "properties": {
                "after": {"type": "string", "pattern": DURATION[:-1] + "$|\\{"},
                **{verb: {"type": ["string", "integer"]} for verb in sorted(TEXT_VERBS | {"abandon"})},
                "waive": {"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "maxProperties": 1}]},
                "deviation": {
                    "type": "object",
                    "properties": {key: {"type": "string"} for key in DEVIATION},
                    "required": list(DEVIATION),
                    "additionalProperties": False,
                },
            },
        },
    ]
}  # fmt: skip
DoItem = Annotated[Do, BeforeValidator(read_do), WithJsonSchema(_DO_SCHEMA)]

Scalar = str | int | bool | Decimal


def _cells(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise problem(f"a name of 'matrix' is {shown(value)}, expected a list of values", "write [a, b]")
    return tuple(value)


Cells = Annotated[tuple[Any, ...], BeforeValidator(_cells), WithJsonSchema({"type": "array", "minItems": 1})]


def _expected(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise problem(f"expected a node's id, this is {shown(value)}", "write the id of a node")
    return str(value)


Expected = Annotated[str, BeforeValidator(_expected), WithJsonSchema({"type": "string"})]
Values = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]


class Scenario(Strict):
    """A test of a procedure: who acts, what is known, what is done, what must come of it."""

    scenario: StrictStr = Field(min_length=1, max_length=200)
    as_: dict[Word, Words] = Field(default_factory=dict, alias="as")
    case: Values = Field(default_factory=dict)
    starts: StrictStr | None = None
    matrix: dict[str, Cells] = Field(default_factory=dict)
    cases: StrictStr | None = None
    do: tuple[DoItem, ...] = ()
    ends: Expected | None = None
    at: Expected | None = None
    never: Words = ()
    know: Values = Field(default_factory=dict)


class ScenarioFile(Strict):
    """Every scenario of one procedure."""

    format: Literal["sop-scenarios/1"]
    procedure: NodeId
    scenarios: tuple[Scenario, ...] = Field(min_length=1)
