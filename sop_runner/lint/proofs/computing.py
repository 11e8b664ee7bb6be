"""What a name may be as things stand: the regions of a recorded one, what a computed one comes to in each."""

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

from sop_runner.base.calendar import USUAL
from sop_runner.procedure.compute import compute
from sop_runner.procedure.value_types import UNKNOWN

from .boxes import merged
from .layout import Layout, Values, put
from .names import Boxes, Variable
from .regions import UNKNOWN_BIT, _One
from .tallying import Tally

Cases = list[tuple[Values, object]]
_Part = tuple[object, object, tuple[tuple[int, int], ...]]
"""A value of an operand: what it is told apart by, the value, and the regions of its leaves."""
MOST_CASES = 4096


class TooMany(Exception):
    """More cases than a proof can go through."""


class Computing:
    """Names of one layout with their values, region by region."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.words = layout.model.words
        self._worked: dict[str, dict[tuple[object, ...], object]] = {}

    def mask(self, one: Variable, values: Values) -> tuple[int, int | None]:
        """The regions a recorded name may be in, and its place where it is remembered."""
        index = self.layout.names.get(one.key)
        return (one.regions.all, None) if index is None else (values[index], index)

    def cases(self, one: Variable, values: Values) -> Cases:
        """Every value a name may have, each with what is left of the others then."""
        if one.derive is None or one.free:
            return [(left, sample) for left, sample, _ in self.samples(one, values)]
        if any(self.words.known[leaf].free for leaf in one.leaves):
            waiting: list[tuple[Values, tuple[object, ...]]] = [(values, ())]
            for leaf in one.leaves:
                variable = self.words.known[leaf]
                waiting = [
                    (after, (*samples, sample))
                    for left, samples in waiting
                    for after, sample, _ in self.samples(variable, left)
                ]
                if len(waiting) > MOST_CASES:
                    return self._cases_by_operand(one, values)
            worked = self._worked.setdefault(one.key, {})
            cases: Cases = []
            for left, samples in waiting:
                if samples not in worked:
                    worked[samples] = self.work_out(one, dict(zip(one.leaves, samples, strict=True)))
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

    def boxes(self, one: Variable, masks: Values) -> Boxes | None:
        """What comes of an exactly computed name whose leaves are known and lie in these regions; None for too many."""
        leaves = [self.words.known[leaf] for leaf in one.leaves]
        if not any(leaf.free for leaf in leaves):
            return self._boxes(one, masks)
        there = [[*leaf.regions.parts(mask)] for leaf, mask in zip(leaves, masks, strict=True)]
        if prod(map(len, there)) > MOST_CASES:
            return None
        found: dict[object, list[Values]] = {}
        for parts in product(*there):
            known: dict[str, object] = {
                leaf.key: sample for leaf, (_, sample, _) in zip(leaves, parts, strict=True)
            }
            found.setdefault(self.work_out(one, known), []).append(tuple(bit for bit, _, _ in parts))
        return [(box, value) for value, those in found.items() for box in merged(those)]

    def _boxes(self, one: Variable, masks: Values) -> Boxes | None:
        """What comes of a name computed from leaves in these regions, worked out once; None for too many cases."""
        known = self.words.worked_out
        if (one.key, masks) not in known:
            known[one.key, masks] = self._composed(one, masks)
        return known[one.key, masks]

    def _composed(self, one: Variable, masks: Values) -> Boxes | None:
        """Operand by operand: an operand has few values, however many cases of its own operands there are."""
        assert one.derive is not None
        waiting: dict[tuple[object, ...], tuple[tuple[object, ...], list[Values]]] = {(): ((), [masks])}
        keys: list[str] = []
        for operand in one.derive.operands:
            key = self._key(one, operand)
            if key is None or key in keys:
                continue
            keys.append(key)
            parts = self._parts(self.words.known[key], one, masks)
            if parts is None:
                return None
            on: dict[tuple[object, ...], tuple[tuple[object, ...], list[Values]]] = {}
            for tags, (values, those) in waiting.items():
                for tag, value, regions in parts:
                    both = [box for left in those if (box := _narrowed(left, regions)) is not None]
                    if both:
                        on.setdefault((*tags, tag), ((*values, value), []))[1].extend(both)
            waiting = {tags: (values, merged(those)) for tags, (values, those) in on.items()}
            if sum(len(those) for _, those in waiting.values()) > MOST_CASES:
                return None
        found: dict[tuple[type, object], list[Values]] = {}
        for values, those in waiting.values():
            value = self.work_out(one, dict(zip(keys, values, strict=True)))
            found.setdefault((type(value), value), []).extend(those)
        return [(box, value) for (_, value), those in found.items() for box in merged(those)]

    def _key(self, one: Variable, operand: object) -> str | None:
        if not isinstance(operand, str):
            return None
        return self.words.resolve(one.scope, operand) or self.words.resolve(
            one.scope, operand.partition(".")[0]
        )

    def _parts(self, operand: Variable, one: Variable, masks: Values) -> list[_Part] | None:
        """An operand's values with the regions of what `one` is computed from that lead to each."""
        place = {leaf: index for index, leaf in enumerate(one.leaves)}
        if operand.derive is None:
            here = place[operand.key]
            return [(bit, sample, ((here, bit),)) for bit, sample, _ in operand.regions.parts(masks[here])]
        boxes = self._boxes(operand, tuple(masks[place[leaf]] for leaf in operand.leaves))
        if boxes is None:
            return None
        places = [place[leaf] for leaf in operand.leaves]
        return [((type(value), value), value, tuple(zip(places, box, strict=True))) for box, value in boxes]

    def _cases_by_operand(self, one: Variable, values: Values) -> Cases:
        """The same operand by operand, what comes to one value put together: a score over many names has few."""
        # Operands may disagree about a name that is not remembered; a way that is followed remembers it.
        assert one.derive is not None
        tally = Tally.of(one.derive, lambda name: self._whole(one, name), _Some(self, one.scope, {}))
        keys = [*tally.times] if tally is not None else [*dict.fromkeys(self._operands(one))]
        waiting: dict[Any, list[Values]] = {() if tally is None else tally.begin: [values]}
        for key in keys:
            on: dict[Any, list[Values]] = {}
            for known, those in waiting.items():
                for left in those:
                    for after, value in self.cases(self.words.known[key], left):
                        so_far = (*known, value) if tally is None else tally.with_(known, key, value)
                        on.setdefault(so_far, []).append(after)
            waiting = {known: merged(those) for known, those in on.items()}
            if sum(map(len, waiting.values())) > MOST_CASES:
                raise TooMany(one.key)
        if tally is not None:
            return [(left, value) for value, those in waiting.items() for left in those]
        found: dict[object, list[Values]] = {}
        for known, those in waiting.items():
            value = self.work_out(one, dict(zip(keys, known, strict=True)))
            found.setdefault(value, []).extend(those)
        return [(left, value) for value, those in found.items() for left in merged(those)]

    def _operands(self, one: Variable) -> Iterator[str]:
        assert one.derive is not None
        names = (operand for operand in one.derive.operands if isinstance(operand, str))
        yield from (key for name in names if (key := self.words.resolve(one.scope, name)) is not None)

    def _whole(self, one: Variable, name: str) -> Variable | None:
        key = self.words.resolve(one.scope, name)
        return None if key is None else self.words.known[key]

    def work_out(self, one: Variable, known: dict[str, object]) -> object:
        """What comes of a computed name where these are the values of what it is computed from."""
        assert one.derive is not None
        return compute(one.derive, _Some(self, one.scope, known), USUAL)

    def samples(self, one: Variable, values: Values) -> Iterator[tuple[Values, object, bool]]:
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
                mask = one.possible
            for bit, sample, single in one.regions.parts(mask):
                yield (left if index is None else put(left, index, bit)), sample, single

    def all_samples(self, one: Variable, values: Values) -> Iterator[tuple[Values, object, bool]]:
        if one.derive is None or one.free:
            yield from self.samples(one, values)
        else:
            yield from ((left, value, True) for left, value in self.cases(one, values))


def _narrowed(box: Values, regions: tuple[tuple[int, int], ...]) -> Values | None:
    """A box with some of its places narrowed; None where nothing is left of one."""
    for place, mask in regions:
        if not box[place] & mask:
            return None
        box = put(box, place, box[place] & mask)
    return box


class _Some(_One):
    """The names that a computed one reads, by their samples; what is computed among them is worked out."""

    def __init__(self, reader: Computing, scope: str, known: dict[str, object]) -> None:
        super().__init__(UNKNOWN)
        self._reader, self._scope, self._known = reader, scope, known

    def value(self, name: str) -> object:
        key = self._reader.words.resolve(self._scope, name)
        if key is None:
            return UNKNOWN
        if key in self._known:
            return self._known[key]
        one = self._reader.words.known[key]
        return self._reader.work_out(one, self._known) if one.derive is not None else UNKNOWN
