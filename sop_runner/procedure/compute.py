"""Derived values: exact decimal arithmetic over fields, lists, numbers and dates."""

from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from typing import Any

from sop_runner.base.calendar import Calendar

from .derive import Bands, Derive, Table
from .evaluate import Env, equal, look_up
from .value_compare import order
from .value_times import day_of
from .value_types import UNKNOWN, Cell, Unknown, is_known, opened

# Enough for a product of a hundred amounts; what would have to be rounded is unknown, never wrong.
_EXACT = Context(prec=4000, traps=[Inexact, InvalidOperation, Overflow])


def compute(derive: Derive, env: Env, calendar: Calendar) -> Cell | Unknown:
    """The derived value, or UNKNOWN while an operand is; derived operands come through `env`."""
    match derive.way:
        case "days_between" | "business_days_between":
            return _days(derive, env, calendar)
        case "table":
            assert derive.table is not None
            return _table(derive.table, env)
        case "bands":
            assert derive.bands is not None
            return _bands(derive.bands, env)
        case "count":
            rows = _listed(str(derive.count), env)
            return UNKNOWN if rows is None else len(rows)
    cells: list[object] = []
    for operand in derive.operands:
        found = _operand(operand, env)
        if found is None:
            return UNKNOWN
        cells.extend(found)
    return combined(derive.way, cells, env)


def combined(way: str, cells: list[object], env: Env) -> Cell | Unknown:
    """What `count_true`, `max`, `sum` or `product` makes of known values."""
    match way:
        case "count_true":
            return sum(equal(cell, True, env.zone) is True for cell in cells)
        case "max":
            return _largest(cells, env)
        case _:
            return _arithmetic(way, cells)


def _operand(operand: object, env: Env) -> list[object] | None:
    """The values an operand stands for: one, or those of a list; None while it is unknown."""
    if not isinstance(operand, str):
        return [operand]
    value = opened(look_up(operand, env))
    if is_known(value) and not isinstance(value, tuple):
        return [value]
    rows = _listed(operand, env)
    if rows is None:
        return None
    columns = {name for row in rows if isinstance(row, dict) for name in row}
    if isinstance(value, tuple) and len(columns) > 1:
        return None  # which of its fields is not said
    return [
        cell for row in rows for cell in (row.values() if isinstance(row, dict) else (row,)) if is_known(cell)
    ]


def _listed(name: str, env: Env) -> tuple[Any, ...] | list[Any] | None:
    """The rows of a list, or the filled cells of `LIST.FIELD`; None where it is no known list."""
    value = opened(look_up(name, env))
    if isinstance(value, tuple):
        return value
    parent, dot, column = name.rpartition(".")
    rows = opened(look_up(parent, env)) if dot else UNKNOWN
    if not isinstance(rows, tuple):
        return None
    return [row[column] for row in rows if isinstance(row, dict) and is_known(row.get(column))]


def _arithmetic(way: str, cells: list[object]) -> Cell | Unknown:
    total = Decimal(0 if way == "sum" else 1)
    whole = True
    try:
        for cell in cells:
            if isinstance(cell, bool) or not isinstance(cell, int | Decimal):
                return UNKNOWN
            whole = whole and isinstance(cell, int)
            number = Decimal(cell)
            total = _EXACT.add(total, number) if way == "sum" else _EXACT.multiply(total, number)
    except DecimalException:
        return UNKNOWN
    return int(total) if whole else total


def _largest(cells: list[object], env: Env) -> Cell | Unknown:
    largest: Cell | Unknown = UNKNOWN
    for cell in cells:
        if isinstance(cell, bool) or not isinstance(cell, int | Decimal | date | time | timedelta):
            return UNKNOWN
        if largest is UNKNOWN:
            largest = cell
            continue
        compared = order(cell, largest, env.zone)
        if compared is None:
            return UNKNOWN
        if compared > 0:
            largest = cell
    return largest


def _days(derive: Derive, env: Env, calendar: Calendar) -> int | Unknown:
    ends: list[date] = []
    for operand in derive.operands:
        value = opened(look_up(operand, env)) if isinstance(operand, str) else UNKNOWN
        if not isinstance(value, date | datetime):
            return UNKNOWN
        ends.append(day_of(value, env.zone))
    start, end = ends
    return (end - start).days if derive.way == "days_between" else calendar.between(start, end)


def _table(table: Table, env: Env) -> Cell | Unknown:
    value = opened(look_up(table.of, env))
    if not is_known(value):
        return UNKNOWN
    for key, result in table.values.items():
        if equal(value, key, env.zone):
            return _written(result)
    return _written(table.else_)


def _bands(bands: Bands, env: Env) -> Cell | Unknown:
    value = opened(look_up(bands.of, env))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return UNKNOWN
    for bound, result in bands.up_to:
        if value <= bound:
            return _written(result)
    return _written(bands.above)


def _written(result: object) -> Cell | Unknown:
    """A number, text or truth as the author wrote it."""
    return result if isinstance(result, str | int | Decimal | bool) else UNKNOWN
