"""Names that are held against each other: how two of them compare is one more thing to know while both stand.

A pair is a free computed name: less, equal or more; of texts equal or other. What was once asked of two names
holds until one of them is recorded again, and what is copied compares as what it was copied from does.
"""

from fractions import Fraction

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.value_types import Sealed
from sop_runner.procedure.when import Test

from .amounts import Range, number, ranges
from .composed import Choice
from .linear import row
from .names import Variable
from .regions import ORDERED, Regions, Two

OTHER = LESS = 2
EQUAL, MORE = 4, 8
ANYHOW = LESS | EQUAL | MORE
ORDER = Regions("choice", ("less", "equal", "more"))
EQUALITY = Regions("choice", ("other", "equal"))
_TOLD = {
    "is": EQUAL, "at_least": EQUAL | MORE, "at_most": LESS | EQUAL,
    "more_than": MORE, "after": MORE, "less_than": LESS, "before": LESS,
}  # fmt: skip
_FLIPPED = {LESS: MORE, EQUAL: EQUAL, MORE: LESS}


def ordered(one: Variable) -> bool:
    """Whether its values stand in an order."""
    return one.regions.kind in ORDERED


def flipped(mask: int) -> int:
    """How the second of a pair compares with the first, where it is one of order."""
    return sum(other for bit, other in _FLIPPED.items() if mask & bit)


def told_by(operator: str, pair: Regions) -> tuple[int, int]:
    """How two names compare where a test of the first against the second holds, and where it does not."""
    everything = pair.known
    if operator == "is_not":
        return everything & ~EQUAL, EQUAL
    return _TOLD[operator] & everything, everything & ~_TOLD[operator]


def settle(
    operator: str, one: Variable, sample: object, single: bool, other: Variable, theirs: object, alone: bool
) -> tuple[tuple[bool, int], ...]:  # fmt: skip
    """How a test of a value of some region against another one's can turn out, and how the two compare then.

    Within regions of many values it may go either way. Of a sealed value it can only be said that it is another
    one, copied.
    """
    if isinstance(sample, Sealed) or isinstance(theirs, Sealed):
        either = operator == "is" and sample == theirs
        return ((True, ANYHOW), (False, ANYHOW)) if either else ((False, ANYHOW),)
    if single and alone:
        return ((holds(Test("x", operator, FieldRef("y"), ()), Two(sample, theirs)), ANYHOW),)
    if ordered(one) and ordered(other):
        right, wrong = told_by(operator, ORDER)
        may = ANYHOW
        if one.regions.kind == other.regions.kind:
            may = may_compare(_range(one, sample, single), _range(other, theirs, alone))
        if operator in ("before", "after") and one.regions.kind in ("number", "duration"):
            right, wrong = 0, ANYHOW
    else:
        right, wrong = told_by(operator, EQUALITY) if operator in ("is", "is_not") else (0, ANYHOW)
        may = ANYHOW if one.regions is not other.regions or sample == theirs else OTHER
    return tuple((truth, mask & may) for truth, mask in ((True, right), (False, wrong)) if mask & may)


def _range(one: Variable, sample: object, single: bool) -> Range:
    amount = number(sample)
    if single or amount is None:
        return Range(amount, False, amount, False)
    return ranges(one.regions, one.regions.bit(sample))[0]


def may_compare(one: Range, other: Range) -> int:
    """How a value of one range may compare with one of another."""

    def beyond(high: Fraction | None, low: Fraction | None) -> bool:
        return high is None or low is None or low < high

    def reaches(low: Fraction | None, high: Fraction | None, closed: bool) -> bool:
        return low is None or high is None or low < high or (closed and low == high)

    equal = reaches(one.low, other.high, not (one.low_open or other.high_open)) and reaches(
        other.low, one.high, not (other.low_open or one.high_open)
    )
    less, more = beyond(other.high, one.low), beyond(one.high, other.low)
    return LESS * less | EQUAL * equal | MORE * more


def comparing(one: Fraction, other: Fraction) -> int:
    """How two numbers compare."""
    return LESS if one < other else EQUAL if one == other else MORE


def compared(one: str, other: str, mask: int) -> Choice:
    """That two amounts compare so, in rows."""
    less = row([(one, 1), (other, -1)], 0, "<" if not mask & EQUAL else "<=")
    more = row([(one, -1), (other, 1)], 0, "<" if not mask & EQUAL else "<=")
    match mask:
        case 0:
            return []
        case 4:
            return [[row([(one, 1), (other, -1)], 0, "=")]]
        case 14:
            return [[]]
        case 10:
            return [[less], [more]]
        case _:
            return [[less if mask & LESS else more]]
