"""What a field is: its type, its bounds, and what may be kept of it."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, WithJsonSchema, model_validator

from .base_types import FieldId, Strict, ValueField, problem, shown
from .texts import TEXT_SCHEMA, TextField
from .when import ConditionField

FieldType = Literal[
    "text", "integer", "number", "money", "choice", "yes-no", "date", "time", "datetime", "duration", "email",
    "phone", "link", "list",
]  # fmt: skip
Keep = Literal["plain", "digest", "erasable", "never"]


def _bound(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise problem(f"expected a number, this is {shown(value)}", "write a bare number such as 10 or 2.50")
    return Decimal(value)


Bound = Annotated[Decimal, BeforeValidator(_bound), WithJsonSchema({"type": "number"})]


def _choices(value: Any) -> Any:
    """A list of ids, or a map of id to text; either way a tuple of (id, text or None)."""
    if isinstance(value, dict):
        return tuple((_choice_id(k), v) for k, v in value.items())
    if isinstance(value, list):
        return tuple((_choice_id(v, (index,)), None) for index, v in enumerate(value))
    raise problem(
        f"expected the choices, this is {shown(value)}", "write a list [a, b] or a map {a: Text, b: Text}"
    )


def _choice_id(value: Any, path: tuple[str | int, ...] = ()) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise problem(f"a choice is a short name, this is {shown(value)}", "put it in quotes", path)
    return str(value)


Choices = Annotated[
    tuple[tuple[str, TextField | None], ...],
    BeforeValidator(_choices),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "minItems": 1, "items": {"type": ["string", "integer"]}},
                {"type": "object", "minProperties": 1, "additionalProperties": TEXT_SCHEMA},
            ]
        }
    ),
]

# Which keys belong to which types; any other combination is an error.
ONLY_FOR: dict[str, frozenset[str]] = {
    "matches": frozenset({"text", "email", "phone", "link"}),
    "max_length": frozenset({"text", "email", "phone", "link"}),
    "lines": frozenset({"text"}),
    "at_least": frozenset({"integer", "number", "money"}),
    "at_most": frozenset({"integer", "number", "money", "list"}),
    "currency": frozenset({"money"}),
    "choices": frozenset({"choice"}),
    "of": frozenset({"list"}),
}


class FieldRules(Strict):
    """Everything about a field but its name."""

    label: TextField | None = None
    type: FieldType
    keep: Keep = "plain"
    required: StrictBool = True
    only_when: ConditionField | None = None
    equals: ValueField | None = None
    differs: ValueField | None = None
    internal: StrictBool = False
    matches: str | None = None
    max_length: Annotated[StrictInt, Field(ge=1)] | None = None
    lines: Annotated[StrictInt, Field(ge=1)] | None = None
    at_least: Bound | None = None
    at_most: Bound | None = None
    currency: str | None = None
    choices: Choices | None = None
    of: "tuple[FieldSpec, ...] | None" = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        for key, types in ONLY_FOR.items():
            if getattr(self, key) is not None and self.type not in types:
                raise problem(
                    f"'{key}' does not go with the type '{self.type}'",
                    f"remove it; it is for {', '.join(sorted(types))}",
                )
        for key, kind in (("choices", "choice"), ("of", "list")):
            if self.type == kind and not getattr(self, key):
                raise problem(f"a field of the type '{kind}' needs '{key}'", f"add '{key}'")
        return self


class FieldSpec(FieldRules):
    """A named field of a record, a case or a list."""

    field: FieldId


class ItemField(FieldRules):
    """The value of a checklist's item; without a name of its own it is `CHECKLIST.item`."""

    field: FieldId | None = None


FieldRules.model_rebuild()
FieldSpec.model_rebuild()
ItemField.model_rebuild()
