"""Whether one condition can hold only where another does: sound, and silent where it cannot tell."""

import re
from decimal import Decimal
from typing import Any, Literal

from sop_runner.base.textsafe import fold_input
from sop_runner.procedure.when import All, AnyOf, Condition, Held, Not, Test

Ratio = Literal["same", "narrower", "wider", "unsettled"]


def ratio(old: Condition | None, new: Condition | None) -> Ratio:
    """How `new` compares with `old`; no condition always holds."""
    onward, back = implies(new, old), implies(old, new)
    if onward and back:
        return "same"
    return "narrower" if onward else "wider" if back else "unsettled"


def implies(one: Condition | None, other: Condition | None) -> bool:
    """Whether `other` is known to hold wherever `one` does; False where that was not found."""
    if other is None:
        return True
    if one is None:
        return False
    match _bare(one), _bare(other):
        case AnyOf(parts), _:
            return all(implies(part, other) for part in parts)
        case _, All(parts):
            return all(implies(one, part) for part in parts)
        case All(parts), asked:
            return any(implies(part, asked) for part in parts) or _some_part(one, asked)
        case _, AnyOf() as asked:
            return _some_part(one, asked)
        case Not(inner), Not(outer):
            return implies(outer, inner)
        case Held(held), Held(wanted):
            return set(wanted) <= set(held)
        case Test() as test, Test() as asked:
            return _test(test, asked)
    return False


def _bare(condition: Condition) -> Condition:
    """The same without what says nothing: a list of one part, and what is denied twice."""
    match condition:
        case All((part,)) | AnyOf((part,)):
            return _bare(part)
        case Not(part):
            inner = _bare(part)
            return _bare(inner.part) if isinstance(inner, Not) else Not(inner)
    return condition


def _some_part(one: Condition, other: Condition) -> bool:
    return isinstance(other, AnyOf) and any(implies(one, part) for part in other.parts)


def _test(one: Test, other: Test) -> bool:
    if one.name != other.name:
        return False
    if (one.operator, one.value) == (other.operator, other.value):
        return True
    mine, theirs = _values(one), _values(other)
    if mine is not None and theirs is not None:
        return mine <= theirs
    if (other.operator, other.value) == ("known", True):
        return (one.operator, one.value) != ("known", False)
    barred = _barred(other)
    if barred is not None:
        own = _barred(one)
        return barred <= own if own is not None else mine is not None and _apart(mine, barred)
    if one.operator == other.operator == "within":
        return bool(one.value <= other.value)
    low, high = _bounds(one), _bounds(other)
    if low is None or high is None or isinstance(one.value, str) != isinstance(other.value, str):
        return False
    (least, least_open), (most, most_open) = low
    (other_least, other_least_open), (other_most, other_most_open) = high
    above = other_least is None or (
        least is not None
        and (least > other_least or (least == other_least and (least_open or not other_least_open)))
    )
    below = other_most is None or (
        most is not None
        and (most < other_most or (most == other_most and (most_open or not other_most_open)))
    )
    return above and below


def _values(test: Test) -> frozenset[Any] | None:
    """The values of which it has to be one."""
    if test.operator == "is":
        return frozenset((_key(test.value),))
    return frozenset(map(_key, test.value)) if test.operator == "one_of" else None


def _barred(test: Test) -> frozenset[Any] | None:
    """The values of which it may be none."""
    if test.operator == "is_not":
        return frozenset((_key(test.value),))
    return frozenset(map(_key, test.value)) if test.operator == "none_of" else None


def _key(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "bool", value
    return ("number", Decimal(value)) if isinstance(value, int | Decimal) else (type(value).__name__, value)


def _apart(mine: frozenset[Any], barred: frozenset[Any]) -> bool:
    """Whether no value of one can be taken for one of the other: numbers, booleans, and names that differ."""
    kinds = {kind for kind, _ in mine | barred}
    if kinds == {"str"}:
        ours, theirs = ({fold_input(text, casefold=True) for _, text in keys} for keys in (mine, barred))
        return not ours & theirs and all(text[:1].isalpha() for text in ours | theirs)
    return kinds in ({"bool"}, {"number"}) and not mine & barred


Bound = tuple[Decimal | None, bool]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _bounds(test: Test) -> tuple[Bound, Bound] | None:
    """The least and the most it lets through, each with whether that itself is left out; for numbers and dates."""
    number = _measure(test.value)
    if number is None:
        return None
    free = (None, False)
    match test.operator:
        case "is":
            return (number, False), (number, False)
        case "at_least" | "more_than" | "after":
            return (number, test.operator != "at_least"), free
        case "at_most" | "less_than" | "before":
            return free, (number, test.operator != "at_most")
    return None


def _measure(value: Any) -> Decimal | None:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return Decimal(value.replace("-", ""))
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
