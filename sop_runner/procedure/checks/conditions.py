"""Conditions: every name exists and every comparison fits its type."""

from collections.abc import Iterator

from ..base_types import FieldRef, shown
from ..fits import can_hold, comparable, expected, literal_fits, operators_for
from ..model import Path
from ..names import Name, NameTable
from ..nodes import Node
from ..place import Problem
from ..suggest import did_you_mean
from ..walks import ConditionPlace, conditions
from ..when import LISTS, Test, operands, tests
from .context import Context
from .reading import a_type, read_name


def conditions_fit(context: Context) -> Iterator[Problem]:
    """Names are known to the procedure; choices, dates and numbers are compared as what they are."""
    for place in conditions(context.procedure):
        names = context.names
        if place.within is not None:
            names = names.with_fields(place.within.of or ())
        for test in tests(place.condition):
            if isinstance(test, Test):
                yield from _test(context, names, place, test)


def _test(context: Context, names: NameTable, place: ConditionPlace, test: Test) -> Iterator[Problem]:
    at = (*place.path, *test.name_path)
    found, problems = read_name(context, names, test.name, at, place.node, on_key=True)
    yield from problems
    if found is None:
        return
    here = (*place.path, *test.path)
    if found.type is not None and test.operator not in operators_for(found.type):
        yield Problem(
            "SOP213",
            f"'{test.operator}' cannot be asked of '{test.name}', which is {a_type(found)}",
            here,
            _other_operator(found),
            on_key=test.path != test.name_path,
            about=test.name,
        )
        return
    for index, value in enumerate(operands(test)):
        there = (*here, index) if test.operator in LISTS else here
        yield from value_fits(context, names, found, value, there, place.node)


def value_fits(
    context: Context,
    names: NameTable,
    name: Name,
    value: object,
    path: Path,
    node: Node | None,
    *,
    held: bool = False,
) -> Iterator[Problem]:
    """A literal or `{field: NAME}` that `name` is held against, or set to where it is `held`, is of its type."""
    if isinstance(value, FieldRef):
        other, problems = read_name(context, names, value.name, (*path, "field"), node)
        yield from problems
        if other is not None and not comparable(name, other):
            yield Problem(
                "SOP213",
                f"'{value.name}' is {a_type(other)} and '{name.name}' is {a_type(name)}: they do not compare",
                (*path, "field"),
                "name a field of the same type",
                about=value.name,
            )
        elif other is not None and held and not can_hold(name, other):
            yield Problem(
                "SOP213",
                f"'{name.name}' is {a_type(name)} and cannot hold every value of '{value.name}', which is {a_type(other)}",
                (*path, "field"),
                "name a field of the same type",
                about=value.name,
            )
    elif not literal_fits(value, name):
        fix = did_you_mean(value, name.choices, "")
        if not fix and isinstance(value, int | bool) and name.type in ("text", "email", "phone", "link"):
            fix = "put it in quotes"
        if not fix and isinstance(value, str) and value in names:
            fix = f"write {{field: {value}}} for the value of that name"
        yield Problem(
            "SOP213",
            f"{shown(value)} is no value of '{name.name}', expected {expected(name)}",
            path,
            fix or f"write {expected(name)}",
            about=name.name,
        )


def _other_operator(name: Name) -> str:
    if name.type == "list":
        return "derive a number from it, such as {count: " + name.name + "}, or ask {known: true}"
    return f"use one of {', '.join(sorted(operators_for(name.type or 'text')))}"


CHECKS = (conditions_fit,)
