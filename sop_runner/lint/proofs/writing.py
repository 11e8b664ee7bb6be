"""What names hold once they are written: as set, as copied, as kept."""

from collections.abc import Collection, Mapping

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_types import MAX_ROWS, Sealed, is_known

from .layout import NOT_SO, Layout, Values, put
from .names import Variable, as_digest
from .pairs import EQUAL, ORDER, flipped
from .reading import Reader
from .regions import UNKNOWN_BIT
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
