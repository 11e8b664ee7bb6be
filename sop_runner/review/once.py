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
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .deriving import standing_as
from .moment import Compare, Moment, Watch
from .reading import Asked, Read, exact

Find = Callable[[Plan, Run, Event, Mapping[str, Opened]], bool]
"""Whether it holds for an event in a run, by the rules."""
_MOST = 40
"""Cases of one question that are remembered; past it all are forgotten."""


class _Case(NamedTuple):
    """What has to be alike for the answer to be the same: values by their numbers, and comparisons of times.

    A time that is no number follows from those values.
    """

    values: tuple[tuple[int, Hashable], ...]
    compared: tuple[tuple[Compare, int | datetime, timedelta, int | datetime, timedelta, Any], ...]

    def fits(self, own: Sequence[Any], times: Sequence[datetime]) -> bool:
        """Whether a run with these values and times is such a case."""
        for number, value in self.values:
            if exact(own[number]) != value:
                return False
        for compare, one, more, two, later, said in self.compared:
            left = times[one] if isinstance(one, int) else one
            right = times[two] if isinstance(two, int) else two
            if compare(left + more, right + later) is not said:
                return False
        return True


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
        for case in self._cases.get(head.text, ()):
            if case.fits(own, times):
                return True
        if self._parts or head.form.sealed or fields[TYPE] == OVERRUN_NOTED:  # which tells how late it was
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
        case = None if asked.was else _case(watch, moments, own, read)
        if case is not None:
            if self._size >= _MOST:
                self._cases.clear()
                self._size = 0
            self._size += 1
            self._cases.setdefault(fields[HEAD].text, []).append(case)
        return True

    def _event(self, fields: Fields, when: datetime) -> Event:
        return event_from(event_parts(fields), lambda _: when)._replace(actor=self._actor)


def _case(watch: Watch, moments: Sequence[Moment], own: Sequence[Any], read: Iterable[int]) -> _Case | None:
    """What was gone by; None where that cannot be told of other runs."""
    if watch.elsewhere or watch.spans or any(type(own[at]) is Sealed for at in read):
        return None
    numbers = {id(one): at for at, one in enumerate(moments)}
    compared = []
    for compare, one, more, two, later, said in watch.comparisons.values():
        left, right = numbers.get(id(one)), numbers.get(id(two))
        if (left is None and isinstance(one, Moment)) or (right is None and isinstance(two, Moment)):
            return None
        compared.append(
            (compare, one if left is None else left, more, two if right is None else right, later, said)
        )
    return _Case(tuple([(at, exact(own[at])) for at in read]), tuple(compared))
