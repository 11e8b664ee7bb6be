"""Values that have to fit together: compared with each other, and computed from each other.

Each value lies in some regions of its name. What is asked of several at once is exact as far as it is linear:
orders, sums, the largest of several, days between two dates, and equal texts. Of a product of two amounts that
are both open the range is known; where no values are found in it, it is said that this is not known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TypeVar

from sop_runner.procedure.value_types import is_known

from .alike import Alike, alike
from .amounts import DAY, Range, number, ranges, within
from .composed import Choice, composed
from .linear import Row, Unsure, row, solve
from .names import Boxes, Variable
from .pairs import EQUAL, compared, ordered
from .products import Product, factors, multiplied
from .regions import UNKNOWN_BIT

MOST_TRIES = 200
MOST_BOXES = 256

Masks = Mapping[str, int]
Amounts = dict[str, Fraction]
Solved = tuple[Amounts, Alike] | None
"""Values that fit together, amounts and texts; None where there are none."""
Cases = Callable[[Variable, tuple[int, ...]], Boxes | None]
"""What an exactly computed name comes to where its leaves lie in these regions; None for too many cases."""


@dataclass(slots=True)
class System:
    """Values by what they are called here, with their names and regions; pairs of them, and what they are made of."""

    cases: Cases
    names: dict[str, Variable] = field(default_factory=dict)
    masks: dict[str, int] = field(default_factory=dict)
    pairs: list[tuple[str, str, int]] = field(default_factory=list)
    parts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Of what is computed: how what it is computed from is called here."""
    _tries: int = 0

    def solve(self) -> Solved:
        """Values that fit together, None where there are none; raises Unsure where that is not found out."""
        amounts: Amounts = {}
        texts: Alike = {}
        unsure = False
        for which, those in enumerate(self._apart(self._wanted())):
            try:
                found = self._solved(those)
            except Unsure:
                unsure = True
                continue
            if found is None:
                return None
            amounts |= found[0]
            texts |= {one: (bit, (which, group)) for one, (bit, group) in found[1].items()}
        if unsure:
            raise Unsure
        return amounts, texts

    def _solved(self, wanted: Sequence[str]) -> Solved:
        masks = {one: self.masks[one] & ~UNKNOWN_BIT for one in wanted if one in self.masks}
        if not all(masks.values()):
            return None
        split = [one for one in wanted if self._is_exact(one)]
        split += [part for one in wanted if self._way(one) == "product" for part in self.parts[one].values()]
        self._tries = 0
        return _first(partial(self._fitting, wanted, *case) for case in self._cases(split, masks))

    def _apart(self, wanted: Sequence[str]) -> Iterable[list[str]]:
        """The values in groups that have nothing to do with each other."""
        head = {one: one for one in wanted}

        def find(one: str) -> str:
            while head[one] != one:
                one = head[one]
            return one

        for one in wanted:
            for part in self.parts.get(one, {}).values():
                head[find(part)] = find(one)
        for one, other, _ in self.pairs:
            head[find(other)] = find(one)
        groups: dict[str, list[str]] = {}
        for one in wanted:
            groups.setdefault(find(one), []).append(one)
        return groups.values()

    def _way(self, one: str) -> str:
        derive = self.names[one].derive
        return derive.way if derive is not None and self.names[one].free and one in self.parts else ""

    def _is_exact(self, one: str) -> bool:
        return self.names[one].derive is not None and not self.names[one].free

    def _wanted(self) -> list[str]:
        """The values of which something is asked together with others."""
        waiting = [one for pair in self.pairs for one in pair[:2]]
        waiting += [
            one for one in self.parts if self.names[one].free and self.masks[one] != self.names[one].possible
        ]
        found: dict[str, None] = {}
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one] = None
                waiting += self.parts.get(one, {}).values()
        return [*found]

    def _cases(self, split: Sequence[str], masks: Masks) -> Iterator[tuple[Masks, Amounts]]:
        """Each way in which what is exactly computed can come out, and factors apart from each other."""
        if not split:
            yield masks, {}
            return
        one, *rest = split
        for narrowed, known in self._case(one, masks):
            for inner, more in self._cases(rest, narrowed):
                yield inner, known | more

    def _case(self, one: str, masks: Masks) -> Iterator[tuple[Masks, Amounts]]:
        variable = self.names[one]
        if not self._is_exact(one):
            for each in variable.regions.runs(masks[one]):
                yield {**masks, one: each}, {}
            return
        leaves = [self.parts[one][leaf] for leaf in variable.leaves]
        boxes = self.cases(variable, tuple(masks[leaf] for leaf in leaves))
        if boxes is None or len(boxes) > MOST_BOXES:
            raise Unsure
        for box, value in boxes:
            narrowed = dict(masks)
            for leaf, mask in zip(leaves, box, strict=True):
                narrowed[leaf] &= mask
            amount = number(value) if ordered(variable) else None
            if amount is None:
                narrowed[one] = variable.regions.of_literal(value) if is_known(value) else 0
            if all(narrowed.values()):
                yield narrowed, {} if amount is None else {one: amount}

    def _fitting(self, wanted: Sequence[str], masks: Masks, known: Amounts) -> Solved:
        amounts = [one for one in wanted if self._has_order(one, masks)]
        texts = alike(
            {one: (masks[one], self.names[one].regions) for one in masks if not ordered(self.names[one])},
            [(x, y, mask == EQUAL) for x, y, mask in self.pairs if x in masks and not ordered(self.names[x])],
        )
        if texts is None:
            return None
        days = {one: f"{one} day" for one in amounts if self.names[one].regions.kind == "datetime"}
        grid = {one: step for one in amounts if (step := self.names[one].step) is not None}
        grid |= dict.fromkeys(days.values(), Fraction(1))
        rows = [row([(one, 1)], -amount, "=") for one, amount in known.items()]
        for one, day in days.items():
            rows += [row([(day, DAY), (one, -1)], 0, "<="), row([(one, 1), (day, -DAY)], -DAY, "<")]
        products = _Products()
        choices = [*self._choices(amounts, masks, known, days, products)]
        if not all(choices):
            return None
        found = self._chosen(sorted(choices, key=len), rows, grid, products)
        return None if found is None else ({one: found.get(one, Fraction(0)) for one in amounts}, texts)

    def _has_order(self, one: str, masks: Masks) -> bool:
        """What is sealed, or does not apply, has none."""
        variable = self.names[one]
        return ordered(variable) and not masks.get(one, 0) & ~variable.regions.in_order

    def _choices(
        self, amounts: Sequence[str], masks: Masks, known: Amounts, days: Mapping[str, str],
        products: "_Products",
    ) -> Iterator[Choice]:  # fmt: skip
        """What is asked of the amounts: lists of rows of which some one holds."""
        there: dict[str, Sequence[Range]] = {one: (Range.at(amount),) for one, amount in known.items()}
        for one in amounts:
            variable = self.names[one]
            if one not in known:
                there[one] = ranges(variable.regions, masks[one], variable.step)
                yield within(one, variable.regions, masks[one], variable.step)
        for one in amounts:
            variable, parts, way = self.names[one], self.parts.get(one, {}), self._way(one)
            if way == "product" and set(amounts).issuperset(parts.values()):
                more, rows, bounds = factors(one, variable, parts, there)
                yield [rows]
                products.those += more
                products.bounds |= bounds
            elif way and set(amounts).issuperset(parts.values()):
                named = {key: days.get(part, part) for key, part in parts.items()}
                assert variable.derive is not None
                yield composed(one, variable.derive, named, variable.most)
        for x, y, mask in self.pairs:
            if x in amounts and y in amounts:
                alike_kinds = self.names[x].regions.kind == self.names[y].regions.kind
                x, y = (x, y) if alike_kinds else (days.get(x, x), days.get(y, y))
                yield compared(x, y, mask)

    def _chosen(
        self, choices: Sequence[Choice], rows: list[Row], grid: Mapping[str, Fraction], products: "_Products"
    ) -> Amounts | None:
        """Values with one of each choice, those that leave none first."""
        while choices and len(choices[0]) == 1:
            rows = rows + choices[0][0]
            choices = choices[1:]
        self._tries += 1
        if self._tries > MOST_TRIES:
            raise Unsure
        if not choices:
            return multiplied(rows, grid, products.those, products.bounds)
        if solve(rows, grid) is None:
            return None
        return _first(
            partial(self._chosen, choices[1:], rows + those, grid, products) for those in choices[0]
        )


@dataclass(slots=True)
class _Products:
    those: list[Product] = field(default_factory=list)
    bounds: dict[str, tuple[Fraction | None, Fraction | None]] = field(default_factory=dict)


T = TypeVar("T")


def _first(tries: Iterable[Callable[[], T | None]]) -> T | None:
    """What the first of these comes to that comes to something; raises Unsure where none does and one was unsure."""
    unsure = False
    for one in tries:
        try:
            found = one()
        except Unsure:
            unsure = True
            continue
        if found is not None:
            return found
    if unsure:
        raise Unsure
    return None
