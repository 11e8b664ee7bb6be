"""Sums of a column that a way asks for: the numbers in the rows have to come to them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from fractions import Fraction
from itertools import chain
from typing import Any, NamedTuple

from sop_runner.acting.samples import Look, accepted
from sop_runner.lint.proofs.amounts import number, value_of
from sop_runner.lint.proofs.grids import step_of
from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules

from .samples import fits, samples
from .wants import Asked, Want


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
    key: str,
    sums: Sequence[Sum],
    asked: Asked,
    rules: FieldRules,
    counts: Sequence[int],
    look: Look,
    zone: tzinfo,
) -> Iterator[tuple[int, dict[str, dict[int, Any]]]]:
    """Numbers of rows, each with the cells by column and row that come to the sums asked for; none where none is."""
    wholes = {one.column: _Sought(asked.of(one.key), one.besides, look) for one in sums if asked.of(one.key)}
    alone = next(iter(rules.of or ())).field  # a list of one column may go by its own name
    some = {
        one.column or alone: (one.rows, _Sought((one.want,), one.besides, look))
        for one in asked.totals
        if one.list_ == key
    }
    cells = {cell.field: cell for cell in rules.of or ()}
    rows = dict(asked.rows).get(key, ())
    for count in counts if wholes or some else ():
        columns: dict[str, dict[int, Any]] = {}
        for column in dict.fromkeys((*wholes, *some)):
            cell = cells[column]
            tried = [
                each
                for each in _parted(wholes.get(column), some.get(column), count, cell)
                if all(accepted(cell, part, look, zone) for part in each.values())
            ]
            wants = [(n, want) for n, row in enumerate(rows[:count]) for name, want in row if name == column]
            # A way may know of a cell what none of its steps rests on: the sum comes first.
            parts = max(
                tried,
                key=lambda each: all(fits(want, each[n]) for n, want in wants if n in each),
                default=None,
            )
            if parts is None:
                break
            columns[column] = parts
        else:
            yield count, columns


class _Sought:
    """What some cells may have to come to, with what is added to them besides."""

    def __init__(self, wants: Sequence[Want], besides: Sequence[object], look: Look) -> None:
        known = [number(look(name) if isinstance(name, str) else name) for name in besides]
        self._wants = wants if None not in known else ()
        self._besides = sum(filter(None, known), Fraction())

    def amounts(self) -> Iterator[Fraction]:
        """Numbers to try."""
        for want in self._wants:
            exact = () if want.value is None else (want.value,)
            for sample in (*exact, *samples(want.regions, want.mask)):
                total = number(sample)
                if total is not None:
                    yield total - self._besides

    def fits(self, amount: Fraction) -> bool:
        """Whether cells may come to a number."""
        return all(fits(want, value_of("number", amount + self._besides)) for want in self._wants)


def _parted(
    whole: _Sought | None, some: tuple[tuple[int, ...], _Sought] | None, count: int, rules: FieldRules
) -> Iterator[dict[int, Any]]:
    """The cells of a column: some rows come to what they have to, and the others to what all of them do besides."""
    rows, part = some if some is not None else (tuple(range(count)), whole)
    others = tuple(row for row in range(count) if row not in rows)
    if part is None or not rows or rows[-1] >= count:
        return
    both = () if whole is None or whole is part else (whole,)
    here = chain(part.amounts(), *(one.amounts() for one in both if not others))
    for amount in here:
        shared = shares(amount, rows, rules)
        if not both:
            yield shared
        elif others:
            yield from (shared | shares(all_ - amount, others, rules) for all_ in both[0].amounts())
        elif part.fits(amount) and both[0].fits(amount):
            yield shared


def shares(total: Fraction, rows: Sequence[int], rules: FieldRules) -> dict[int, Any]:
    """A number in parts, alike as far as the field takes them."""
    step = step_of(rules) or Fraction(1, 100)
    each = total / len(rows) // step * step
    parts = [*[each] * (len(rows) - 1), total - each * (len(rows) - 1)]
    return {row: value_of("number", part) for row, part in zip(rows, parts, strict=True)}
