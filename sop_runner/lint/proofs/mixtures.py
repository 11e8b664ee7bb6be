"""Moves with some of the values that a computed name may have where there are too many to go through, the least to the most.

They show that there is a way, never that there is none.
"""

from collections.abc import Iterator
from decimal import Decimal

from .computing import Computing, TooMany
from .ground import Onward, State
from .layout import Values, put
from .moves import Moves
from .names import Variable
from .regions import UNKNOWN_BIT

STEPS = 8
"""Of what it is computed from an eighth more each time lies where most comes of it, the rest where least does."""


class Sampled(Moves):
    """What follows a state, or where too many values hang together for all of that, some of it."""

    def onward(self, state: State) -> Iterator[Onward]:
        """Every state that follows, or some, with the step that leads there."""
        try:
            yield from [*super().onward(state)]
        except TooMany as error:
            one = self.model.words.known.get(str(error))
            if one is None or one.derive is None:
                raise
            for values in mixtures(self.reader, one, state.values):
                yield from super().onward(state._replace(values=values))


def mixtures(reader: Computing, one: Variable, values: Values) -> Iterator[Values]:
    """The same values with everything that a name is computed from, and that is remembered, in one region each."""
    orders = [(index, order) for index, order in _orders(reader, one, values) if order]
    for step in range(STEPS + 1):
        left = values
        for number, (index, order) in enumerate(orders):
            left = put(left, index, order[-1 if number * STEPS < step * len(orders) else 0])
        yield left


def _orders(reader: Computing, one: Variable, values: Values) -> Iterator[tuple[int, list[int]]]:
    """The regions of each place, those first of which least comes while the others stay as they are."""
    leaves = [reader.words.known[leaf] for leaf in one.leaves]
    parts = [[*leaf.regions.parts(reader.mask(leaf, values)[0] & ~UNKNOWN_BIT)] for leaf in leaves]
    usual = {leaf.key: those[0][1] for leaf, those in zip(leaves, parts, strict=True) if those}
    for leaf, those in zip(leaves, parts, strict=True):
        index = reader.layout.names.get(leaf.key)
        if index is not None and len(usual) == len(leaves):
            comes = {bit: reader.work_out(one, {**usual, leaf.key: sample}) for bit, sample, _ in those}
            if all(isinstance(value, int | Decimal) for value in comes.values()):
                yield index, sorted(comes, key=lambda bit: Decimal(str(comes[bit])))
