"""Which names are held against each other in a plan, and what their being copied adds to that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.when import Test, operands, tests

from .conditions import conditions
from .copying import given
from .grids import add_grids
from .names import Variable, Vocabulary
from .pairs import EQUALITY, ORDER, ordered


def add_pairs(words: Vocabulary) -> None:
    """Every pair of names of which it can matter how they compare."""
    _Pairs(words).add()


@dataclass
class _Pairs:
    words: Vocabulary

    def add(self) -> None:
        words = self.words
        asked = [pair for pair in self._asked() if self._comparable(*pair)]
        made = [
            one for one in words.known.values() if one.derive is not None and words.parts(one) is not None
        ]
        if not asked and not made:
            return
        copies: dict[str, set[str]] = {}
        for key, source in given(words):
            if isinstance(source, str) and key != source and self._comparable(key, source):
                copies.setdefault(key, set()).add(source)
        add_grids(words, given(words))
        members = {name for pair in asked for key in pair for name in self._with_bases(key)}
        members |= {base for one in made if one.free for base in (one.key, *one.cone)}
        pairs: dict[tuple[str, str], None] = {}
        waiting = [*asked]
        seen: set[str] = set()
        while waiting or members - seen:
            for key in sorted(members - seen):
                seen.add(key)
                for source in copies.get(key, ()):
                    waiting.append((key, source))
                    members |= self._with_bases(source)
            while waiting:
                one, other = waiting.pop()
                pair = (one, other) if one < other else (other, one)
                if one == other or pair in pairs or not self._comparable(one, other):
                    continue
                pairs[pair] = None
                for mine, theirs in ((one, other), (other, one)):
                    waiting += [(source, theirs) for source in copies.get(mine, ())]
        words.copied = {key: frozenset(those) for key, those in copies.items() if key in seen}
        for pair in pairs:
            self._declare(pair)
        self._join(made)

    def _with_bases(self, key: str) -> set[str]:
        return {key, *self.words.known[key].cone}

    def _declare(self, pair: tuple[str, str]) -> None:
        words = self.words
        key = f"?{pair[0]}?{pair[1]}"
        regions = ORDER if ordered(words.known[pair[0]]) else EQUALITY
        cone = frozenset(
            base for name in pair for base in (words.known[name].cone if words.known[name].derive else {name})
        )
        words.known[key] = Variable(
            key, {"choice"}, cone=cone, leaves=(key,), free=True, regions=regions, possible=regions.known, pair=pair
        )  # fmt: skip
        words.pairs[pair] = key

    def _comparable(self, one: str, other: str) -> bool:
        words = self.words
        if one not in words.known or other not in words.known:
            return False
        first, second = words.known[one], words.known[other]
        kinds = {first.regions.kind, second.regions.kind}
        if kinds == {"date", "datetime"}:
            return True
        return len(kinds) == 1 and (ordered(first) or (first.regions is second.regions and kinds != {"list"}))

    def _join(self, made: Iterable[Variable]) -> None:
        """Names that a pair or what is computed holds together."""
        words = self.words
        head: dict[str, str] = {}

        def find(key: str) -> str:
            while head.setdefault(key, key) != key:
                key = head[key]
            return key

        for key in words.pairs.values():
            for other in (*words.known[key].cone, *(words.known[key].pair or ())):
                head[find(other)] = find(key)
        for one in made:
            if one.free:
                for other in (*one.cone, *(words.parts(one) or {}).values()):
                    head[find(other)] = find(one.key)
        for key in words.pairs.values():
            for name in words.known[key].pair or ():
                for leaf in words.known[name].leaves:
                    head[find(leaf)] = find(key)
        groups: dict[str, set[str]] = {}
        for key in [*head]:
            groups.setdefault(find(key), set()).add(key)
        words.joined = {key: frozenset(those) for those in groups.values() for key in those}

    def _asked(self) -> Iterator[tuple[str, str]]:
        words = self.words
        for scope, condition in conditions(words.plan):
            for test in tests(condition):
                if isinstance(test, Test):
                    yield from self._held_against(words.resolve(scope, test.name), scope, operands(test))
        for key, variable in words.known.items():
            scope = key[: key.rfind("/") + 1]
            for rules in variable.rules:
                yield from self._held_against(key, scope, (rules.equals, rules.differs))

    def _held_against(
        self, key: str | None, scope: str, values: Iterable[object]
    ) -> Iterator[tuple[str, str]]:
        for value in values:
            other = self.words.resolve(scope, value.name) if isinstance(value, FieldRef) else None
            if key is not None and other is not None:
                yield key, other
