"""Whether linear conditions on a few values can hold together, exactly, and values for which they do.

Values are eliminated one after the other (Fourier-Motzkin): those of any size first, then those of a grid,
whose bounds are drawn in to the grid. Where both coefficients of an eliminated grid value differ from one,
what is left over may allow too much (Pugh 1991): it is then said that this is not known.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple, cast

Terms = tuple[tuple[str, int], ...]
MOST_ROWS = 400


class Unsure(Exception):
    """Whether the conditions can hold together was not found out."""


class Row(NamedTuple):
    """The sum of the terms and of the constant is zero (`=`), at most zero (`<=`), or less (`<`)."""

    terms: Terms
    constant: int
    how: str


def row(terms: Iterable[tuple[str, Fraction | int]], constant: Fraction | int, how: str) -> Row:
    """A row with each value once, in one order, and in whole numbers."""
    found: dict[str, Fraction | int] = {}
    whole = type(constant) is int
    for name, factor in terms:
        found[name] = found.get(name, 0) + factor
        whole = whole and type(factor) is int
    if whole:
        return _row(cast(dict[str, int], found), cast(int, constant), how)
    scale = lcm(constant.denominator, *(factor.denominator for factor in found.values()))
    return _row({name: int(factor * scale) for name, factor in found.items()}, int(constant * scale), how)


def _row(terms: Mapping[str, int], constant: int, how: str) -> Row:
    return Row(tuple(sorted(one for one in terms.items() if one[1])), constant, how)


_Tight = dict[tuple[Terms, bool], Row]
"""Rows in lowest terms, each by what those have in common of which it says the most."""


def solve(rows: Iterable[Row], grid: Mapping[str, Fraction]) -> dict[str, Fraction] | None:
    """Values for which all rows hold, None where there are none. `grid`: the step of each value that has one."""
    scaled = [_scaled(one, grid) for one in rows]
    found = _solve({}, scaled, frozenset(grid))
    return None if found is None else {name: value * grid.get(name, 1) for name, value in found.items()}


def _scaled(one: Row, grid: Mapping[str, Fraction]) -> Row:
    """A row over how many steps of its grid each value is."""
    if all(grid.get(name, 1) == 1 for name, _ in one.terms):
        return one
    return row(((name, factor * grid.get(name, 1)) for name, factor in one.terms), one.constant, one.how)


def _solve(tight: _Tight, rows: Iterable[Row], whole: frozenset[str]) -> dict[str, Fraction] | None:
    """Values for rows that say something each, and for more of them."""
    joined = _tightest(tight, rows, whole)
    if joined is None:
        return None
    if not joined:
        return {}
    if len(joined) > MOST_ROWS:
        raise Unsure
    for key, equal in joined.items():
        if equal.how == "=" and (name := _given_by_others(equal, whole)):
            rest, changed = _with_and_without(name, joined)
            rest.pop(key, None)
            others = [_replaced(one, name, equal) for one in changed if one is not equal]
            found = _solve(rest, others, whole)
            return None if found is None else _with(found, name, [equal], [equal], whole)
    if any(equal for _, equal in joined):
        halves = [half for one in joined.values() for half in (_halves(one) if one.how == "=" else (one,))]
        joined = _tightest({}, halves, whole)
        if joined is None:
            return None
    return _eliminated(_next(joined.values(), whole), joined, whole)


def _with_and_without(name: str, rows: _Tight) -> tuple[_Tight, list[Row]]:
    """The rows that do not say anything of a value, and those that do."""
    without: _Tight = {}
    about: list[Row] = []
    for key, one in rows.items():
        if any(each == name for each, _ in one.terms):
            about.append(one)
        else:
            without[key] = one
    return without, about


def _tightest(tight: _Tight, rows: Iterable[Row], whole: frozenset[str]) -> _Tight | None:
    """The rows that say something, of equal terms the one that says most; None where one cannot hold."""
    found = dict(tight)
    for one in rows:
        if not one.terms:
            if one.constant > 0 or (one.constant and one.how == "=") or (not one.constant and one.how == "<"):
                return None
            continue
        drawn = _drawn_in(one, whole)
        if drawn is None:
            return None
        key = _key(drawn)
        known = found.get(key)
        if known is not None:
            ours, theirs = (
                drawn.constant * abs(known.terms[0][1]),
                known.constant * abs(drawn.terms[0][1]),
            )
            if drawn.how == "=" and ours != theirs:
                return None
            if (ours, drawn.how == "<") <= (theirs, known.how == "<"):
                continue
        found[key] = drawn
    return found


def _key(one: Row) -> tuple[Terms, bool]:
    """What rows have in common of which one says more than the others."""
    common = gcd(*(factor for _, factor in one.terms))
    terms = one.terms if common == 1 else tuple((name, factor // common) for name, factor in one.terms)
    return terms, one.how == "="


def _drawn_in(one: Row, whole: frozenset[str]) -> Row | None:
    """A row in lowest terms; where all its values are of the grid, its bound lies on the grid."""
    terms, constant, how = one
    common = gcd(*(factor for _, factor in terms))
    if how == "=" and terms[0][1] < 0:
        common = -common
    if all(name in whole for name, _ in terms):
        terms = tuple((name, factor // common) for name, factor in terms)
        if how == "=":
            return None if constant % common else Row(terms, constant // common, how)
        return Row(terms, constant // common + 1 if how == "<" else -(-constant // common), "<=")
    common = gcd(common, constant) * (-1 if common < 0 else 1)
    if common == 1:
        return one
    return Row(tuple((name, factor // common) for name, factor in terms), constant // common, how)


def _given_by_others(equal: Row, whole: frozenset[str]) -> str:
    """A value that an equation gives by the others; empty for none."""
    for name, _ in equal.terms:
        if name not in whole:
            return name
    return next((name for name, factor in equal.terms if abs(factor) == 1), "")


def _replaced(one: Row, name: str, equal: Row) -> Row:
    """A row with a value put in as an equation gives it."""
    own, theirs = dict(one.terms).get(name), dict(equal.terms)[name]
    if own is None:
        return one
    scale, times = abs(theirs), -own if theirs > 0 else own
    return _sum(one, scale, equal, times, one.how)


def _sum(one: Row, scale: int, other: Row, times: int, how: str) -> Row:
    terms = {name: factor * scale for name, factor in one.terms}
    for name, factor in other.terms:
        terms[name] = terms.get(name, 0) + factor * times
    return _row(terms, one.constant * scale + other.constant * times, how)


def _halves(one: Row) -> tuple[Row, Row]:
    opposite = tuple((name, -factor) for name, factor in one.terms)
    return Row(one.terms, one.constant, "<="), Row(opposite, -one.constant, "<=")


def _next(rows: Iterable[Row], whole: frozenset[str]) -> str:
    """The value to eliminate: one of any size before one of the grid, then what leaves the fewest rows."""
    above: dict[str, int] = {}
    below: dict[str, int] = {}
    rough: dict[str, int] = {}
    for one in rows:
        for name, factor in one.terms:
            side = above if factor > 0 else below
            side[name] = side.get(name, 0) + 1
            rough[name] = rough.get(name, 0) + (abs(factor) != 1)
    names = sorted({*above, *below})
    return min(
        names,
        key=lambda n: (n in whole, n in whole and rough[n] > 0, above.get(n, 0) * below.get(n, 0)),
    )


def _eliminated(name: str, rows: _Tight, whole: frozenset[str]) -> dict[str, Fraction] | None:
    rest, about = _with_and_without(name, rows)
    factors = [(dict(one.terms)[name], one) for one in about]
    upper = [(factor, one) for factor, one in factors if factor > 0]
    lower = [(-factor, one) for factor, one in factors if factor < 0]
    joined = [
        _sum(high, down, low, up, "<" if "<" in (high.how, low.how) else "<=")
        for up, high in upper
        for down, low in lower
    ]
    found = _solve(rest, joined, whole)
    return (
        None
        if found is None
        else _with(found, name, [one for _, one in lower], [one for _, one in upper], whole)
    )


def _with(
    found: dict[str, Fraction], name: str, lower: list[Row], upper: list[Row], whole: frozenset[str]
) -> dict[str, Fraction]:
    """The values with one more between its bounds."""
    for one in (*lower, *upper):
        for other, _ in one.terms:
            if other != name:
                found.setdefault(other, Fraction(0))
    lows, highs = ([_bound(one, name, found) for one in those] for those in (lower, upper))
    value = _within(lows, highs, whole=name in whole)
    if value is None:
        raise Unsure
    return {**found, name: value}


def _bound(one: Row, name: str, known: Mapping[str, Fraction]) -> tuple[Fraction, bool]:
    rest = one.constant + sum((f * known[n] for n, f in one.terms if n != name), Fraction(0))
    return -rest / dict(one.terms)[name], one.how == "<"


def _within(
    lows: list[tuple[Fraction, bool]], highs: list[tuple[Fraction, bool]], *, whole: bool
) -> Fraction | None:
    """A plain value between bounds, each with whether it is excluded."""
    low = max(lows, default=None)
    high = min(highs, key=lambda one: (one[0], not one[1]), default=None)
    if low is not None and high is not None and low[0] == high[0]:
        exact = not (low[1] or high[1] or (whole and low[0].denominator > 1))
        return low[0] if exact else None
    step = Fraction(1)
    for _ in range(1 if whole else 40):
        least = None if low is None else _above(low, step)
        most = None if high is None else -_above((-high[0], high[1]), step)
        if least is None or most is None or least <= most:
            return _plainest(least, most)
        step /= 10
    return None


def _above(bound: tuple[Fraction, bool], step: Fraction) -> Fraction:
    value, excluded = bound
    return (floor(value / step) + 1) * step if excluded else ceil(value / step) * step


def _plainest(least: Fraction | None, most: Fraction | None) -> Fraction:
    if least is not None and least > 0:
        return least
    if most is not None and most < 0:
        return most
    return Fraction(0)
