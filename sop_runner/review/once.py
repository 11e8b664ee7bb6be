"""Whether something holds for an entry, found out by the rules once for all that they cannot tell apart.

It is remembered by the evidence of the entry, by the values that were read to find it out, and by how the times that
were compared compare.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sop_runner.audit.bodies import HEAD, TYPE, Fields
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import Sealed
from sop_runner.run.actions import Opened
from sop_runner.run.entries import event_from, event_parts
from sop_runner.run.events import OVERRUN_NOTED, Event, Evidence
from sop_runner.run.lifecycle import late_by
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .deriving import standing_as
from .moment import Compare, Moment, Watch
from .reading import Asked, Read, exact
from .shapes import OVER

Find = Callable[[Plan, Run, Event, Mapping[str, Opened]], bool]
"""Whether it holds for an event in a run, by the rules."""
_MOST = 40
"""Cases of one question that are remembered; past it all are forgotten."""


Side = int | datetime
"""A time by its number; one that is no number follows from values."""


class _Case(NamedTuple):
    """What has to be alike for the answer to be the same: values by their numbers, and comparisons of times.

    Of an overrun it says `late`: which time has to be how much later than which other one.
    """

    values: tuple[tuple[int, Hashable], ...]
    compared: tuple[tuple[Compare, Side, timedelta, Side, timedelta, Any], ...]
    late: tuple[Side, timedelta, Side, timedelta] | None

    def fits(self, own: Sequence[Any], times: Sequence[datetime], over: int | None) -> bool:
        """Whether a run with these values and times is such a case, of an entry that says it was so many seconds late."""
        for number, value in self.values:
            if exact(own[number]) != value:
                return False
        for compare, one, more, two, later, said in self.compared:
            left = times[one] if isinstance(one, int) else one
            right = times[two] if isinstance(two, int) else two
            if compare(left + more, right + later) is not said:
                return False
        if self.late is None:
            return over is None
        one, more, two, later = self.late
        left = times[one] if isinstance(one, int) else one
        right = times[two] if isinstance(two, int) else two
        return late_by(left + more, right + later) == over


class Once:
    """What `find` says of entries in runs that stand as `run` does, whoever acted being called `actor`."""

    __slots__ = ("_actor", "_cases", "_find", "_parts", "_plan", "_run", "_size")

    def __init__(self, plan: Plan, run: Run, actor: str | None, find: Find) -> None:
        self._plan, self._run, self._actor, self._find = plan, run, actor, find
        self._cases: dict[Hashable, list[_Case]] = {}
        self._size = 0
        self._parts = any("typed" in piece for piece in run.partial.values())

    def holds(
        self,
        fields: Fields,
        own: Sequence[Any],
        times: Sequence[datetime],
        number: int,
        parts: Mapping[str, Evidence],
        opened: Mapping[str, Opened],
    ) -> bool:
        """Whether it holds for an entry in a run with these values and times, of which `number` is its own."""
        head = fields[HEAD]
        text, over = _how_late(fields)
        for case in self._cases.get(text, ()):
            if case.fits(own, times, over):
                return True
        if self._parts or head.form.sealed:
            run = standing_as(self._plan, self._run, own, times, parts, opened)
            return self._find(self._plan, run, self._event(fields, times[number]), opened)
        return self._found_out(fields, own, times, number, opened)

    def _found_out(
        self,
        fields: Fields,
        own: Sequence[Any],
        times: Sequence[datetime],
        number: int,
        opened: Mapping[str, Opened],
    ) -> bool:
        watch, read, asked = Watch(), dict[int, None](), Asked(opened)
        moments = [Moment.at(one, watch) for one in times]
        run = standing_as(self._plan, self._run, own, moments, {}, opened)
        assert isinstance(run.facts.fields, Packed)
        told: Any = Read(run.facts.fields, read)
        run = run._replace(facts=run.facts._replace(fields=told))
        watch.begin()
        if not self._find(self._plan, run, self._event(fields, moments[number]), asked):
            return False
        text, over = _how_late(fields)
        case = None if asked.was else _case(watch, moments, own, read, over)
        if case is not None:
            if self._size >= _MOST:
                self._cases.clear()
                self._size = 0
            self._size += 1
            self._cases.setdefault(text, []).append(case)
        return True

    def _event(self, fields: Fields, when: datetime) -> Event:
        return event_from(event_parts(fields), lambda _: when)._replace(actor=self._actor)


def _how_late(fields: Fields) -> tuple[str, int | None]:
    """What is alike in evidence that counts as the same, and how late an overrun says that it was."""
    text: str = fields[HEAD].text
    found = OVER.search(text) if fields[TYPE] == OVERRUN_NOTED else None
    return (text, None) if found is None else (text[: found.start()] + text[found.end() :], int(found[1]))


def _case(
    watch: Watch, moments: Sequence[Moment], own: Sequence[Any], read: Iterable[int], over: int | None
) -> _Case | None:
    """What was gone by; None where that cannot be told of other runs."""
    if (
        watch.elsewhere
        or bool(watch.spans) != (over is not None)
        or any(type(own[at]) is Sealed for at in read)
    ):
        return None
    numbers = {id(one): at for at, one in enumerate(moments)}
    sides = [side for one in watch.comparisons.values() for side in (one[1], one[3])]
    sides += [side for span in watch.spans for side in (span[0], span[2])]
    if any(id(side) not in numbers and isinstance(side, Moment) for side in sides):
        return None
    compared = tuple(
        [
            (compare, numbers.get(id(one), one), more, numbers.get(id(two), two), later, said)
            for compare, one, more, two, later, said in watch.comparisons.values()
        ]
    )
    late = None
    for one, more, two, later in watch.spans[:1]:  # others are of clocks that are noted after it
        left, right = (side.plain if isinstance(side, Moment) else side for side in (one, two))
        if late_by(left + more, right + later) != over:
            return None
        late = numbers.get(id(one), one), more, numbers.get(id(two), two), later
    return _Case(tuple([(at, exact(own[at])) for at in read]), compared, late)
