"""Values as regions: the finite partition that everything a name is held against makes of its values.

A set of regions is a mask: bit 0 is "not known", bit i+1 the region of the i-th sample. Within a
region no test of the procedure tells two values apart, so whether a test holds for a region is
asked of its sample, by the same code that runs.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.pattern_texts import all_texts
from sop_runner.procedure.value_check import check_alone
from sop_runner.procedure.value_compare import same
from sop_runner.procedure.value_types import UNKNOWN, Sealed, fold
from sop_runner.procedure.values import parse
from sop_runner.procedure.when import Test

UNKNOWN_BIT = 1
TEXTS = frozenset({"text", "email", "phone", "link", "choice"})
NUMBERS = frozenset({"integer", "number", "money"})
_BOUNDS = frozenset({"at_least", "more_than", "at_most", "less_than"})
DATES = frozenset({"date", "datetime"})
CHANGING = frozenset({"within", "same_day"})
"""Operators whose answer changes as time passes."""
OTHER = "…"
FEW = 24
"""Up to so many texts of a pattern are each a region of its own, as those of a choice are."""
ORDERED = ("number", "date", "datetime", "time", "duration")
SEALED = Sealed("")


def family(kind: str) -> str:
    """Types whose values can be the same value."""
    return "number" if kind in NUMBERS else "text" if kind in TEXTS else kind


class _One:
    """An environment in which every name has one value."""

    now = datetime(2026, 1, 1, tzinfo=UTC)
    today = date(2026, 1, 1)
    zone: tzinfo = UTC

    def __init__(self, value: object) -> None:
        self._value = value

    def value(self, name: str) -> object:
        return self._value

    def held(self, control: str) -> bool:
        return False


class Two(_One):
    """An environment of two values: one held against `y`."""

    def __init__(self, first: object, second: object) -> None:
        super().__init__(first)
        self._second = second

    def value(self, name: str) -> object:
        return self._second if name == "y" else self._value


class Regions:
    """The regions of names that are compared with the same constants, by a sample of each."""

    def __init__(self, kind: str, samples: tuple[Any, ...], between: frozenset[int] = frozenset()) -> None:
        self.kind = kind
        self.samples = samples
        self.between = between
        """The samples that stand for many values; every other one is its region's only value."""
        self.known = ((1 << len(samples)) - 1) << 1
        self.all = self.known | UNKNOWN_BIT
        self.sealed = self._where(lambda sample, _: isinstance(sample, Sealed))
        self.single = self._where(lambda _, single: single)
        self.in_order = self._where(lambda sample, _: not isinstance(sample, Sealed | str | bool | tuple))
        """The regions of values that have an order; none of texts and of what is sealed."""
        self._masks: dict[tuple[str, Any], int] = {}

    def parts(self, mask: int) -> Iterable[tuple[int, Any, bool]]:
        """Each region of a mask: its own mask, its sample, and whether that is its only value."""
        if mask & UNKNOWN_BIT:
            yield UNKNOWN_BIT, UNKNOWN, True
        for index, sample in enumerate(self.samples):
            bit = 1 << (index + 1)
            if mask & bit:
                yield bit, sample, index not in self.between

    def true_for(self, test: Test) -> int:
        """The regions in which a test against literals holds."""
        key = (test.operator, test.value)
        found = self._masks.get(key)
        if found is None:
            plain = Test("x", test.operator, test.value, ())
            found = self._bounded(plain) if self.kind == "number" and test.operator in _BOUNDS else 0
            if not found:
                for bit, sample, _ in self.parts(self.all):
                    found |= bit if holds(plain, _One(sample)) else 0
            self._masks[key] = found
        return found

    def _bounded(self, bound: Test) -> int:
        """The numbers within a bound: they stand in order, so where it turns is looked up. None may be 0 as well."""
        numbers = sum(isinstance(sample, int | Decimal) for sample in self.samples)
        if numbers < len(self.samples):
            return 0
        rising = bound.operator in ("at_least", "more_than")
        turn = bisect_left(
            range(numbers), True, key=lambda index: holds(bound, _One(self.samples[index])) is rising
        )
        below = ((1 << turn) - 1) << 1
        return self.known & ~below if rising else below

    def runs(self, mask: int) -> Iterable[int]:
        """The regions of a mask, neighbours together."""
        rest = mask
        while rest:
            low = rest & -rest
            run = rest & ~(rest + low)
            yield run
            rest &= ~run

    def of_literal(self, value: object) -> int:
        """The region of a literal; all of them where it is none of these values."""
        for bit, sample, single in self.parts(self.known):
            if single and same(sample, value, UTC):
                return bit
        others = [bit for bit, _, single in self.parts(self.known) if not single]
        return others[0] if len(others) == 1 else self.known

    def allowed(self, rules: FieldRules) -> int:
        """The regions that a field of these rules takes as it is typed, apart from what depends on other fields."""
        choices = {choice for choice, _ in rules.choices or ()}
        found = 0
        for bit, sample, single in self.parts(self.known):
            if isinstance(sample, Sealed) or (sample == "not_applicable" and rules.type != "choice"):
                continue
            if rules.type == "choice":
                fits = sample in choices
            elif rules.type == "integer" and single and sample != int(sample):
                fits = False
            elif not single and rules.type in TEXTS:
                fits = not self._named(rules.matches)
            else:
                fits = _fits(rules, sample)
            found |= bit if fits else 0
        return found or self.known

    def _named(self, pattern: str | None) -> bool:
        """Whether every text of a pattern is a region of its own."""
        texts = None if pattern is None else all_texts(pattern, max(FEW, len(self.samples)))
        named = {fold(one) for _, one, single in self.parts(self.known) if single and isinstance(one, str)}
        return texts is not None and texts <= named | {""}  # what is empty was not typed

    def bit(self, sample: object) -> int:
        """The region of exactly this sample, none where there is no such one."""
        return self._where(lambda one, _: one == sample and type(one) is type(sample))

    def _where(self, which: Any) -> int:
        return sum(bit for bit, sample, single in self.parts(self.known) if which(sample, single))


