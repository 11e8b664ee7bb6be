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


Bound = tuple[timedelta, int]
"""An age, and whether it is just less, just that or just more."""


class Stretch(NamedTuple):
    """What is so in a stretch of age, and the least and the most of it."""

    so: frozenset[Question]
    least: Bound
    most: Bound


class Stretches(Regions):
    """Stretches of age, one course of time after the other: where in each day a value lies makes several of them."""

    def __init__(self, courses: Sequence[Sequence[Stretch]], *, days: bool) -> None:
        self.all_of_them = tuple(one for course in courses for one in course)
        self.days = days
        super().__init__("age", tuple(range(len(self.all_of_them))))
        self._so = {
            asked: sum(2 << index for index, one in enumerate(self.all_of_them) if asked in one.so)
            for asked in frozenset().union(*(one.so for one in self.all_of_them))
        }
        ends = [0, *accumulate(map(len, courses))]
        self._courses = [(1 << end + 1) - (1 << start + 1) for start, end in pairwise(ends)]
        everything = frozenset(self._so)
        self.asks_for_day = SAME_DAY in everything
        self.now = sum(2 << index for index, one in enumerate(self.all_of_them) if one.so == everything)
        """What is of this moment."""
        self._later: dict[int, int] = {}

    def of(self, mask: int) -> list[tuple[int, Stretch]]:
        """The stretches of a mask, each with its own."""
        return [(2 << index, one) for index, one in enumerate(self.all_of_them) if mask >> index + 1 & 1]

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

    def sooner(self, mask: int) -> int:
        """The stretches of what may be in one of these after some time."""
        return sum(2 << index for index in range(len(self.all_of_them)) if self.later(2 << index) & mask)


SAME = 4
SAMENESS = Regions("yes-no", (False, True))
"""Whether two names hold one value, the one having been copied from the other and neither recorded since."""


class Aged(NamedTuple):
    """Under which key it stands how old a name is, and the stretches of that."""

    key: str
    stretches: Stretches


class _Turn(NamedTuple):
    """Where something becomes so or ends to be: the most of the stretch before, the least of the one behind."""

    of: frozenset[Question]
    before: Bound
    behind: Bound


def stretches(asked: Iterable[Question], *, days: bool) -> Stretches:
    """What these questions tell apart of values that are all days, or may be moments."""
    those = frozenset(asked)
    spans = sorted({span for _, span in those if isinstance(span, timedelta)})
    if days:
        reach = {one: one[1] // DAY if isinstance(one[1], timedelta) else 0 for one in those}
        groups = [(n, frozenset(one for one in those if reach[one] == n)) for n in sorted({*reach.values()})]
        begin = [_Turn(of, (-(n + 1) * DAY, 0), (-n * DAY, 0)) for n, of in reversed(groups)]
        end = [_Turn(of, (n * DAY, 0), ((n + 1) * DAY, 0)) for n, of in groups]
        return Stretches([_course(begin, end)], days=True)
    within = [(span, frozenset({("within", span)})) for span in spans]
    begin = [_Turn(of, (-span, -1), (-span, 0)) for span, of in reversed(within)]
    end = [_Turn(of, (span, 0), (span, 1)) for span, of in within]
    if SAME_DAY not in those:
        return Stretches([_course(begin, end)], days=False)
    day, few = frozenset({SAME_DAY}), [timedelta(0), *spans, LONGEST_DAY]
    courses = []
    for before, after in _days_among(spans):
        wide = len(spans) - before
        dawn = _Turn(day, (-few[before], -1), (-min(few[before + 1], LONGEST_DAY), 0))
        night = _Turn(day, (min(few[after + 1], LONGEST_DAY), -1), (few[after], 0))
        courses.append(_course([*begin[:wide], dawn, *begin[wide:]], [*end[:after], night, *end[after:]]))
    return Stretches(courses, days=False)


def _days_among(spans: Sequence[timedelta]) -> Iterator[tuple[int, int]]:
    """How many of the spans are over before a day began and after it ends, counted from a moment of it."""
    cuts = [timedelta(0), *spans, spans[-1] + LONGEST_DAY if spans else LONGEST_DAY]
    gaps = [index for index in range(len(spans) + 1) if cuts[index] < cuts[index + 1]]
    for before, after in product(gaps, gaps):
        least, most = cuts[before] + cuts[after], cuts[before + 1] + cuts[after + 1]
        if least < LONGEST_DAY and most > SHORTEST_DAY:
            yield before, after


def _course(begin: Iterable[_Turn], end: Iterable[_Turn]) -> list[Stretch]:
    """The stretches in which first one thing after the other becomes so, then ends to be."""
    found, so, least = list[Stretch](), frozenset[Question](), (timedelta.min, 0)
    for turn in (*begin, *end):
        found.append(Stretch(so, least, turn.before))
        so, least = so ^ turn.of, turn.behind
    return [*found, Stretch(so, least, (timedelta.max, 0))]
