"""How old what a name holds is: the stretches of time that all questions about it tell apart.

Time moves through them in one direction. What a name holds may lie ahead as well: `within` counts both ways, and
a day may be still to come.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import accumulate, pairwise, product
from typing import NamedTuple

from sop_runner.procedure.when import Test

from .regions import Regions

Question = tuple[str, object]
"""An operator that asks about time, and what it is asked with."""
SAME_DAY: Question = ("same_day", True)
DAY = timedelta(days=1)
SHORTEST_DAY, LONGEST_DAY = timedelta(hours=22), timedelta(hours=26)
"""How long a day is anywhere: clocks are put forward and back by two hours at most."""


def question(test: Test) -> Question:
    """What a test asks about time: another day is one that is not the same."""
    return SAME_DAY if test.operator == "same_day" else (test.operator, test.value)


class Stretches(Regions):
    """Stretches of age, one course of time after the other: where in each day a value lies makes several of them."""

    def __init__(self, courses: Sequence[Sequence[frozenset[Question]]]) -> None:
        those = [one for course in courses for one in course]
        super().__init__("age", tuple(range(len(those))))
        self._so = {
            asked: sum(2 << index for index, one in enumerate(those) if asked in one)
            for asked in frozenset().union(*those)
        }
        ends = [0, *accumulate(map(len, courses))]
        self._courses = [(1 << end + 1) - (1 << start + 1) for start, end in pairwise(ends)]
        everything = frozenset(self._so)
        self.now = sum(2 << index for index, one in enumerate(those) if one == everything)
        """What is of this moment."""
        self._later: dict[int, int] = {}

    def so(self, test: Test) -> int:
        """The stretches in which a test about time holds."""
        found = self._so[question(test)]
        return found if test.value is not False else self.known & ~found

    def later(self, mask: int) -> int:
        """The stretches of what was in one of these, after any time."""
        found = self._later.get(mask)
        if found is None:
            found = 0
            for course in self._courses:
                first = mask & course & -(mask & course)
                found |= course & -first
            self._later[mask] = found
        return found


SAME = 4
SAMENESS = Regions("yes-no", (False, True))
"""Whether two names hold one value, the one having been copied from the other and neither recorded since."""


class Aged(NamedTuple):
    """Under which key it stands how old a name is, and the stretches of that."""

    key: str
    stretches: Stretches


def stretches(asked: Iterable[Question], *, days: bool) -> Stretches:
    """What these questions tell apart of values that are all days, or may be moments."""
    those = frozenset(asked)
    spans = sorted({span for _, span in those if isinstance(span, timedelta)})
    if days:
        reach = {one: one[1] // DAY if isinstance(one[1], timedelta) else 0 for one in those}
        groups = [frozenset(one for one in those if reach[one] == n) for n in sorted({*reach.values()})]
        return Stretches([_course(groups[::-1], groups)])
    within = [frozenset({("within", span)}) for span in spans]
    if SAME_DAY not in those:
        return Stretches([_course(within[::-1], within)])
    day = frozenset({SAME_DAY})
    return Stretches(
        [
            _course(
                [*within[before:][::-1], day, *within[:before][::-1]], [*within[:after], day, *within[after:]]
            )
            for before, after in _days_among(spans)
        ]
    )


def _days_among(spans: Sequence[timedelta]) -> Iterator[tuple[int, int]]:
    """How many of the spans are over before a day began and after it ends, counted from a moment of it."""
    cuts = [timedelta(0), *spans, spans[-1] + LONGEST_DAY if spans else LONGEST_DAY]
    gaps = [index for index in range(len(spans) + 1) if cuts[index] < cuts[index + 1]]
    for before, after in product(gaps, gaps):
        least, most = cuts[before] + cuts[after], cuts[before + 1] + cuts[after + 1]
        if least < LONGEST_DAY and most > SHORTEST_DAY:
            yield before, after


def _course(
    begin: Iterable[frozenset[Question]], end: Iterable[frozenset[Question]]
) -> list[frozenset[Question]]:
    """What is so in each stretch while first one thing after the other becomes so, then ends to be."""
    found = [frozenset[Question]()]
    for those in begin:
        found.append(found[-1] | those)
    for those in end:
        found.append(found[-1] - those)
    return found
