"""Conditions over remembered values: which of them hold, and which values are left where they do."""

from collections.abc import Iterable, Iterator
from datetime import date

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.procedure.when import All, AnyOf, Condition, Held, Not, Test

from .aging import Aging
from .boxes import merged
from .computing import Computing
from .joint import Joint
from .lasting import Lasting
from .layout import AGED, FOR_EVER, FRESH, STALE, Layout, Values, put
from .names import Variable
from .pairs import ORDER, flipped, settle
from .regions import CHANGING, DATES, UNKNOWN_BIT, _One


class Reader(Computing):
    """Reads names of one layout. `missed` collects names that were read while they may not be known."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.missed: list[tuple[str, Values]] | None = None
        self.joint = Joint(layout, self)
        self.lasting = Lasting(layout)
        self.aging = Aging(layout)
        # Whether names say nothing of each other, so that any values fit together.
        self._apart = not (self.aging.told or self.joint.told)
        self._open: dict[tuple[str, int], tuple[bool, ...]] = {}
        self._pairs: dict[tuple[object, ...], tuple[tuple[bool, int], ...]] = {}

    def turns(self, condition: Condition, scope: str, values: Values) -> list[tuple[Values, bool]]:
        """The same of a condition of the plan: one that depends on nothing remembered turns out alike for any values."""
        truths = self._open.get((scope, id(condition)))  # a plan keeps its conditions
        if truths is None:
            model, truths = self.layout.model, ()
            if self.layout.items.isdisjoint(model.closed(model.reads(scope, condition))):
                truths = tuple(dict.fromkeys(truth for _, truth in self._split(condition, scope, values)))
            self._open[scope, id(condition)] = truths
        if not truths or self.missed is not None:
            return self.split(condition, scope, values)
        left = self.aging.together(values)
        return [(left, truth) for truth in truths] if left is not None and self.joint.fits(left) else []

    def split(self, condition: Condition, scope: str, values: Values) -> list[tuple[Values, bool]]:
        """Every way a condition can turn out, with the values that are left in it."""
        if self._apart:
            return list(dict.fromkeys(self._split(condition, scope, values)))
        found: dict[tuple[Values, bool], None] = {}
        for one, truth in self._split(condition, scope, values):
            left = self.aging.together(one)
            if left is not None:
                found[left, truth] = None
        return [one for one in found if self.joint.fits(one[0])]

    def _split(self, condition: Condition, scope: str, values: Values) -> Iterator[tuple[Values, bool]]:
        match condition:
            case All(parts) | AnyOf(parts):
                stops = isinstance(condition, AnyOf)
                waiting: Iterable[Values] = [values]
                for part in parts:
                    on: dict[Values, None] = {}
                    for one in waiting:
                        for left, truth in self.split(part, scope, one):
                            if truth is stops:
                                yield left, stops
                            else:
                                on[left] = None
                    waiting = on
                yield from ((one, not stops) for one in waiting)
            case Not(part):
                yield from ((left, not truth) for left, truth in self._split(part, scope, values))
            case Held(controls):
                yield from self._held(controls, scope, values)
            case Test():
                yield from self._test(condition, scope, values)

    def _held(self, controls: tuple[str, ...], scope: str, values: Values) -> Iterator[tuple[Values, bool]]:
        waiting = [values]
        for control in controls:
            index = self.layout.controls.get((scope, control))
            if index is None:
                yield from ((one, False) for one in waiting)
                continue
            on = []
            for one in waiting:
                if one[index] == AGED:
                    yield self.lasting.found(one, index, STALE), False
                    on.append(self.lasting.found(one, index, FRESH))
                elif one[index] in (FOR_EVER, FRESH):
                    on.append(one)
                else:
                    yield one, False
            waiting = on
        yield from ((one, True) for one in waiting)

    def _test(self, test: Test, scope: str, values: Values) -> Iterator[tuple[Values, bool]]:
        key = self.words.resolve(scope, test.name)
        if key is None:
            yield values, test.operator == "known" and test.value is False
            return
        one = self.words.known[key]
        if any(isinstance(other, FieldRef) for other in _values(test)):
            yield from self._against_names(test, one, scope, values)
            return
        if self.missed is not None and test.operator != "known":
            self._miss(one, values)
        if test.operator in CHANGING:
            yield from self._at_this_time(test, one, values)
        else:
            yield from self._told(test, one, values)

    def _at_this_time(self, test: Test, one: Variable, values: Values) -> Iterator[tuple[Values, bool]]:
        """How a test about time can turn out: of what is not known, or no time, nothing is so."""
        aged = self.words.ages[one.key]
        place = self.layout.names.get(aged.key)
        so = aged.stretches.so(test)
        for left, readable in self._times(one, values):
            if not readable:
                yield left if place is None else put(left, place, aged.stretches.known), False
                continue
            for part, truth in ((so, True), (aged.stretches.known & ~so, False)):
                if place is None:
                    yield left, truth
                elif left[place] & part:
                    yield self.aging.narrowed(left, one.key, place, part), truth

    def _times(self, one: Variable, values: Values) -> Iterator[tuple[Values, bool]]:
        """The values with a name that is a time that can be read, and with one that is not."""
        regions = one.regions
        if one.derive is None:
            mask, index = self.mask(one, values)
            # Of a name of no type it is not said what it takes.
            time = regions.in_order if regions.kind in DATES else regions.known & ~regions.sealed
            time = time if regions.kind != "time" else 0
            for part, readable in ((mask & time, True), (mask & ~time, False)):
                if part:
                    yield (values if index is None else put(values, index, part)), readable
            return
        found: dict[bool, list[Values]] = {True: [], False: []}
        for left, value in self.cases(one, values):
            found[isinstance(value, date)].append(left)
        for readable, those in found.items():
            yield from ((left, readable) for left in merged(those))

    def _told(self, test: Test, one: Variable, values: Values) -> Iterator[tuple[Values, bool]]:
        """How a test against literals can turn out."""
        if one.derive is None:
            mask, index = self.mask(one, values)
            if test.operator == "known":
                right = one.regions.known if test.value else UNKNOWN_BIT
                wrong = one.regions.all & ~right
            else:
                right = one.regions.true_for(test)
                wrong = one.regions.all & ~right
            for part, truth in ((mask & right, True), (mask & wrong, False)):
                if part:
                    yield (values if index is None else put(values, index, part)), truth
            return
        plain = Test("x", test.operator, test.value, ())
        found: dict[bool, list[Values]] = {True: [], False: []}
        for left, value in self.cases(one, values):
            found[holds(plain, _One(value))].append(left)
        for truth, those in found.items():
            yield from ((left, truth) for left in merged(those))

    def _miss(self, one: Variable, values: Values) -> None:
        assert self.missed is not None
        for base in one.cone if one.derive is not None else (one.key,):
            mask, index = self.mask(self.words.known[base], values)
            if index is not None and mask & UNKNOWN_BIT:
                self.missed.append((base, put(values, index, UNKNOWN_BIT)))

    def _against_names(
        self, test: Test, one: Variable, scope: str, values: Values
    ) -> Iterator[tuple[Values, bool]]:
        """A test with `{field: NAME}`: region against region; within one region of many values it can go either way."""
        if self.missed is not None:
            self._miss(one, values)
        found: dict[bool, list[Values]] = {True: [], False: []}
        for left, sample, single in self.all_samples(one, values):
            truths: list[tuple[Values, bool]] = []
            self._each_operand(test, scope, left, sample, single, one, truths)
            for after, truth in truths:
                found[truth].append(after)
        for truth, those in found.items():
            yield from ((left, truth) for left in merged(those))

    def _each_operand(
        self, test: Test, scope: str, values: Values, sample: object, single: bool, one: Variable,
        truths: list[tuple[Values, bool]],
    ) -> None:  # fmt: skip
        waiting = [values]
        none_of, any_of = test.operator == "none_of", test.operator == "one_of"
        operator = {"none_of": "is_not", "one_of": "is"}.get(test.operator, test.operator)
        for operand in _values(test):
            on: list[Values] = []
            for left in waiting:
                for after, truth in self.pair(operator, operand, scope, left, sample, single, one):
                    if any_of and truth:
                        truths.append((after, True))
                    elif none_of and not truth:
                        truths.append((after, False))
                    elif any_of or none_of:
                        on.append(after)
                    else:
                        truths.append((after, truth))
            waiting = on
        truths.extend((left, none_of) for left in waiting)

    def pair(
        self, operator: str, operand: object, scope: str, values: Values, sample: object, single: bool, one: Variable
    ) -> Iterator[tuple[Values, bool]]:  # fmt: skip
        """How a value of `one` compares with an operand, and what is left of the names then."""
        if not isinstance(operand, FieldRef):
            yield values, holds(Test("x", operator, operand, ()), _One(sample))
            return
        key = self.words.resolve(scope, operand.name)
        if key is None or sample is UNKNOWN:
            yield values, False
            return
        other = self.words.known[key]
        if self.missed is not None:
            self._miss(other, values)
        for left, theirs, alone in self.all_samples(other, values):
            if theirs is UNKNOWN:
                yield left, False
                continue
            if key == one.key:
                yield left, operator in ("is", "at_least", "at_most")
                continue
            asked = operator, one.key, type(sample), sample, single, key, type(theirs), theirs, alone
            truths = self._pairs.get(asked)
            if truths is None:
                truths = self._pairs[asked] = settle(operator, one, sample, single, other, theirs, alone)
            if len(truths) == 1:
                yield left, truths[0][0]
            else:
                yield from self._remembered(left, one.key, key, truths)

    def _remembered(
        self, values: Values, one: str, other: str, truths: Iterable[tuple[bool, int]]
    ) -> Iterator[tuple[Values, bool]]:
        """How a comparison turns out that the regions leave open: as before, where that is remembered."""
        key = self.words.pair(one, other)
        place = self.layout.names.get(key or "")
        turned = key is not None and one > other and self.words.known[key].regions is ORDER
        for truth, mask in truths:
            if place is None:
                yield values, truth
            elif left := values[place] & (flipped(mask) if turned else mask):
                yield put(values, place, left), truth


def _values(test: Test) -> tuple[object, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)
