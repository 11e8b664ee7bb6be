"""What names hold once they are written: as typed by the rules of a field, as set or copied, as kept."""

from collections.abc import Collection, Iterable, Mapping

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.value_types import MAX_ROWS, Sealed, is_known
from sop_runner.procedure.when import Test

from .amounts import on_grid
from .boxes import merged
from .grids import step_of
from .layout import NOT_SO, Layout, Values, put
from .names import Variable, as_digest
from .pairs import EQUAL, ORDER, flipped
from .reading import Reader
from .regions import ORDERED, UNKNOWN_BIT
from .stretches import SAME


class Writer:
    """Writes names of one layout; whatever is not remembered is skipped."""

    def __init__(self, layout: Layout, reader: Reader) -> None:
        self.layout = layout
        self.reader = reader
        self.words = layout.model.words
        # Where it stands how a name compares with others, none of which is made of it.
        self._compared: dict[str, list[tuple[int, str, Variable]]] = {}
        for (one, other), pair in self.words.pairs.items():
            if pair in layout.names:
                for mine, theirs in ((one, other), (other, one)):
                    if mine not in self.words.known[theirs].cone:
                        there = layout.names[pair], theirs, self.words.known[pair]
                        self._compared.setdefault(mine, []).append(there)

        # Where it stands whether a name is one value with others, none of which is made of it.
        self._alike: dict[str, list[tuple[int, str]]] = {}
        for two, same in self.words.alike.items():
            for mine, theirs in (two, two[::-1]) if same in layout.names else ():
                if mine not in self.words.known[theirs].cone:
                    self._alike.setdefault(mine, []).append((layout.names[same], theirs))

    def write(self, values: Values, key: str, mask: int) -> Values:
        """A name has a new value; what is computed from it may change."""
        index = self.layout.names.get(key)
        upset = self.layout.upset.get(key, ())
        values = self.reader.joint.leaving(values, (key,))
        if index is not None:
            values = put(values, index, mask)
        for other in upset:
            values = put(values, other, self._free(other))
        for place in self.layout.setters.get(key, ()):
            values = put(values, place, NOT_SO)
        if key in self.words.rows:
            values = self._rows(values, key, known=mask != UNKNOWN_BIT)
        return values

    def _rows(self, values: Values, key: str, *, known: bool) -> Values:
        """A list has other rows, any that it takes, of which nobody asked anything yet."""
        rules = self.layout.model.plan.fields[key]
        for number, row in enumerate(self.words.rows[key]):
            there = known and number < (rules.at_most or MAX_ROWS)
            values = self.write(values, row, self.words.known[row].regions.all if there else UNKNOWN_BIT)
        for cell in self.words.cells_of.get(key, ()):
            one = self.words.known[cell]
            spec = one.rules[0]
            mask = self.kept_as(cell, spec, one.regions.allowed(spec)) | (0 if spec.required else UNKNOWN_BIT)
            values = self.write(values, cell, mask if known else UNKNOWN_BIT)
        return values

    def take(self, values: Values, key: str, mask: int, source: str) -> Values:
        """A name has the value of another one; it compares with the rest as that does."""
        return self.take_all(values, {key: (mask, source)})

    def take_all(self, values: Values, taken: Mapping[str, tuple[int, str | None]]) -> Values:
        """Names get new values at once, each that of the name it is copied from, as that was before; None for none."""
        before = values
        new = {key: mask for key, (mask, source) in taken.items() if key != source}
        sources = {key: source for key, (_, source) in taken.items() if key in new and source is not None}
        after = values
        for key, mask in new.items():
            after = self.write(after, key, mask)
        for key, (mask, source) in taken.items():
            if key == source and key in self.layout.names:
                after = put(after, self.layout.names[key], mask)
        for key, source in sources.items():
            if new[key] & ~UNKNOWN_BIT:
                after = self._as_old(after, key, before, source, new, sources)
            if key not in self.words.known[source].cone:  # else what is copied is made of what was here
                for place, other, one in self._compared.get(key, ()):
                    told = self._as_before(
                        before, source, other, new, sources, turned=one.regions is ORDER and key > other
                    )
                    after = after if told is None else put(after, place, told)
        return self.reader.joint.copied(
            before, after, {key: one for key, one in sources.items() if self._goes(one, new)}
        )

    def _goes(self, source: str, new: Collection[str]) -> bool:
        """Whether what is copied is itself another value from then on."""
        return not ({source, *self.words.known[source].cone}).isdisjoint(new)

    def _as_before(
        self, before: Values, source: str, other: str, new: Collection[str], sources: Mapping[str, str], *, turned: bool
    ) -> int | None:  # fmt: skip
        """How a copy compares with another name: as what it was copied from did with what that was."""
        if self._made_anew(other, new, sources):
            return None
        theirs = sources.get(other, other)
        if theirs == source:
            return EQUAL
        pair = self.words.pair(source, theirs)
        if pair not in self.layout.names:
            return None
        assert pair is not None
        there = before[self.layout.names[pair]]
        ordered = self.words.known[pair].regions is ORDER
        return flipped(there) if ordered and (source > theirs) != turned else there

    def _as_old(
        self, values: Values, key: str, before: Values, source: str, new: Collection[str], sources: Mapping[str, str]
    ) -> Values:  # fmt: skip
        """What was copied is as old as what it was copied from, and what is learnt of the one holds for the other."""
        words, names = self.words, self.layout.names
        here, there = (names.get(words.ages[one].key) if one in words.ages else None for one in (key, source))
        if here is None or there is None:
            return values
        values = put(values, here, before[there])
        for place, other in self._alike.get(key, ()):
            if self._made_anew(other, new, sources):
                continue
            was = sources.get(other, other)
            theirs = names.get(words.same(source, was) or "")
            if was == source:
                values = put(values, place, SAME)
            elif theirs is not None:
                values = put(values, place, before[theirs])
        return values

    def _made_anew(self, other: str, new: Collection[str], sources: Mapping[str, str]) -> bool:
        """Whether it is computed anew, or has a value of its own."""
        return not self.words.known[other].cone.isdisjoint(new) or (other in new and other not in sources)

    def _free(self, index: int) -> int:
        return self.layout.start[index]

    def fields(self, values: Values, scope: str, specs: Iterable[FieldSpec]) -> list[Values]:
        """A record or a case, its fields in order; one whose condition does not hold becomes unknown."""
        specs = tuple(specs)
        if not any(
            scope + spec.field in self.layout.names or scope + spec.field in self.layout.upset or bound(spec)
            for spec in specs
        ):
            return [values]
        for spec in specs:
            values = self.write(values, scope + spec.field, UNKNOWN_BIT)
        waiting = [values]
        for spec in specs:
            on: dict[Values, None] = {}
            for one in waiting:
                for left, asked in self._asked(spec, scope, one):
                    for after in self.typed(left, scope, scope + spec.field, spec) if asked else [left]:
                        on[after] = None
            waiting = list(on)
        for spec in specs:
            # What is typed can be read until the whole record is written down.
            if spec.keep == "never" or as_digest(spec):
                waiting = list(dict.fromkeys(self.put_down(one, scope + spec.field, spec) for one in waiting))
        return waiting

    def put_down(self, values: Values, key: str, spec: FieldRules) -> Values:
        """The values once a typed one is kept as its field says."""
        place = self.layout.names.get(key)
        return values if place is None else put(values, place, self.kept_as(key, spec, values[place]))

    def kept(self, key: str, mask: int) -> int:
        """What is left to read of values that a name is given, by the rules of its field."""
        rules = self.layout.model.plan.fields.get(key)
        return mask if rules is None else self.kept_as(key, rules, mask)

    def kept_as(self, key: str, rules: FieldRules, mask: int) -> int:
        """Of a digest nothing can be read, and what is not kept is not known."""
        if not mask & ~UNKNOWN_BIT:
            return mask
        if rules.keep == "never":
            return UNKNOWN_BIT
        sealed = self.words.known[key].regions.sealed
        return mask & UNKNOWN_BIT | sealed if as_digest(rules) and sealed else mask

    def _asked(self, spec: FieldRules, scope: str, values: Values) -> list[tuple[Values, bool]]:
        return (
            [(values, True)] if spec.only_when is None else self.reader.split(spec.only_when, scope, values)
        )

    def typed(self, values: Values, scope: str, key: str, spec: FieldRules) -> list[Values]:
        """The values after a field was typed by its rules, before it is put down."""
        others = [
            (equal, other.name)
            for equal, other in ((True, spec.equals), (False, spec.differs))
            if isinstance(other, FieldRef)
        ]
        if key not in self.layout.names and not bound(spec):
            return [self.write(values, key, 0)]
        regions = self.words.known[key].regions
        mask = regions.allowed(spec)
        if regions.kind in ORDERED:
            mask &= on_grid(regions, step_of(spec))
        if spec.equals is not None and not isinstance(spec.equals, FieldRef):
            mask &= regions.true_for(Test("x", "is", spec.equals, ()))
        if spec.differs is not None and not isinstance(spec.differs, FieldRef):
            mask &= ~regions.true_for(Test("x", "is", spec.differs, ()))
        if not others:
            found = [self.write(values, key, mask)] if mask else []
        else:
            found = merged(
                [
                    left
                    # What many values bring about is told before what one does.
                    for bit, sample, single in sorted(regions.parts(mask), key=lambda part: part[2])
                    for left in self._held_against(
                        self.write(values, key, bit), scope, key, (sample, single), others
                    )
                    if self.reader.joint.fits(left)
                ]
            )
        if not spec.required:
            found.append(self.write(values, key, UNKNOWN_BIT))
        return list(dict.fromkeys(found))

    def _held_against(
        self, values: Values, scope: str, key: str, typed: tuple[object, bool], others: list[tuple[bool, str]]
    ) -> list[Values]:
        """What others have to be where a field of this value equals them or differs from them."""
        found, one = [values], self.words.known[key]
        for equal, name in others:
            known = Test(name, "known", True, ())
            after = []
            for left in found:
                for there, truth in self.reader.split(known, scope, left):
                    if not truth:
                        after += [] if equal else [there]
                        continue
                    for clear in self.readable(there, scope, name):
                        pairs = self.reader.pair("is", FieldRef(name), scope, clear, *typed, one)
                        after += [fits for fits, same in pairs if same is equal]
            found = after
        return found

    def readable(self, values: Values, scope: str, name: str) -> list[Values]:
        """Where a name is kept as a digest, nothing can be held against it."""
        key = self.words.resolve(scope, name)
        if key is None or key not in self.layout.names:
            return [values]
        place, sealed = self.layout.names[key], self.words.known[key].regions.sealed
        return [put(values, place, values[place] & ~sealed)] if values[place] & ~sealed else []

    def where_known(self, values: Values, scope: str, names: Iterable[str]) -> list[Values]:
        """What is typed again is compared, so it must be known."""
        waiting = [values]
        for name in names:
            test = Test(name, "known", True, ())
            waiting = [
                left for one in waiting for left, truth in self.reader.split(test, scope, one) if truth
            ]
        return waiting

    def same_as(self, one: str, other: str, bit: int) -> int:
        """The region of a copied value under its other name."""
        theirs, ours = self.words.known[one].regions, self.words.known[other].regions
        return bit if theirs is ours or bit == UNKNOWN_BIT else ours.known

    def copies(self, values: Values, key: str, scope: str, name: str) -> list[Values]:
        """`key` takes the value of another name."""
        found = [self.take_all(left, {key: taken}) for left, taken in self._copied(values, key, scope, name)]
        return [one for one in dict.fromkeys(found) if self.reader.joint.fits(one)]

    def set_at_once(self, values: Values, scope: str, sets: Mapping[str, object]) -> list[Values]:
        """What an outcome sets, all of it taken from the values before."""
        waiting: list[tuple[Values, dict[str, tuple[int, str | None]]]] = [(values, {})]
        for name, value in sets.items():
            key = scope + name
            if isinstance(value, FieldRef):
                waiting = [
                    (left, {**taken, key: one})
                    for before, taken in waiting
                    for left, one in self._copied(before, key, scope, value.name)
                ]
            else:
                mask = self.kept(key, self.words.known[key].regions.of_literal(value))
                waiting = [(left, {**taken, key: (mask, None)}) for left, taken in waiting]
        fits = self.reader.joint.fits
        found = [self.take_all(left, taken) for left, taken in waiting if left == values or fits(left)]
        return [one for one in dict.fromkeys(found) if self.reader.joint.fits(one)]

    def _copied(
        self, values: Values, key: str, scope: str, name: str
    ) -> list[tuple[Values, tuple[int, str | None]]]:
        """What a name may become that is given another one's value, with what is left of that."""
        if key not in self.layout.names:
            return [(values, (0, None))]
        source = self.words.resolve(scope, name)
        if source is None:
            return [(values, (UNKNOWN_BIT, None))]
        ours, one = self.words.known[key].regions, self.words.known[source]
        # A sealed value is copied as its commitment, whatever the rules of its new name.
        sealed = any(rules.keep == "erasable" for rules in one.rules)
        found: dict[tuple[Values, tuple[int, str | None]], None] = {}
        if one.derive is None or one.free:
            for left, sample, _ in self.reader.samples(one, values):
                bit = one.regions.bit(sample) if is_known(sample) else UNKNOWN_BIT
                mask = self.same_as(source, key, bit) if bit else UNKNOWN_BIT
                as_kept = mask if sealed or isinstance(sample, Sealed) else self.kept(key, mask)
                found[left, (mask | as_kept if sealed else as_kept, source)] = None
        else:
            for left, value in self.reader.cases(one, values):
                mask = ours.of_literal(value) if is_known(value) else UNKNOWN_BIT
                found[left, (self.kept(key, mask), source)] = None
        return list(found)


def bound(spec: FieldRules) -> bool:
    """Whether an answer is needed that other fields may rule out."""
    return spec.required and (isinstance(spec.equals, FieldRef) or isinstance(spec.differs, FieldRef))
