"""Whether something holds for an entry, found out by the rules once for all that they cannot tell apart.

It is remembered by the evidence of the entry, by the values that were read to find it out, and by how the times that
were compared compare.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sop_runner.audit.bodies import HEAD, Fields
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import Sealed
from sop_runner.run.actions import Opened
from sop_runner.run.entries import event_from
from sop_runner.run.events import Event, Evidence
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .deriving import standing_as
from .moment import Compare, Moment, Watch
from .reading import Asked, Read, exact

Find = Callable[[Plan, Run, Event, Mapping[str, Opened]], bool]
"""Whether it holds for an event in a run, by the rules."""
_MOST = 40
"""Cases of one question that are remembered."""


class _Case(NamedTuple):
    """What has to be alike for the answer to be the same: values by their numbers, and comparisons of times."""

    values: tuple[tuple[int, Hashable], ...]
    compared: tuple[tuple[Compare, int, timedelta, int, timedelta, Any], ...]


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
        text = fields[HEAD].text
        for case in self._cases.get(text, ()):
            if all(exact(own[at]) == value for at, value in case.values) and all(
                compare(times[one] + more, times[two] + later) is said
                for compare, one, more, two, later, said in case.compared
            ):
                return True
        if self._parts or self._size >= _MOST or fields[HEAD].form.sealed:
            run = standing_as(self._plan, self._run, own, times, parts, opened)
            return self._find(self._plan, run, self._event(fields, times[number]), opened)
        return self._found_out(text, fields, own, times, number, opened)

    def _found_out(
        self,
        text: str,
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
        numbers = {id(one): at for at, one in enumerate(moments)}
        compared = tuple(watch.comparisons.values())
        if not (
            watch.elsewhere
            or watch.spans
            or asked.was
            or any(type(own[at]) is Sealed for at in read)
            or any(id(one) not in numbers or id(two) not in numbers for _, one, _, two, _, _ in compared)
        ):
            self._size += 1
            self._cases.setdefault(text, []).append(
                _Case(
                    tuple([(at, exact(own[at])) for at in read]),
                    tuple(
                        (compare, numbers[id(one)], more, numbers[id(two)], later, said)
                        for compare, one, more, two, later, said in compared
                    ),
                )
            )
        return True

    def _event(self, fields: Fields, when: datetime) -> Event:
        return event_from(fields, lambda _: when)._replace(actor=self._actor)
