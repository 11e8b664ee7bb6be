"""What a computed number can only be, whatever it is computed from."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from sop_runner.procedure.derive import Derive

from .amounts import region_of
from .regions import Regions


def least(derive: Derive, others: Mapping[str, Derive]) -> Decimal | None:
    """A bound from below: a count has one, and the largest of several values any of those; None where there is none.

    `others` are the computed names that it may be computed from.
    """
    if derive.way in ("count", "count_true"):
        return Decimal(0)
    if derive.way != "max":
        return None
    bounds = [
        least(others[one], {name: way for name, way in others.items() if name != one})
        if isinstance(one, str) and one in others
        else None
        if isinstance(one, str)
        else Decimal(one)
        for one in derive.operands
    ]
    return max((one for one in bounds if one is not None), default=None)


@lru_cache(maxsize=2_000)
def of_length(regions: Regions, lengths: Sequence[int]) -> int:
    """The regions in which a count lies that comes to one of these."""
    found = 0
    for length in lengths:
        found |= region_of(regions, Fraction(length))
    return found


def not_below(regions: Regions, bound: Decimal) -> int:
    """The known regions in which some value is not below a bound."""
    found = 0
    for place, (bit, sample, single) in enumerate(regions.parts(regions.known)):
        following = regions.samples[place + 1] if place + 1 < len(regions.samples) else None
        within = not isinstance(sample, int | Decimal) or sample >= bound
        if not within and not single:
            within = not isinstance(following, int | Decimal) or following > bound
        found |= bit if within else 0
    return found
