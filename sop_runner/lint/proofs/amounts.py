"""Ordered values as numbers: the ranges that regions make of them, their grids, and back."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from sop_runner.procedure.value_times import FIRST_YEAR, MAX_DURATION

from .linear import Row, row
from .regions import Regions

DAY = 24 * 60
_DAY_0 = date(2026, 6, 1)
_TIME_0 = datetime(2026, 6, 1, tzinfo=UTC)
_EXACT = Context(prec=60)


class Range(NamedTuple):
    """Numbers from one bound to another; None is no bound, and a bound that is `open` is not among them."""

    low: Fraction | None
    low_open: bool
    high: Fraction | None
    high_open: bool

    @classmethod
    def at(cls, amount: Fraction) -> "Range":
        """One number only."""
        return cls(amount, False, amount, False)

    def on_grid(self, step: Fraction | None) -> bool:
        """Whether a value of this step lies in it; None is any size."""
        if step is None or self.low is None or self.high is None:
            return True
        first = self.low // step + 1 if self.low_open else -(-self.low // step)
        return first * step < self.high if self.high_open else first * step <= self.high

    def rows(self, name: str) -> Iterator[Row]:
        """That a value is in it."""
        if self.low is not None and self.low == self.high:
            yield row([(name, 1)], -self.low, "=")
            return
        if self.low is not None:
            yield row([(name, -1)], self.low, "<" if self.low_open else "<=")
        if self.high is not None:
            yield row([(name, 1)], -self.high, "<" if self.high_open else "<=")


def number(value: object) -> Fraction | None:
    """A value as a number: days, minutes or seconds where it is of time; None where it has no order."""
    match value:
        case bool():
            return None
        case int() | Decimal():
            return Fraction(value)
        case datetime():
            return Fraction((value - _TIME_0) // timedelta(microseconds=1), 60_000_000)
        case date():
            return Fraction((value - _DAY_0).days)
        case time():
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            return Fraction(seconds) + Fraction(value.microsecond, 1_000_000)
        case timedelta():
            return Fraction(value // timedelta(microseconds=1), 1_000_000)
        case _:
            return None


def value_of(kind: str, found: Fraction) -> object:
    """A number as a value of a kind."""
    match kind:
        case "date":
            return _DAY_0 + timedelta(days=int(found))
        case "datetime":
            return _TIME_0 + timedelta(microseconds=int(found * 60_000_000))
        case "time":
            return (_TIME_0 + timedelta(microseconds=int(found * 1_000_000))).time()
        case "duration":
            return timedelta(microseconds=int(found * 1_000_000))
        case _:
            if found.denominator == 1:
                return int(found)
            return _EXACT.divide(Decimal(found.numerator), Decimal(found.denominator))


_LIMITS = {
    "date": (number(date(FIRST_YEAR, 1, 1)), number(date.max)),
    "datetime": (number(datetime(FIRST_YEAR, 1, 2, tzinfo=UTC)), number(datetime(9999, 12, 30, tzinfo=UTC))),
    "time": (number(time.min), number(time.max)),
    "duration": (Fraction(0), number(MAX_DURATION)),
}
"""What of these can be typed; a number has no bound that matters."""


@lru_cache(maxsize=20_000)
def ranges(regions: Regions, mask: int, step: Fraction | None = None) -> tuple[Range, ...]:
    """The numbers of some regions, neighbours put together, also over what lies between the values of a grid."""
    ordered = [number(sample) for sample in regions.samples]
    found: list[Range] = []
    run: list[int] = []
    for place in range(len(ordered)):
        if ordered[place] is None or not _range(regions, ordered, place, place).on_grid(step):
            continue
        if mask >> (place + 1) & 1:
            run.append(place)
        elif run:
            found.append(_range(regions, ordered, run[0], run[-1]))
            run = []
    return (*found, _range(regions, ordered, run[0], run[-1])) if run else tuple(found)


@lru_cache(maxsize=2_000)
def on_grid(regions: Regions, step: Fraction | None) -> int:
    """The regions in which some value of a grid lies, and those of what has no order."""
    ordered = [number(sample) for sample in regions.samples]
    return regions.all & ~sum(
        1 << (place + 1)
        for place, amount in enumerate(ordered)
        if amount is not None and not _range(regions, ordered, place, place).on_grid(step)
    )


@lru_cache(maxsize=20_000)
def within(name: str, regions: Regions, mask: int, step: Fraction | None) -> Sequence[list[Row]]:
    """That a value is in some regions: rows for each range, of which one holds."""
    return [[*each.rows(name)] for each in ranges(regions, mask, step)]


def _range(regions: Regions, ordered: list[Fraction | None], first: int, last: int) -> Range:
    before = ordered[first - 1] if first else None
    behind = ordered[last + 1] if last + 1 < len(ordered) else None
    low_open, high_open = first in regions.between, last in regions.between
    low, high = before if low_open else ordered[first], behind if high_open else ordered[last]
    least, most = _LIMITS.get(regions.kind, (None, None))
    if low is None and least is not None:
        low, low_open = least, False
    if high is None and most is not None:
        high, high_open = most, False
    return Range(low, low_open, high, high_open)


def region_of(regions: Regions, amount: Fraction) -> int:
    """The region that a number lies in."""
    for place, sample in enumerate(regions.samples):
        here = number(sample)
        if here is None:
            continue
        if place in regions.between:
            following = regions.samples[place + 1 : place + 2]
            high = number(following[0]) if following else None
            if high is None or amount < high:
                return 1 << (place + 1)
        elif amount == here:
            return 1 << (place + 1)
    return 0