def _fits(rules: FieldRules, sample: Any) -> bool:
    return check_alone(rules, sample, lambda _: UNKNOWN) is None


def build(kinds: set[str], constants: Iterable[object], *, sealed: bool, odd: bool) -> Regions:
    """The regions of names of these types. `odd`: an item may also be answered as not applicable."""
    families = {family(kind) for kind in kinds}
    extra: tuple[Any, ...] = (*((SEALED,) if sealed else ()), *(("not_applicable",) if odd else ()))
    if len(families) != 1:
        return Regions("text", (*_texts(constants, extra), OTHER, *extra), frozenset())
    kind = families.pop()
    if kind == "yes-no":
        return Regions(kind, (True, False, *extra))
    if kind == "text":
        texts = _texts(constants, extra)
        if kinds == {"choice"}:
            return Regions(kind, (*texts, *extra))
        return Regions(kind, (*texts, OTHER, *extra), frozenset({len(texts)}))
    if kind not in ORDERED:
        return Regions(kind, ((), *extra), frozenset({0}))
    samples, between = _cut(kind, sorted(_points(kind, constants)), whole=kinds == {"integer"})
    return Regions(kind, (*samples, *extra), between)


def _texts(constants: Iterable[object], extra: tuple[Any, ...]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for one in constants:
        if not isinstance(one, bool) and str(one) not in extra:
            found.setdefault(fold(str(one)), str(one))
    return tuple(found.values())


def _points(kind: str, constants: Iterable[object]) -> set[Any]:
    found: set[Any] = set()
    for one in constants:
        if kind == "number":
            if isinstance(one, int | Decimal) and not isinstance(one, bool):
                found.add(Decimal(one))
            elif isinstance(one, str):
                read = parse(FieldRules(type="number"), one, zone=UTC)
                found.update([read] if isinstance(read, Decimal) else [])
            continue
        if kind == "datetime" and isinstance(one, str):
            day = parse(FieldRules(type="date"), one, zone=UTC)
            if isinstance(day, date):
                start = datetime.combine(day, time(), UTC)
                found.update((start, start + timedelta(days=1)))
                continue
        read = parse(FieldRules(type=kind), one, zone=UTC)
        if isinstance(read, date | time | timedelta):
            found.add(read)
    return found


_STEP = {"date": timedelta(days=1), "datetime": timedelta(minutes=1), "duration": timedelta(minutes=1)}
_MIDDLE = {
    "number": Decimal(0),
    "date": date(2026, 6, 1),
    "datetime": datetime(2026, 6, 1, tzinfo=UTC),
    "time": time(12),
    "duration": timedelta(hours=1),
}


def _cut(kind: str, points: list[Any], *, whole: bool) -> tuple[list[Any], frozenset[int]]:
    """Below the first point, each point, what lies between two, and above the last."""
    if not points:
        return [_MIDDLE[kind]], frozenset({0})
    samples: list[Any] = []
    between: set[int] = set()

    def gap(low: Any, high: Any) -> None:
        sample = _inside(kind, low, high, whole=whole)
        if sample is not None:
            between.add(len(samples))
            samples.append(sample)

    gap(None, points[0])
    for index, point in enumerate(points):
        samples.append(int(point) if whole and point == int(point) else point)
        gap(point, points[index + 1] if index + 1 < len(points) else None)
    return samples, frozenset(between)


def _inside(kind: str, low: Any, high: Any, *, whole: bool) -> Any:
    """Some value strictly between two, None where there is none; None as a bound is no bound."""
    if kind == "time":
        start = _since_midnight(low) if low is not None else -1
        stop = _since_midnight(high) if high is not None else 24 * 3_600_000_000
        middle = (start + stop) // 2
        minute = middle - middle % 60_000_000
        found = minute if start < minute else middle
        return (
            (datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=found)).time()
            if start < found < stop
            else None
        )
    if kind == "duration" and low is None:
        return high / 2 if high else None
    if kind == "number":
        found = high - 1 if low is None else low + 1 if high is None else (low + high) / 2
        if whole:
            below = int(found // 1)
            inside = [
                n for n in (below, below + 1) if (low is None or low < n) and (high is None or n < high)
            ]
            return inside[0] if inside else None
        return found
    if low is None or high is None:
        found = high - _STEP[kind] if low is None else low + _STEP[kind]
        return found
    middle = low + (high - low) / 2 if kind != "date" else low + timedelta(days=(high - low).days // 2)
    return middle if low < middle < high else None


def _since_midnight(one: time) -> int:
    seconds = (one.hour * 60 + one.minute) * 60 + one.second
    return seconds * 1_000_000 + one.microsecond
