"""Sums of a column that a way asks for: the numbers in the rows have to come to them."""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from sop_runner.lint.proofs.grids import step_of
from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules


class Sum(NamedTuple):
    """The name that is computed, the column that it adds up, and what it adds besides."""

    key: str
    column: str
    besides: tuple[object, ...]


def sums(plan: Plan) -> Mapping[str, tuple[Sum, ...]]:
    """The sums of each list, by its name; those over several columns of one are nobody's to solve."""
    found: dict[str, tuple[Sum, ...]] = {}
    for key, way in plan.derived.items():
        columns = [one.partition(".") for one in way.sum or () if isinstance(one, str) and "." in one]
        if len(columns) == 1:
            name, _, column = columns[0]
            besides = tuple(one for one in way.sum or () if one != f"{name}.{column}")
            list_ = scope_of(key) + name
            found[list_] = (*found.get(list_, ()), Sum(key, column, besides))
    return found


def shares(total: Decimal, count: int, rules: FieldRules) -> list[Any]:
    """A number in parts, alike as far as the field takes them."""
    step = step_of(rules)
    grid = Decimal("0.01") if step is None else Decimal(step.numerator) / Decimal(step.denominator)
    each = (total / count / grid).to_integral_value(ROUND_FLOOR) * grid
    parts = [*[each] * (count - 1), total - each * (count - 1)]
    return [int(one) if one == one.to_integral_value() else one for one in parts]
