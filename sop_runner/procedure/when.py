"""Conditions: a closed language without code, parsed into a small tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from .base_types import SHOWN, FieldRef, Value, parse_duration, parse_value, problem, problems, shown

COMPARISONS = ("is", "is_not", "at_least", "at_most", "more_than", "less_than", "before", "after")
LISTS = ("one_of", "none_of")
FLAGS = ("same_day", "known")
OPERATORS = (*COMPARISONS, *LISTS, "within", *FLAGS)
# What people write who know other languages, and what it is called here.
_JOINTS = {"or": "any", "any_of": "any", "and": "all", "all_of": "all"}
_MEANT = {
    "equals": "is", "eq": "is", "=": "is", "==": "is", "not": "is_not", "ne": "is_not", "!=": "is_not", "differs": "is_not",
    ">": "more_than", "gt": "more_than", "greater_than": "more_than", ">=": "at_least", "gte": "at_least", "min": "at_least",
    "<": "less_than", "lt": "less_than", "<=": "at_most", "lte": "at_most", "max": "at_most", "in": "one_of", "not_in": "none_of",
    "exists": "known",
}  # fmt: skip

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

    @property
    def name_path(self) -> Path:
        """From the condition to the name, where `path` may lead on to the operator."""
        long = len(self.path) > 1 and self.path[-1] == self.operator and self.path[-2] == self.name
        return self.path[:-1] if long else self.path


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
    """Read a map of entries that must all hold. Raises one PydanticCustomError with all that is wrong."""
    found: list[PydanticCustomError] = []
    condition = _map(raw, path, found)
    if found:
        raise problems(found)
    return condition


Found = list[PydanticCustomError]


def _map(raw: Any, path: Path, found: Found) -> All:
    if not isinstance(raw, dict) or not raw:
        found.append(
            problem(
                f"expected a condition, this is {shown(raw)}",
                "write a map such as {change: email} or {amount: {at_least: 100}}",
                path,
            )
        )
        return All(())
    return All(tuple(_entry(str(name), value, (*path, name), found) for name, value in raw.items()))


def _entry(name: str, value: Any, path: Path, found: Found) -> Condition:
    match name:
        case "all" | "any":
            if not isinstance(value, list) or not value:
                found.append(
                    problem(
                        f"'{name}' takes a list of conditions, this is {shown(value)}",
                        f"write {name}: [{{…}}, {{…}}]",
                        path,
                    )
                )
                return All(())
            parts = tuple(_map(part, (*path, i), found) for i, part in enumerate(value))
            return All(parts) if name == "all" else AnyOf(parts)
        case "not":
            return Not(_map(value, path, found))
        case "held":
            names = [value] if isinstance(value, str) else value
            if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
                found.append(
                    problem(
                        f"'held' takes a list of controls, this is {shown(value)}",
                        "write held: [CONTROL]",
                        path,
                    )
                )
                return All(())
            return Held(tuple(names), path)
    if isinstance(value, dict) and value and list(value) != ["field"]:
        tests = tuple(
            _test(name, str(operator), operand, (*path, operator), found)
            for operator, operand in value.items()
        )
        return tests[0] if len(tests) == 1 else All(tests)
    if isinstance(value, list) and name in _JOINTS:
        fix = f"write {_JOINTS[name]}: [{{…}}, {{…}}]"
        found.append(problem(f"'{name}' joins no conditions, 'all' and 'any' do", fix, path))
        value = ""
    elif isinstance(value, list):
        found.append(problem(f"'{name}' is held against a list", f"write {name}: {{one_of: […]}}", path))
        value = ""
    elif value is None or value == {}:
        found.append(
            problem(f"the condition on '{name}' is empty", "say what it must be, such as {is: email}", path)
        )
        value = ""
    return Test(name, "is", _value(value, path, found), path)


def _test(name: str, operator: str, operand: Any, path: Path, found: Found) -> Test:
    value: Any = None
    if operator in COMPARISONS:
        value = _value(operand, path, found)
    elif operator in LISTS:
        if isinstance(operand, list) and operand:
            value = tuple(_value(v, (*path, i), found) for i, v in enumerate(operand))
        else:
            found.append(
                problem(
                    f"'{operator}' takes a list, this is {shown(operand)}", f"write {operator}: [a, b]", path
                )
            )
    elif operator == "within":
        try:
            value = parse_duration(operand if isinstance(operand, str) else "")
        except ValueError:
            found.append(
                problem(f"'within' takes a duration, this is {shown(operand)}", "write within: 8h", path)
            )
    elif operator in FLAGS:
        value = operand
        if not isinstance(operand, bool):
            found.append(
                problem(
                    f"'{operator}' takes true or false, this is {shown(operand)}",
                    f"write {operator}: true",
                    path,
                )
            )
    else:
        near = _MEANT.get(operator) or next(iter(get_close_matches(operator[:SHOWN], OPERATORS, n=1)), None)
        found.append(
            problem(
                f"{shown(operator)} is no comparison; there are {', '.join(OPERATORS)}",
                f"did you mean '{near}'?" if near else "use one of these",
                (*path, "[key]"),
            )
        )
    return Test(name, operator, value, path)


def _value(raw: Any, path: Path, found: Found) -> Value:
    try:
        return parse_value(raw)
    except PydanticCustomError as error:
        context = error.context or {}
        found.append(problem(context["text"], context["fix"], path))
        return ""


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


# Written out in `json_schema`; a reference to it here would break pydantic's count of references.
CONDITION_SCHEMA = {"x-condition": True}


def _condition(value: Any) -> Condition:
    return value if isinstance(value, Test | All | AnyOf | Not | Held) else parse_condition(value)


ConditionField = Annotated[
    Any,
    BeforeValidator(_condition),
    WithJsonSchema(CONDITION_SCHEMA),
]
