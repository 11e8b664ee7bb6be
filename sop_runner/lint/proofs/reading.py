"""Conditions over remembered values: which of them hold, and which values are left where they do."""

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.compute import Calendar, compute
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.procedure.when import All, AnyOf, Condition, Held, Not, Test

from .boxes import merged, settle
from .layout import AGED, FOR_EVER, STALE, Layout, Values, put
from .names import Boxes, Variable
from .regions import CHANGING, UNKNOWN_BIT, _One

Cases = list[tuple[Values, object]]
MOST_CASES = 4096


class TooMany(Exception):
    """More cases than a proof can go through."""


class Reader:
    """Reads names of one layout. `missed` collects names that were read while they may not be known."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.words = layout.model.words
        self.missed: list[tuple[str, Values]] | None = None
        self._pairs: dict[tuple[object, ...], tuple[bool, ...]] = {}
        self._worked: dict[str, dict[tuple[object, ...], object]] = {}

    def split(self, condition: Condition, scope: str, values: Values) -> list[tuple[Values, bool]]:
        """Every way the condition can turn out, with the values that are left in it."""
        return list(dict.fromkeys(self._split(condition, scope, values)))

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
                    yield put(one, index, STALE), False
                    on.append(one)
                elif one[index] == FOR_EVER:
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
        if one.derive is None:
            mask, index = self.mask(one, values)
            if test.operator == "known":
                right = one.regions.known if test.value else UNKNOWN_BIT
                wrong = one.regions.all & ~right
            elif test.operator in CHANGING:
                right, wrong = one.regions.known, one.regions.all
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
            for truth in (
                (True, False)
                if test.operator in CHANGING and value is not UNKNOWN
                else (holds(plain, _One(value)),)
            ):
                found[truth].append(left)
        for truth, those in found.items():
            yield from ((left, truth) for left in merged(those))

    def mask(self, one: Variable, values: Values) -> tuple[int, int | None]:
        """The regions a recorded name may be in, and its place where it is remembered."""
        index = self.layout.names.get(one.key)
        return (one.regions.all, None) if index is None else (values[index], index)

    def cases(self, one: Variable, values: Values) -> Cases:
        """Every value a name may have, each with what is left of the others then."""
        if one.derive is None or one.free:
            return [(left, sample) for left, sample, _ in self._samples(one, values)]
        if any(self.words.known[leaf].free for leaf in one.leaves):
            waiting: list[tuple[Values, tuple[object, ...]]] = [(values, ())]
            for leaf in one.leaves:
                variable = self.words.known[leaf]
                waiting = [
                    (after, (*samples, sample))
                    for left, samples in waiting
                    for after, sample, _ in self._samples(variable, left)
                ]
                if len(waiting) > MOST_CASES:
                    return self._cases_by_operand(one, values)
            worked = self._worked.setdefault(one.key, {})
            cases: Cases = []
            for left, samples in waiting:
                if samples not in worked:
                    worked[samples] = self._work_out(one, dict(zip(one.leaves, samples, strict=True)))
                cases.append((left, worked[samples]))
            return cases
        here = [self.mask(self.words.known[leaf], values) for leaf in one.leaves]
        boxes = self._boxes(one, tuple(mask for mask, _ in here))
        if boxes is None:
            return self._cases_by_operand(one, values)
        found: dict[tuple[Values, object], None] = {}
        for box, value in boxes:
            left = values
            for (_, index), mask in zip(here, box, strict=True):
                if index is not None:
                    left = put(left, index, mask)
            found[left, value] = None
        return list(found)

    def _boxes(self, one: Variable, masks: Values) -> Boxes | None:
        """What comes of a name computed from leaves in these regions, worked out once; None for too many cases."""
        if (one.key, masks) not in self.words.worked_out:
            found: dict[tuple[type, object], list[Values]] | None = {}
            parts = [
                [*self.words.known[leaf].regions.parts(mask)]
                for leaf, mask in zip(one.leaves, masks, strict=True)
            ]
            if prod(map(len, parts)) > MOST_CASES:
                found = None
            for chosen in product(*parts) if found is not None else ():
                value = self._work_out(
                    one, {leaf: sample for leaf, (_, sample, _) in zip(one.leaves, chosen, strict=True)}
                )
                assert found is not None
                found.setdefault((type(value), value), []).append(tuple(bit for bit, _, _ in chosen))
            self.words.worked_out[one.key, masks] = (
                None
                if found is None
                else [(box, value) for (_, value), those in found.items() for box in merged(those)]
            )
        return self.words.worked_out[one.key, masks]

    def _cases_by_operand(self, one: Variable, values: Values) -> Cases:
        """The same operand by operand, what comes to one value put together: a score over many names has few."""
        # Operands may disagree about a name that is not remembered; a way that is followed remembers it.
        assert one.derive is not None
        waiting: dict[tuple[object, ...], list[Values]] = {(): [values]}
        keys: list[str] = []
        for operand in one.derive.operands:
            key = self.words.resolve(one.scope, operand) if isinstance(operand, str) else None
            if key is None or key in keys:
                continue
            keys.append(key)
            on: dict[tuple[object, ...], list[Values]] = {}
            for known, those in waiting.items():
                for left in those:
                    for after, value in self.cases(self.words.known[key], left):
                        on.setdefault((*known, value), []).append(after)
            waiting = {known: merged(those) for known, those in on.items()}
            if sum(map(len, waiting.values())) > MOST_CASES:
                raise TooMany(one.key)
        found: dict[object, list[Values]] = {}
        for known, those in waiting.items():
            value = self._work_out(one, dict(zip(keys, known, strict=True)))
            found.setdefault(value, []).extend(those)
        return [(left, value) for value, those in found.items() for left in merged(those)]

    def _work_out(self, one: Variable, known: dict[str, object]) -> object:
        assert one.derive is not None
        return compute(one.derive, _Some(self, one.scope, known), Calendar())

    def _samples(self, one: Variable, values: Values) -> Iterator[tuple[Values, object, bool]]:
        """A name region by region; a computed one is unknown while anything it is computed from is."""
        if one.free:
            waiting = [values]
            for base in sorted(one.cone):
                mask, index = self.mask(self.words.known[base], values)
                if mask & UNKNOWN_BIT:
                    yield from (
                        (left if index is None else put(left, index, UNKNOWN_BIT), UNKNOWN, True)
                        for left in waiting
                    )
                rest = mask & ~UNKNOWN_BIT
                waiting = (
                    [left if index is None else put(left, index, rest) for left in waiting] if rest else []
                )
            starts = waiting
        else:
            starts = [values]
        for left in starts:
            mask, index = self.mask(one, left)
            if one.free and index is None:
                mask = one.regions.known
            for bit, sample, single in one.regions.parts(mask):
                yield (left if index is None else put(left, index, bit)), sample, single

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
        for left, sample, single in self._all_samples(one, values):
            truths: list[tuple[Values, bool]] = []
            self._each_operand(test, scope, left, sample, single, one, truths)
            for after, truth in truths:
                found[truth].append(after)
        for truth, those in found.items():
            yield from ((left, truth) for left in merged(those))

    def _all_samples(self, one: Variable, values: Values) -> Iterator[tuple[Values, object, bool]]:
        if one.derive is None or one.free:
            yield from self._samples(one, values)
        else:
            yield from ((left, value, True) for left, value in self.cases(one, values))

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
                for after, truth in self._pair(operator, operand, scope, left, sample, single, one):
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

    def _pair(
        self, operator: str, operand: object, scope: str, values: Values, sample: object, single: bool, one: Variable
    ) -> Iterator[tuple[Values, bool]]:  # fmt: skip
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
        for left, theirs, alone in self._all_samples(other, values):
            if theirs is UNKNOWN:
                yield left, False
                continue
            if key == one.key:
                yield left, operator in ("is", "at_least", "at_most")
                continue
            asked = (
                operator,
                type(sample),
                sample,
                type(theirs),
                theirs,
                single and alone,
                one.regions is other.regions,
            )
            truths = self._pairs.get(asked)
            if truths is None:
                truths = self._pairs[asked] = settle(*asked)
            yield from ((left, truth) for truth in truths)


def _values(test: Test) -> tuple[object, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


class _Some(_One):
    """The names that a computed one reads, by their samples; what is computed among them is worked out."""

    def __init__(self, reader: Reader, scope: str, known: dict[str, object]) -> None:
        super().__init__(UNKNOWN)
        self._reader, self._scope, self._known = reader, scope, known

    def value(self, name: str) -> object:
        key = self._reader.words.resolve(self._scope, name)
        if key is None:
            return UNKNOWN
        if key in self._known:
            return self._known[key]
        one = self._reader.words.known[key]
        return self._reader._work_out(one, self._known) if one.derive is not None else UNKNOWN
