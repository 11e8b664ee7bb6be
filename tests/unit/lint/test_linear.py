"""Linear conditions on a few values, held against trying every value of a small grid."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from sop_runner.lint.proofs.linear import Row, row, solve

NAMES = ("x", "y", "z")
MOST = 3


def _rows(rng: Random) -> list[Row]:
    bounds = [row([(name, sign)], -MOST, "<=") for name in NAMES for sign in (1, -1)]
    for _ in range(rng.randint(1, 5)):
        terms = [(name, rng.choice((-1, -1, 0, 1, 1))) for name in NAMES]
        bounds.append(
            row(terms, Fraction(rng.randint(-8, 8), rng.choice((1, 2))), rng.choice(("=", "<", "<=")))
        )
    return bounds


def _hold(rows: list[Row], values: dict[str, Fraction]) -> bool:
    for one in rows:
        found = one.constant + sum(factor * values.get(name, Fraction(0)) for name, factor in one.terms)
        if not (found == 0 if one.how == "=" else found < 0 if one.how == "<" else found <= 0):
            return False
    return True


@pytest.mark.parametrize("seed", range(60))
def test_whole_numbers_are_found_where_there_are_any(seed: int) -> None:
    rows = _rows(Random(seed))
    every = (
        dict(zip(NAMES, map(Fraction, values), strict=True))
        for values in product(range(-MOST, MOST + 1), repeat=3)
    )
    found = solve(rows, dict.fromkeys(NAMES, Fraction(1)))
    assert (found is not None) is any(_hold(rows, one) for one in every)
    assert found is None or (_hold(rows, found) and all(one.denominator == 1 for one in found.values()))


@pytest.mark.parametrize("seed", range(60))
def test_values_of_any_size_are_found_where_those_of_a_fine_grid_fit(seed: int) -> None:
    rows = _rows(Random(seed))
    finer = solve(rows, dict.fromkeys(NAMES, Fraction(1, 12)))
    found = solve(rows, {})
    assert found is not None or finer is None
    assert found is None or _hold(rows, found)
