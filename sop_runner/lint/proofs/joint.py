"""What the names of one layout may be together: how they compare, and what is computed from them."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from .alike import Alike
from .amounts import region_of
from .boxes import differing
from .computing import Computing, TooMany
from .forms import forms
from .layout import Layout, Values, put
from .linear import Unsure
from .pairs import EQUAL, OTHER, comparing
from .past import Fact, Past, Stamp
from .regions import UNKNOWN_BIT
from .system import Amounts, System

FEW = 4
"""Groups of names that are all asked each time."""
MOST_EXAMPLES = 12
MOST_SOLVED = 2_000
"""Questions whether values fit that one layout goes into; each takes a millisecond or so."""

_Link = tuple[int, int, frozenset[str]]
Asked = tuple[tuple[tuple[int, int], ...], tuple[Fact, ...], Stamp]
"""Places with what they hold, facts of the past, and which of the values that those are about names have now."""


@dataclass(slots=True)
class _Judged:
    """What was found out of the names that something holds together."""

    seen: dict[object, bool] = field(default_factory=dict)
    """The same by what the places of the group hold, while nothing of the past is known: that is looked up fastest."""
    fitting: dict[Asked, bool] = field(default_factory=dict)
    examples: dict[tuple[Fact, ...], deque[Mapping[int, int]]] = field(default_factory=dict)
    """Values that were found to fit, as they are likely to fit again: the region at each place."""


_Look = tuple[Callable[[Values], object], Sequence[_Link], _Judged]
"""What looks up what the places of a group hold, the group, and what was found out of it."""


class Joint:
    """Judges values of one layout; of names that nothing holds together there is nothing to say."""

    def __init__(self, layout: Layout, computing: Computing) -> None:
        self._computing = computing
        self._words = words = layout.model.words
        self._layout = layout
        self._solved = 0
        self._forms = forms(layout.model)
        groups: dict[frozenset[str], list[str]] = {}
        for key in layout.names:
            if words.known[key].free and key in words.joined:
                groups.setdefault(words.joined[key], []).append(key)
        self._groups = tuple((tuple(map(self._one, those)), _Judged()) for those in groups.values())
        self._looks = tuple(
            (itemgetter(*sorted(self._places(those))), those, judged) for those, judged in self._groups
        )
        self._looks_at: dict[int, list[int]] = {}
        for index, (those, _) in enumerate(self._groups):
            for place in self._places(those):
                self._looks_at.setdefault(place, []).append(index)
        self._past_at = layout.past or 0
        self.told = bool(self._groups)
        """Whether anything is said of names together."""
        # Values that fitted: of those that come next nearly all are the same.
        self._fitted: Values | None = None

    def _one(self, key: str) -> tuple[int, int, frozenset[str]]:
        """What says something of other names: its place, what it is while it says nothing, and the names."""
        one, names = self._words.known[key], self._layout.names
        told = {key, *one.cone, *(one.pair or ())}
        return names[key], one.possible, frozenset(told & names.keys())

    def fits(self, values: Values) -> bool:
        """Whether some values of the names fit together; where that is not found out, they may."""
        past = bool(self._past(values).facts)
        for look, those, judged in self._asked_anew(values, past=past):
            if past:
                found = self._fits(those, judged, values)
            else:
                here = look(values)
                known = judged.seen.get(here)
                found = judged.seen[here] = self._fits(those, judged, values) if known is None else known
            if not found:
                return False
        self._fitted = values
        return True

    def _asked_anew(self, values: Values, *, past: bool) -> Iterable[_Look]:
        """The groups of which something is not what it was when all of them fitted."""
        fitted = self._fitted
        if (
            fitted is None
            or len(self._looks) <= FEW
            or (past and fitted[self._past_at] != values[self._past_at])
        ):
            return self._looks
        at = self._looks_at
        changed = {index for place in differing(fitted, values) for index in at.get(place, ())}
        return [self._looks[index] for index in sorted(changed)]

    def _places(self, those: Sequence[_Link]) -> set[int]:
        """The places of all that says something of a group, and of the names that it is told of."""
        names = self._layout.names
        return {place for place, _, _ in those} | {names[name] for _, _, told in those for name in told}

    def leaving(self, values: Values, keys: Iterable[str]) -> Values:
        """The values as names are about to get new ones; with the past, what the old ones say of the rest."""
        written = [key for key in keys if key in self._words.joined] if self._layout.past is not None else ()
        if not written:
            return values
        past = self._past(values)
        return self._with(values, past.after(written, self._facts(values, past, written)))

    def copied(self, before: Values, after: Values, sources: Mapping[str, str]) -> Values:
        """The values as names have got those that others had, which have other ones themselves now."""
        if self._layout.past is None or not sources:
            return after
        past, old, new = self._past(after), self._past(before).current(), self._past(after).current()
        facts: list[Fact] = []
        for key, source in sources.items():
            pair, one = self._words.pair(key, source), self._words.known[source]
            if pair is not None and key not in one.cone:
                of = {key: new.get(key, 0)} | {base: old.get(base, 0) for base in one.cone or (source,)}
                facts.append(Fact(pair, tuple(sorted(of.items())), EQUAL))
        return self._with(after, Past(past.now, tuple(dict.fromkeys((*past.facts, *facts)))))

    def gone_back(self, values: Values, since: Values) -> Values:
        """Values that were taken back, with what has become known since."""
        if self._layout.past is None or values[self._layout.past] == since[self._layout.past]:
            return values
        then, past = self._past(values), self._past(since)
        here, there = past.current(), then.current()
        changed = [key for key in {*here, *there} if here.get(key, 0) != there.get(key, 0)]
        return self._with(values, past.back_to(then, self._facts(since, past, changed)))

    def _facts(self, values: Values, past: Past, written: Collection[str]) -> Iterator[Fact]:
        """What is known of what is made of some names."""
        known = self._words.known
        for key, place in self._layout.names.items():
            one = known[key]
            bases = one.cone if one.free else {key}
            if (
                not one.asked_of
                and not bases.isdisjoint(written)
                and values[place] & ~UNKNOWN_BIT
                and not self._is_open(key, values)
            ):
                yield Fact(key, past.stamp(bases), values[place])

    def _past(self, values: Values) -> Past:
        return self._words.pasts[0 if self._layout.past is None else values[self._past_at]]

    def _with(self, values: Values, past: Past) -> Values:
        assert self._layout.past is not None
        return put(values, self._layout.past, self._words.pasts.number(past))

    def _is_open(self, key: str, values: Values) -> bool:
        one, mask = self._words.known[key], values[self._layout.names[key]]
        return mask == one.possible if one.free else mask & one.regions.known == one.regions.known

    def _fits(self, those: Sequence[_Link], judged: _Judged, values: Values) -> bool:
        names = {
            name: None for place, nothing, told in those if values[place] != nothing for name in sorted(told)
        }
        past = self._past(values)
        facts = past.connected(names) if past.facts else ()
        for fact in facts:
            names.update((base, None) for base, _ in fact.of)
        if len(names) < 2:
            return True
        here = {name: values[place] for name in names if (place := self._layout.names.get(name)) is not None}
        masks = tuple((self._layout.names[name], mask) for name, mask in here.items())
        asked = masks, facts, past.stamp({base for fact in facts for base, _ in fact.of})
        found = judged.fitting.get(asked)
        if found is None:
            examples = (
                judged.examples.setdefault(facts, deque(maxlen=MOST_EXAMPLES))
                if not facts
                else deque[Mapping[int, int]]()
            )
            found = any(all(one.get(place, 0) & mask for place, mask in masks) for one in examples)
            if not found:
                if self._solved > MOST_SOLVED:
                    raise TooMany(next(iter(names)))
                before = self._forms.solved
                try:
                    solved = self._forms.solve(self._system(here, past, facts))
                    found = solved is not None
                    if solved is not None:
                        examples.appendleft(self._example(here, past, solved))
                except Unsure:
                    found = True
                self._solved += self._forms.solved - before
            judged.fitting[asked] = found
        return found

    def _example(self, here: Mapping[str, int], past: Past, solved: tuple[Amounts, Alike]) -> dict[int, int]:
        """The regions in which values that fit lie; of names of which nothing was asked all that they may be."""
        known, (amounts, texts) = self._words.known, solved
        found: dict[int, int] = {}
        for key, mask in here.items():
            one, name = known[key], self._called(key, past)
            if one.pair is not None:
                first, second = (self._called(each, past) for each in one.pair)
                region = 0
                if first in texts and second in texts:
                    region = EQUAL if texts[first][1] == texts[second][1] else OTHER
                elif first in amounts and second in amounts and self._same_kind(*one.pair):
                    region = comparing(amounts[first], amounts[second])
            elif name in texts:
                region = texts[name][0]
            else:
                region = region_of(one.regions, amounts[name]) if name in amounts else 0 if one.free else mask
            if region:
                found[self._layout.names[key]] = region
        return found

    def _same_kind(self, one: str, other: str) -> bool:
        return self._words.known[one].regions.kind == self._words.known[other].regions.kind

    def _called(self, key: str, past: Past) -> str:
        one = self._words.known[key]
        return called(key, dict(past.stamp(one.cone if one.derive is not None else (key,))))

    def system(self, values: Values) -> System:
        """All that is known of all values that the names have had."""
        past = self._past(values)
        here = {key: values[place] for key, place in self._layout.names.items() if key in self._words.joined}
        return self._system(here, past, past.facts)

    def _system(self, here: Mapping[str, int], past: Past, facts: Iterable[Fact]) -> System:
        known = self._words.known
        system = System(self._computing.boxes)
        now = past.current()
        those = [*facts]
        for key, mask in here.items():
            those.append(Fact(key, past.stamp(known[key].cone if known[key].free else (key,)), mask))
        for fact in those:
            one, made_of = known[fact.key], dict(fact.of)
            if one.pair is None:
                system.masks[self._add(system, fact.key, made_of, now)] &= fact.mask
            elif fact.mask != one.possible:
                first, second = (self._add(system, key, made_of, now) for key in one.pair)
                system.pairs.append((first, second, fact.mask))
        return system

    def _add(self, system: System, key: str, of: Mapping[str, int], now: Mapping[str, int]) -> str:
        """A name made of certain values, with what it is computed from; how it is called there."""
        one = self._words.known[key]
        bases = one.cone if one.derive is not None else {key}
        name = called(key, {base: of.get(base, now.get(base, 0)) for base in bases})
        if name not in system.names:
            system.names[name] = one
            if one.derive is None or one.free:
                system.masks[name] = one.possible if one.free else one.regions.all
            parts = self._words.parts(one)
            if parts is not None:
                system.parts[name] = {word: self._add(system, part, of, now) for word, part in parts.items()}
        return name


def called(key: str, of: Mapping[str, int]) -> str:
    """What a name is called in a system while it is made of certain values."""
    return f"{key} {' '.join(str(of[base]) for base in sorted(of))}"
