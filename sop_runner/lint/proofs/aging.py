"""How old names are at one instant: as old as their copies, older than what is later, and older once time has passed."""

from .layout import AGED, FRESH, Layout, Values, put
from .moments import always
from .pairs import EQUAL, LESS, MORE, ORDER
from .stretches import SAME, Stretches


class Aging:
    """What one layout remembers of ages."""

    def __init__(self, layout: Layout) -> None:
        words, names = layout.model.words, layout.names
        self._layout = layout
        self._ages = [(names[key], found) for key, found in words.ages.values() if key in names]
        self._alike: dict[str, list[tuple[int, int]]] = {}
        for two, key in words.alike.items():
            for mine, theirs in (two, two[::-1]) if key in names else ():
                self._alike.setdefault(mine, []).append((names[key], names[words.ages[theirs].key]))
        self._ordered: list[tuple[int, int, Stretches, int, Stretches]] = []
        for two, key in words.pairs.items():
            if key in names and words.known[key].regions is ORDER and all(one in words.ages for one in two):
                (mine, first), (theirs, second) = (words.ages[one] for one in two)
                alike = (first.days and second.days) or all(always(words, one, "datetime") for one in two)
                if mine in names and theirs in names and alike:
                    self._ordered.append((names[key], names[mine], first, names[theirs], second))
        self._fitting: dict[tuple[int, ...], tuple[int, int, int]] = {}

    @property
    def told(self) -> bool:
        """Whether anything is remembered that changes as time passes."""
        return bool(self._ages or self._layout.watched)

    def later(self, values: Values) -> Values:
        """The values once time has passed: everything is as old as it was, or older, and what was fresh may be stale."""
        for place, age in self._ages:
            values = put(values, place, age.later(values[place]))
        for place in self._layout.watched:
            if values[place] == FRESH:
                values = put(values, place, AGED)
        return values

    def narrowed(self, values: Values, key: str, place: int, part: int) -> Values:
        """The values with a name, and all that is one value with it, known to be of some stretches of age."""
        values = put(values, place, values[place] & part)
        for same, other in self._alike.get(key, ()):
            if values[same] == SAME:
                values = put(values, other, values[other] & part)
        return values

    def together(self, values: Values) -> Values | None:
        """The values as far as they go together: what is later is younger. None where they do not."""
        changed = bool(self._ordered)
        while changed:
            changed = False
            for pair, mine, first, theirs, second in self._ordered:
                here = values[pair], values[mine], values[theirs]
                found = self._fit(here, first, second)
                if not all(found):
                    return None
                if found != here:
                    changed = True
                    for place, mask in zip((pair, mine, theirs), found, strict=True):
                        values = put(values, place, mask)
        return values

    def _fit(self, here: tuple[int, int, int], first: Stretches, second: Stretches) -> tuple[int, int, int]:
        """How two names compare, and their ages, as far as some of the one goes with some of the other."""
        asked = (*here, id(first), id(second))
        found = self._fitting.get(asked)
        if found is None:
            ways = mine = theirs = 0
            for one, here_one in first.of(here[1]):
                for other, here_other in second.of(here[2]):
                    way = here[0] & (
                        (LESS if here_one.most > here_other.least else 0)
                        | (MORE if here_other.most > here_one.least else 0)
                        | (EQUAL if _meet(first, one, second, other) else 0)
                    )
                    if way:
                        ways, mine, theirs = ways | way, mine | one, theirs | other
            found = self._fitting[asked] = ways, mine, theirs
        return found


def _meet(first: Stretches, one: int, second: Stretches, other: int) -> bool:
    """Whether something can be of both stretches of age."""
    if first is second:
        return one == other
    ((_, mine),), ((_, theirs),) = first.of(one), second.of(other)
    return max(mine.least, theirs.least) <= min(mine.most, theirs.most)
