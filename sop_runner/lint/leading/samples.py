"""Values of the regions that a way asks for, and whether one lies in them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sop_runner.lint.proofs.amounts import number, region_of
from sop_runner.lint.proofs.regions import OTHER, UNKNOWN_BIT, Regions
from sop_runner.procedure.value_types import UNKNOWN, Sealed

from .wants import Want

NOT_APPLICABLE = "not_applicable"
_NEXT: Mapping[str, tuple[Any, ...]] = {
    "number": (Decimal(1), Decimal("0.01")),
    "date": (timedelta(days=1),),
    "datetime": (timedelta(minutes=1),),
    "duration": (timedelta(minutes=1), timedelta(seconds=1)),
}
"""How far from a value of each kind other ones are tried."""


def samples(regions: Regions, mask: int) -> Iterator[Any]:
    """Values of some regions, and of large ones others near their ends."""
    for bit, sample, single in regions.parts(mask & ~UNKNOWN_BIT):
        if isinstance(sample, Sealed) or sample in (OTHER, (), NOT_APPLICABLE):
            continue
        yield sample
        if not single:
            place = regions.samples.index(sample)
            for beside in regions.samples[max(0, place - 1) : place + 2]:
                if number(beside) is not None:
                    yield from (one for one in near(regions.kind, beside) if _region(regions, one) == bit)


def near(kind: str, value: Any) -> Iterator[Any]:
    """Values a little more and a little less."""
    for step in _NEXT.get(kind, ()):
        try:
            yield value + step
            yield value - step
        except (OverflowError, TypeError):
            continue


def fits(want: Want, value: object) -> bool:
    """Whether a value is what the way says of it."""
    return bool(_region(want.regions, value) & want.mask)


def _region(regions: Regions, value: object) -> int:
    """The region of a value; all where it has none of its own."""
    if value is UNKNOWN or value is None:
        return UNKNOWN_BIT
    amount = number(value)
    found = 0 if amount is None else region_of(regions, amount)
    return found or regions.of_literal(value)
