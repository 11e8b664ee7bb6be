"""Derived values: their operands exist and can be computed with, and no name is computed from itself."""

from collections.abc import Iterator

from ..base_types import shown
from ..derive import Derive
from ..fits import MOMENTS, comparable, expected, family, literal_fits
from ..model import Path
from ..name_types import NUMERIC
from ..names import Name
from ..place import Problem
from ..suggest import did_you_mean, listed
from .context import Context, unknown
from .reading import a_type, read_name

MAX_DEPTH = 100
_LARGEST = frozenset({"number", "date", "time", "duration"})


def operands_fit(context: Context) -> Iterator[Problem]:
    """Sums are of numbers, days between dates, tables of what they list."""
    for name, derive in context.procedure.derive.items():
        path: Path = ("derive", name, derive.way)
        read: list[tuple[Name, Path]] = []
        for index, operand in enumerate(derive.operands):
            here = _place(derive, path, index)
            if isinstance(operand, str):
                found, problems = _operand(context, operand, here, whole=derive.way == "count")
                yield from problems
                if found is not None:
                    read.append((found, here))
            elif problem := _number(derive, operand, here):
                yield problem
        for found, here in read:
            yield from _fits(derive, found, here)
        yield from _largest(derive, read)
        yield from _table(derive, read, path)


def _place(derive: Derive, path: Path, index: int) -> Path:
    if derive.way in ("table", "bands"):
        return (*path, "of")
    return path if derive.way == "count" else (*path, index)


def _operand(context: Context, operand: str, path: Path, *, whole: bool) -> tuple[Name | None, list[Problem]]:
    """What an operand is: a name, or the column of a list; a list of one field is its column."""
    listed_, dot, inner = operand.partition(".")
    found = context.names.get(listed_)
    if found is None or (operand in context.names and found.type != "list"):
        return read_name(context, context.names, operand, path, None)
    if found.type is None:
        return None, []
    if found.forgotten:
        return read_name(context, context.names, listed_, path, None)
    if found.type != "list" or (whole and not dot):
        return (found, []) if not dot else read_name(context, context.names, operand, path, None)
    column = context.names.column(operand)
    if column is not None or found.element is not None:
        return column, []
    columns = [spec.field for spec in found.fields]
    if dot:
        return None, [unknown("SOP211", f"field in the list '{listed_}' called", inner, columns, path, "")]
    return None, [
        Problem(
            "SOP212",
            f"'{operand}' is a list of several fields",
            path,
            f"name one of them, such as '{operand}.{columns[0]}'",
            about=operand,
        )
    ]


def _number(derive: Derive, operand: object, path: Path) -> Problem | None:
    if derive.way in ("sum", "product", "max"):
        return None
    return Problem(
        "SOP212", f"'{derive.way}' takes names, this is {shown(operand)}", path, "write a field's name"
    )


def _fits(derive: Derive, name: Name, path: Path) -> Iterator[Problem]:
    if name.type is None:
        return
    match derive.way:
        case "sum" | "product" | "bands":
            wanted, fits = "numbers", name.type in NUMERIC
        case "count":
            wanted, fits = "a list", name.type == "list" or "." in name.name
        case "count_true":
            wanted, fits = "yes-no fields", name.type == "yes-no"
        case "days_between" | "business_days_between":
            wanted, fits = "dates", name.type in MOMENTS
        case "max":
            wanted, fits = "numbers, dates, times or durations", family(name.type) in _LARGEST
        case _:
            wanted, fits = "a single value", name.type != "list"
    if not fits:
        yield Problem(
            "SOP212",
            f"'{derive.way}' takes {wanted}, '{name.name}' is {a_type(name)}",
            path,
            "name something else, or change its type",
            about=name.name,
        )


def _largest(derive: Derive, read: list[tuple[Name, Path]]) -> Iterator[Problem]:
    if derive.way != "max":
        return
    for name, path in read[1:]:
        if not comparable(read[0][0], name):
            yield Problem(
                "SOP212",
                f"'{name.name}' is {a_type(name)} and '{read[0][0].name}' is {a_type(read[0][0])}: neither is larger",
                path,
                "compare values of one type",
                about=name.name,
            )


def _table(derive: Derive, read: list[tuple[Name, Path]], path: Path) -> Iterator[Problem]:
    """Every key of a table is a value of what it is of; without `else` every choice has its key."""
    if derive.table is None or not read or read[0][0].type is None:
        return
    name, _ = read[0]
    keys = list(derive.table.values)
    for key in keys:
        if not _is_key_of(key, name):
            yield Problem(
                "SOP213",
                f"{shown(key)} is no value of '{name.name}', expected {expected(name)}",
                (*path, "values", key),
                did_you_mean(key, name.choices, f"write {expected(name)}"),
                on_key=True,
                about=name.name,
            )
    missing = [choice for choice in name.choices if choice not in keys]
    if missing and derive.table.else_ is None:
        yield Problem(
            "SOP213",
            f"the table says nothing for {listed(missing)}",
            (*path, "values"),
            "add them, or say `else`",
            on_key=True,
            about=name.name,
            absence=True,
        )


def _is_key_of(key: str, name: Name) -> bool:
    """Keys are text in a file: `true`, `3` and `email` stand for what they look like."""
    if name.type == "yes-no":
        return key in ("true", "false")
    if name.type in NUMERIC:
        return key.lstrip("-").replace(".", "", 1).isdigit()
    return literal_fits(key, name)


def no_cycle(context: Context) -> Iterator[Problem]:
    """No derived name is computed from itself, and none over so many others that nobody can follow."""
    derive = context.procedure.derive
    depth: dict[str, int] = {}
    for start in derive:
        if start in depth:
            continue
        above = {start: None}
        waiting = [(start, _reads(derive, start))]
        while waiting:
            name, others = waiting[-1]
            other = next((one for one in others if one not in depth), None)
            if other is None:
                waiting.pop()
                above.pop(name)
                depth[name] = 1 + max((depth[one] for one in _reads(derive, name) if one in depth), default=0)
                if depth[name] == MAX_DEPTH:
                    yield _too_deep(name)
            elif other in above:
                every = list(above)
                yield _circle([*every[every.index(other) :], other])
                depth[other] = 0
            else:
                above[other] = None
                waiting.append((other, _reads(derive, other)))


def _circle(names: list[str]) -> Problem:
    shown_names = " > ".join(names if len(names) <= 12 else [*names[:10], "…", names[-1]])
    return Problem(
        "SOP214",
        f"'{names[0]}' is computed from itself: {shown_names}",
        ("derive", names[0]),
        "leave one of them out",
        on_key=True,
        about=names[0],
    )


def _too_deep(name: str) -> Problem:
    return Problem(
        "SOP214",
        f"'{name}' is computed over {MAX_DEPTH} derived names in a row",
        ("derive", name),
        "compute it from fewer",
        on_key=True,
        about=name,
    )


def _reads(derive: dict[str, Derive], name: str) -> Iterator[str]:
    return (operand for operand in derive[name].operands if isinstance(operand, str) and operand in derive)


CHECKS = (operands_fit, no_cycle)
