"""What computed names are computed from, whether region by region, and what they may come to."""

from collections.abc import Mapping
from dataclasses import dataclass

from sop_runner.procedure.derive import Derive
from sop_runner.procedure.value_types import MAX_ROWS

from .floors import least, not_below, of_length
from .names import Variable, Vocabulary


def add_leaves(words: Vocabulary, derives: Mapping[str, Mapping[str, Derive]]) -> None:
    """The leaves of each computed name, with the computed names of each scope."""
    derived = _Derived(words, derives)
    for one in list(words.known.values()):
        if one.derive is not None:
            derived.leaves(one.key, ())
            one.possible = derived.possible(one, one.derive)


@dataclass(frozen=True)
class _Derived:
    words: Vocabulary
    derives: Mapping[str, Mapping[str, Derive]]

    def leaves(self, key: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """What a name is computed from: itself where it is recorded, or computed in no way that can be followed."""
        one = self.words.known[key]
        if one.derive is None or key in above:
            return (key,)
        if not one.cone:
            found: dict[str, None] = {}
            cone: set[str] = set()
            exact = True
            for operand in one.derive.operands:
                if not isinstance(operand, str):
                    continue
                source = self.words.resolve(one.scope, operand) or self.words.resolve(
                    one.scope, operand.partition(".")[0]
                )
                if source is None:
                    exact = False
                    continue
                leaves = self.leaves(source, (*above, key))
                found.update(dict.fromkeys(leaves))
                other = self.words.known[source]
                cone |= other.cone if other.derive is not None else {source}
                exact = exact and self._exact(other) and "." not in operand.removeprefix(source)
            of_one = one.derive.table is not None or one.derive.bands is not None
            function = of_one or (exact and one.derive.way in ("sum", "count_true", "max", "product"))
            one.cone = frozenset(cone)
            one.free = not function
            one.leaves = tuple(found) if function else (key,)
        return one.leaves

    def possible(self, one: Variable, derive: Derive) -> int:
        if derive.way == "count":
            key = self.words.resolve(one.scope, str(derive.count))
            if key is not None and self.words.known[key].derive is None:
                self.words.counts.setdefault(key, []).append(one.key)
                longest = [rules.at_most for rules in self.words.known[key].rules] or [None]
                one.most = min(MAX_ROWS, max(MAX_ROWS if most is None else int(most) for most in longest))
            return of_length(one.regions, range(one.most + 1))
        bound = least(derive, self.derives[one.scope])
        return one.regions.known if bound is None else not_below(one.regions, bound)

    def _exact(self, one: Variable) -> bool:
        """Whether each of its regions is one value."""
        if one.derive is None:
            return not one.regions.between and one.regions.kind != "list"
        return not one.free and (
            one.derive.table is not None
            or one.derive.bands is not None
            or all(self._exact(self.words.known[leaf]) for leaf in one.leaves)
        )
