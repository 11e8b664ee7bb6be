"""Values with which a way can really be taken, where several have to fit together."""

from typing import NamedTuple

from .alike import Alike
from .amounts import value_of
from .following import Found
from .joint import called
from .linear import Unsure
from .reading import Reader
from .system import Amounts


class SameText(NamedTuple):
    """Some text that the procedure does not name; `which` tells it from another one."""

    which: object


class Examples:
    """One value for each name that has to fit others along a way, by the step that recorded it."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._words = found.layout.model.words
        self._system = Reader(found.layout).joint.system(found.states[-1].values) if found.states else None
        self._amounts: Amounts = {}
        self._texts: Alike = {}
        try:
            solved = self._system.solve() if self._system is not None else None
        except Unsure:
            solved = None
        if solved is not None:
            self._amounts, self._texts = solved

    def value(self, key: str, since: int) -> object:
        """What a name is from a step on (-1: from the start); None where it may be anything it is said to be."""
        name, one = self._called(key, since), self._words.known[key]
        if name in self._amounts:
            return value_of(one.regions.kind, self._amounts[name])
        if name in self._texts:
            bit, which = self._texts[name]
            sample = one.regions.samples[bit.bit_length() - 2]
            return sample if bit & one.regions.single else SameText(which)
        return None

    def within(self, key: str, since: int) -> int:
        """The regions that a name may be in from a step on, as far as what is known of others tells."""
        masks = {} if self._system is None else self._system.masks
        return masks.get(self._called(key, since), self._words.known[key].regions.all)

    def _called(self, key: str, since: int) -> str:
        """What a name is called from a step on where all is told of it; empty where it is not."""
        place, one = self._found.layout.past, self._words.known[key]
        if place is None:
            return ""
        past = self._words.pasts[self._found.states[since + 1].values[place]]
        return called(key, dict(past.stamp(one.cone if one.derive is not None else (key,))))
