"""Conditions: a closed language without code, parsed into a small tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from .base_types import FieldRef, Value, parse_duration, parse_value, problem, shown

COMPARISONS = ("is", "is_not", "at_least", "at_most", "more_than", "less_than", "before", "after")
LISTS = ("one_of", "none_of")
FLAGS = ("same_day", "known")
OPERATORS = (*COMPARISONS, *LISTS, "within", *FLAGS)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One name held against one value: `name operator value`.

    `value` is a Value for a comparison, a tuple of Values for `one_of` and `none_of`, a
    timedelta for `within`, a bool for `same_day` and `known`. `path` leads from the condition
    to its place in the file.
    """

    name: str
    operator: str
    value: Any
    path: Path


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; read in order."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Held:
    """Every named control is gained and fresh."""

    controls: tuple[str, ...]
    path: Path


Condition = Test | All | AnyOf | Not | Held


def parse_condition(raw: Any, path: Path = ()) -> Condition:
    """Read a map of entries that must all hold. Raises PydanticCustomError where it is no condition."""
    if not isinstance(raw, dict) or not raw:
        raise problem(
            f"expected a condition, this is {shown(raw)}",
            "write a map such as {change: email} or {amount: {at_least: 100}}",
        )
    return All(tuple(_entry(name, value, (*path, name)) for name, value in raw.items()))


def _entry(name: str, value: Any, path: Path) -> Condition:
    if name in ("all", "any"):
        if not isinstance(value, list) or not value:
            raise problem(
                f"'{name}' takes a list of conditions, this is {shown(value)}",
                f"write {name}: [{{…}}, {{…}}]",
            )
        parts = tuple(parse_condition(part, (*path, i)) for i, part in enumerate(value))
        return All(parts) if name == "all" else AnyOf(parts)
    if name == "not":
        return Not(parse_condition(value, path))
    if name == "held":
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
            raise problem(f"'held' takes a list of controls, this is {shown(value)}", "write held: [CONTROL]")
        return Held(tuple(names), path)
    if isinstance(value, dict) and list(value) != ["field"]:
        if not value:
            raise problem(f"the condition on '{name}' is empty", "say what it must be, such as {is: email}")
        tests = tuple(
            _test(name, operator, operand, (*path, operator)) for operator, operand in value.items()
        )
        return tests[0] if len(tests) == 1 else All(tests)
    if isinstance(value, list):
        raise problem(f"'{name}' is held against a list", f"write {name}: {{one_of: […]}}")
    if value is None:
        raise problem(f"the condition on '{name}' is empty", "say what it must be, such as {is: email}")
    return Test(name, "is", parse_value(value), path)


def _test(name: str, operator: str, operand: Any, path: Path) -> Test:
    if operator in COMPARISONS:
        return Test(name, operator, parse_value(operand), path)
    if operator in LISTS:
        if not isinstance(operand, list) or not operand:
            raise problem(f"'{operator}' takes a list, this is {shown(operand)}", f"write {operator}: [a, b]")
        return Test(name, operator, tuple(parse_value(v) for v in operand), path)
    if operator == "within":
        try:
            return Test(name, operator, parse_duration(operand if isinstance(operand, str) else ""), path)
        except ValueError:
            raise problem(
                f"'within' takes a duration, this is {shown(operand)}", "write within: 8h"
            ) from None
    if operator in FLAGS:
        if not isinstance(operand, bool):
            raise problem(
                f"'{operator}' takes true or false, this is {shown(operand)}", f"write {operator}: true"
            )
        return Test(name, operator, operand, path)
    raise problem(f"'{operator}' is no comparison; there are {', '.join(OPERATORS)}", "use one of these")


def tests(condition: Condition) -> Iterator[Test | Held]:
    """Every test in a condition, in the order of the file."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from tests(part)
        case Not(part):
            yield from tests(part)
        case _:
            yield condition


def names(condition: Condition) -> Iterator[str]:
    """Every field-like name that a condition reads, in order, with repeats."""
    for test in tests(condition):
        if isinstance(test, Test):
            yield test.name
            for value in test.value if isinstance(test.value, tuple) else (test.value,):
                if isinstance(value, FieldRef):
                    yield value.name


def operands(test: Test) -> tuple[Value, ...]:
    """The values a comparison is held against."""
    if test.operator in LISTS:
        return tuple(test.value)
    return (test.value,) if test.operator in COMPARISONS else ()


def _condition(value: Any) -> Condition:
    return value if isinstance(value, Test | All | AnyOf | Not | Held) else parse_condition(value)


ConditionField = Annotated[
    Any,
    BeforeValidator(_condition),
    WithJsonSchema({"$ref": "#/$defs/Condition"}),
]
