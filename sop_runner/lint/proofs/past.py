"""What was known of values that names no longer have, as far as it says something of those they have now.

Every value that a name has had is numbered; a fact is what was known of a name, or of how two compare, while it
was made of certain values. Two values of the past of which the same is known are as good as one.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Stamp = tuple[tuple[str, int], ...]
"""Recorded names, each with which of its values is meant."""


LOOKS = 4
"""How far around a value of the past it is looked for what tells it from another one."""


class Fact(NamedTuple):
    """In which regions something was that is made of these values."""

    key: str
    of: Stamp
    mask: int


class Past(NamedTuple):
    """Which value each name has now (0 where it is not told), and what is known of other ones."""

    now: Stamp = ()
    facts: tuple[Fact, ...] = ()

    def current(self) -> dict[str, int]:
        """Which value each name has now, as far as it is not the first."""
        return dict(self.now)

    def stamp(self, bases: Iterable[str]) -> Stamp:
        """The values that these names have now."""
        here = self.current()
        return tuple((base, here.get(base, 0)) for base in sorted(bases))

    def after(self, written: Iterable[str], known: Iterable[Fact]) -> "Past":
        """With new values for some names, and what was known of those that they had."""
        here = self.current()
        used = [*here.values(), *(number for fact in self.facts for _, number in fact.of)]
        following = max(used, default=0) + 1
        here.update(dict.fromkeys(written, following))
        return Past(tuple(sorted(here.items())), tuple(dict.fromkeys((*self.facts, *known))))

    def back_to(self, then: "Past", known: Iterable[Fact]) -> "Past":
        """With the values that names had then; what became known since is still so."""
        return Past(then.now, tuple(dict.fromkeys((*self.facts, *then.facts, *known))))

    def connected(self, keys: Iterable[str]) -> tuple[Fact, ...]:
        """The facts that have to do with what these names have now."""
        here = self.current()
        reached = {(key, here.get(key, 0)) for key in keys}
        left, found = list(self.facts), list[Fact]()
        while True:
            near = [fact for fact in left if not reached.isdisjoint(fact.of)]
            if not near:
                return tuple(found)
            found += near
            left = [fact for fact in left if reached.isdisjoint(fact.of)]
            reached.update(one for fact in near for one in fact.of)

    def forgotten(self, keys: Iterable[str]) -> "Past":
        """Only what matters for these names, numbered afresh."""
        here = self.current()
        facts = _told_once(self.connected(keys), here)
        while True:
            about: dict[tuple[str, int], list[object]] = {}
            for fact in facts:
                for one in fact.of:
                    if one[1] != here.get(one[0], 0):
                        rest = tuple((b, -1 if (b, n) == one else n) for b, n in fact.of)
                        about.setdefault(one, []).append((fact.key, rest, fact.mask))
            seen: dict[object, tuple[str, int]] = {}
            double = {
                one for one in sorted(about) if seen.setdefault((one[0], frozenset(about[one])), one) != one
            }
            if not double:
                break
            one = min(double)
            facts = tuple(fact for fact in facts if one not in fact.of)
        return Past((), _numbered(facts, here, about))


def _told_once(facts: tuple[Fact, ...], here: Mapping[str, int]) -> tuple[Fact, ...]:
    """Without what says of some values of the past what was said of others: each round of a loop leaves the same again."""
    about: dict[tuple[str, int], list[Fact]] = {}
    for fact in facts:
        for one in fact.of:
            if one[1] != here.get(one[0], 0):
                about.setdefault(one, []).append(fact)
    alike: dict[tuple[str, int], object] = {one: one[0] for one in about}
    for _ in range(LOOKS):
        kinds: dict[object, int] = {}
        looks = {
            one: (one[0], frozenset((f.key, f.mask, tuple(alike.get(o, o) for o in f.of)) for f in those))
            for one, those in about.items()
        }
        alike = {one: kinds.setdefault(look, len(kinds)) for one, look in looks.items()}
    seen: set[object] = set()
    done: set[tuple[str, int]] = set()
    kept: dict[Fact, None] = {}
    for first in sorted(about):
        if first in done:
            continue
        group, waiting = {first}, [first]
        while waiting:
            near = {o for fact in about[waiting.pop()] for o in fact.of if o in about} - group
            group |= near
            waiting += near
        done |= group
        said = tuple(sorted(map(str, (alike[one] for one in group))))
        if said not in seen:
            seen.add(said)
            kept.update((fact, None) for one in sorted(group) for fact in about[one])
    return tuple(fact for fact in facts if fact in kept)


def _numbered(
    facts: tuple[Fact, ...], here: Mapping[str, int], about: Mapping[tuple[str, int], list[object]]
) -> tuple[Fact, ...]:
    """What names have now is 0; the rest is counted by what is known of it."""
    numbers: dict[tuple[str, int], int] = {}
    for one in sorted(about, key=lambda one: (one[0], sorted(map(repr, about[one])), one[1])):
        numbers[one] = 1 + sum(base == one[0] for base, _ in numbers)
    return tuple(
        sorted(
            Fact(fact.key, tuple((base, numbers.get((base, n), 0)) for base, n in fact.of), fact.mask)
            for fact in facts
        )
    )


class Pasts:
    """Every past that came up, by number: 0 is that nothing is known."""

    def __init__(self) -> None:
        self._all = [Past()]
        self._numbers = {Past(): 0}

    def __getitem__(self, number: int) -> Past:
        return self._all[number]

    def number(self, past: Past) -> int:
        """The number of a past, a new one where it is new."""
        found = self._numbers.get(past)
        if found is None:
            found = self._numbers[past] = len(self._all)
            self._all.append(past)
        return found
