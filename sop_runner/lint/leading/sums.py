"""Sums of a column that a way asks for: the numbers in the rows have to come to them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from sop_runner.acting.samples import Look, accepted
from sop_runner.lint.proofs.amounts import number
from sop_runner.lint.proofs.grids import step_of
from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules

from .asked import Asked
from .samples import samples


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


def added(
    sums: Sequence[Sum], asked: Asked, rules: FieldRules, counts: Sequence[int], look: Look, zone: tzinfo
) -> Iterator[tuple[int, dict[str, list[Any]]]]:
    """Numbers of rows, each with the columns that come to the sums that are asked for; none where none is."""
    totals = {one: found for one in sums if (found := [*_totals(one, asked, look)])}
    cells = {cell.field: cell for cell in rules.of or ()}
    for count in counts if totals else ():
        columns: dict[str, list[Any]] = {}
        for one, those in totals.items():
            cell = cells[one.column]
            parted = (_shares(total, count, cell) for total in those) if count else iter(())
            fitting = (each for each in parted if all(accepted(cell, part, look, zone) for part in each))
            parts = next(fitting, None)
            if parts is None:
                break
            columns[one.column] = parts
        else:
            yield count, columns


def _totals(one: Sum, asked: Asked, look: Look) -> Iterator[Decimal]:
    """What a column may have to come to."""
    besides = [number(look(name) if isinstance(name, str) else name) for name in one.besides]
    for want in asked.of(one.key) if None not in besides else ():
        exact = () if want.value is None else (want.value,)
        for sample in (*exact, *samples(want.regions, want.mask)):
            total = number(sample)
            if total is not None:
                rest = total - sum(filter(None, besides))
                yield Decimal(rest.numerator) / Decimal(rest.denominator)


def _shares(total: Decimal, count: int, rules: FieldRules) -> list[Any]:
    """A number in parts, alike as far as the field takes them."""
    step = step_of(rules)
    grid = Decimal("0.01") if step is None else Decimal(step.numerator) / Decimal(step.denominator)
    each = (total / count / grid).to_integral_value(ROUND_FLOOR) * grid
    parts = [*[each] * (count - 1), total - each * (count - 1)]
    return [int(one) if one == one.to_integral_value() else one for one in parts]
