"""Products of amounts: between planes that hold them in (McCormick 1976), drawn closer until values are found or none left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor, inf

from .amounts import Range
from .linear import Row, Unsure, row, solve
from .names import Variable

Amount = Fraction | None
Bounds = Mapping[str, tuple[Amount, Amount]]
"""Between which numbers each factor lies; None is no bound."""
MOST_CUTS = 60


@dataclass(frozen=True, slots=True)
class Product:
    """One value that is two others multiplied."""

    name: str
    one: str
    other: str

    def holds(self, found: Mapping[str, Fraction]) -> bool:
        """Whether these values are a product and its factors."""
        one, other = found.get(self.one, Fraction(0)), found.get(self.other, Fraction(0))
        return one * other == found.get(self.name, Fraction(0))

    def rows(self, bounds: Bounds) -> Iterator[Row]:
        """The planes that hold it in: exactly where one factor has one value."""
        for fixed, left in ((self.one, self.other), (self.other, self.one)):
            low, high = bounds[fixed]
            if low is not None and low == high:
                yield row([(left, low), (self.name, -1)], 0, "=")
                return
        for x, mine in zip(bounds[self.one], (1, -1), strict=True):
            for y, theirs in zip(bounds[self.other], (1, -1), strict=True):
                if x is not None and y is not None:
                    turn = mine * theirs
                    terms: list[tuple[str, Fraction | int]] = [
                        (self.other, turn * x),
                        (self.one, turn * y),
                        (self.name, -turn),
                    ]
                    yield row(terms, -turn * x * y, "<=")


def factors(
    name: str, variable: Variable, parts: Mapping[str, str], there: Mapping[str, Sequence[Range]]
) -> tuple[list[Product], list[Row], Bounds]:
    """What a computed name is here, two factors at a time; `there` tells where they lie."""
    assert variable.derive is not None
    times, names = Fraction(1), list[str]()
    bounds: dict[str, tuple[Amount, Amount]] = {}
    for operand in variable.derive.operands:
        if isinstance(operand, str):
            names.append(parts[operand])
            those = there[parts[operand]]
            bounds[parts[operand]] = (those[0].low, those[-1].high) if those else (None, None)
        else:
            times *= Fraction(Decimal(operand))
    products: list[Product] = []
    while len(names) > 1:
        one, other, *rest = names
        inner = f"{name} of {len(rest)}"
        products.append(Product(inner, one, other))
        bounds[inner] = _between(bounds[one], bounds[other])
        names = [inner, *rest]
    terms = [(one, times) for one in names]
    return products, [row([*terms, (name, -1)], 0 if terms else times, "=")], bounds


def _between(one: tuple[Amount, Amount], other: tuple[Amount, Amount]) -> tuple[Amount, Amount]:
    """Between which numbers a product of two lies."""
    ends = [
        _times(mine, theirs)
        for mine in (-inf if one[0] is None else one[0], inf if one[1] is None else one[1])
        for theirs in (-inf if other[0] is None else other[0], inf if other[1] is None else other[1])
    ]
    low, high = min(ends), max(ends)
    return low if isinstance(low, Fraction) else None, high if isinstance(high, Fraction) else None


def _times(one: Fraction | float, other: Fraction | float) -> Fraction | float:
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one * other
    if not one or not other:
        return Fraction(0)
    return inf if (one > 0) is (other > 0) else -inf


def multiplied(
    rows: list[Row], grid: Mapping[str, Fraction], products: Sequence[Product], bounds: Bounds
) -> dict[str, Fraction] | None:
    """Values for which the rows hold and the products are products; raises Unsure where that is not found out."""
    waiting = [bounds]
    for _ in range(MOST_CUTS):
        if not waiting:
            return None
        here = dict(waiting.pop())
        for product in products:
            here[product.name] = _between(here[product.one], here[product.other])
        held = [*rows, *(one for product in products for one in product.rows(here))]
        held += [
            one for name, (low, high) in here.items() for one in Range(low, False, high, False).rows(name)
        ]
        found = solve(held, grid)
        if found is None:
            continue
        wrong = next((one for one in products if not one.holds(found)), None)
        if wrong is None:
            return found
        for name in (wrong.one, wrong.other):
            value = found.get(name, Fraction(0))
            fixed = {**here, name: (value, value)}
            exact = [one for product in products for one in product.rows(fixed)]
            better = solve([*held, *exact, row([(name, 1)], -value, "=")], grid)
            if better is not None and all(one.holds(better) for one in products):
                return better
        waiting += _cut(wrong, here, found, grid)
    raise Unsure


def _cut(
    product: Product, bounds: Bounds, found: Mapping[str, Fraction], grid: Mapping[str, Fraction]
) -> list[Bounds]:
    """Two halves for a factor: of either sign where it may have both, else where there is more room."""

    def room(name: str) -> tuple[bool, bool, Fraction]:
        low, high = bounds[name]
        open_ended = low is None or high is None
        either = (low is None or low < 0) and (high is None or high > 0)
        return either, open_ended, Fraction(0) if low is None or high is None else high - low

    name = max((product.one, product.other), key=room)
    low, high = bounds[name]
    value = Fraction(0) if room(name)[0] else found.get(name, Fraction(0))
    if value in (low, high):
        value = (
            (low + high) / 2 if low is not None and high is not None else value + (1 if high is None else -1)
        )
    step = grid.get(name)
    if step is None:
        return [{**bounds, name: (low, value)}, {**bounds, name: (value, high)}]
    below = floor(value / step) * step
    return [{**bounds, name: (low, below)}, {**bounds, name: (below + step, high)}]
