"""The grid on which the values of a name lie: whole numbers, days, the smallest coin; and what is made of them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import gcd

from sop_runner.procedure.derive import Derive
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_numbers import currency_digits

from .names import Variable, Vocabulary
from .regions import ORDERED

Step = Fraction | None
"""None is any size, 0 that there are no values."""
_NONE = Fraction(0)
MOST_ROUNDS = 30


def add_grids(words: Vocabulary, given: Iterable[tuple[str, object]]) -> None:
    """Tell every ordered name its grid; `given` are the names that take a value, with it or the key that it is of."""
    taken: dict[str, list[object]] = {}
    for key, value in given:
        taken.setdefault(key, []).append(value)
    names = [one for one in words.known.values() if one.regions.kind in ORDERED and one.pair is None]
    steps: dict[str, Step] = {one.key: _NONE for one in names}
    for _ in range(MOST_ROUNDS):
        found = {one.key: _step(one, words, taken.get(one.key, ()), steps) for one in names}
        if found == steps:
            break
        steps = found
    else:
        steps = {
            key: None
            if steps[key] != _step(words.known[key], words, taken.get(key, ()), steps)
            else steps[key]
            for key in steps
        }
    for one in names:
        one.step = steps[one.key] or None


def _step(one: Variable, words: Vocabulary, taken: Iterable[object], steps: Mapping[str, Step]) -> Step:
    if one.regions.kind == "date":
        return Fraction(1)
    if one.derive is not None:
        return _of_computed(one, one.derive, words, steps)
    rules = one.rules or [rules for rules in (words.plan.fields.get(one.key),) if rules is not None]
    found = [step_of(each) for each in rules] or [None]
    for value in taken:
        found.append(steps.get(value) if isinstance(value, str) else _of_literal(value))
    return _common(found)


def step_of(rules: FieldRules) -> Step:
    """The grid of what is typed by the rules of a field."""
    match rules.type:
        case "integer":
            return Fraction(1)
        case "money":
            return Fraction(1, 10 ** currency_digits(rules.currency))
        case _:
            return None


def _of_literal(value: object) -> Step:
    return abs(Fraction(value)) if isinstance(value, int | Decimal) else None


def _of_computed(one: Variable, derive: Derive, words: Vocabulary, steps: Mapping[str, Step]) -> Step:
    match derive.way:
        case "count" | "count_true" | "days_between" | "business_days_between":
            return Fraction(1)
        case "sum" | "max" | "product":
            parts: list[Step] = []
            for operand in derive.operands:
                key = words.resolve(one.scope, operand) if isinstance(operand, str) else None
                parts.append(_of_literal(operand) if not isinstance(operand, str) else steps.get(key or ""))
            if derive.way != "product":
                return _common(parts)
            found = Fraction(1)
            for part in parts:
                if part is None:
                    return None
                found *= part
            return found
        case _:
            return None


def _common(steps: Iterable[Step]) -> Step:
    """The coarsest grid on which all of these lie."""
    found = _NONE
    for one in steps:
        if one is None:
            return None
        below = found.denominator * one.denominator
        found = Fraction(gcd(found.numerator * one.denominator, one.numerator * found.denominator), below)
    return found
