"""What followed an act, remembered by the values that were read to find it out."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import Sealed
from sop_runner.run.actions import Opened
from sop_runner.run.events import Event
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .deriving import Derived, derived
from .moment import Moment, Watch
from .reading import Asked, Read, exact

_MOST = 40
"""Outcomes of one act that are remembered."""


class _Fork(NamedTuple):
    """The number of the value that is read next, and where each leads."""

    number: int
    ways: "dict[Hashable, _Fork | Derived]"


class Remembered:
    """What follows an `act` in runs that stand as `run` does; see `derived`.

    Finding it out reads value after value, and which one comes next hangs on those before only: the same
    values lead to the same outcome. One that rests on what is sealed is found out each time.
    """

    __slots__ = ("_act", "_by_day", "_plan", "_roots", "_run", "_size", "_watch")

    def __init__(self, plan: Plan, run: Run, act: Event) -> None:
        self._plan, self._run, self._act = plan, run, act
        self._roots: dict[date | None, _Fork | Derived] = {}
        self._by_day, self._size, self._watch = False, 0, Watch()

    def follows(self, own: Sequence[Any], since: datetime, opened: Mapping[str, Opened]) -> Derived:
        """What follows in a run with these values and this start; see `copied`. Raises No where the way is barred."""
        day = since.astimezone(self._run.zone).date() if self._by_day else None
        found = self._roots.get(day)
        while isinstance(found, _Fork):
            found = found.ways.get(exact(own[found.number]))
        return self._found_out(own, since, opened) if found is None else found

    def _found_out(self, own: Sequence[Any], since: datetime, opened: Mapping[str, Opened]) -> Derived:
        read, asked, watch = dict[int, None](), Asked(opened), self._watch
        watch.begin()
        facts = self._run.facts
        assert isinstance(facts.fields, Packed)
        marked = [_Marked(number, one) if type(one) is Sealed else one for number, one in enumerate(own)]
        told: Any = Read(facts.fields.holding(tuple(marked)), read)
        run = self._run._replace(started=Moment.at(since, watch), facts=facts._replace(fields=told))
        found = derived(self._plan, run, self._act, asked)
        days, sealed = watch.days, [marked[number] for number in read if type(own[number]) is Sealed]
        found = found._replace(copies=bool(sealed))
        if days is None or asked.was or found.judged.sealed or any(one.opened for one in sealed):
            return found
        if days and not self._by_day:
            self._roots.clear()
            self._by_day, self._size = True, 0
        if self._size < _MOST:
            self._size += 1
            self._keep([*read], own, since, found := found._replace(known={}))
        return found

    def _keep(self, read: Sequence[int], own: Sequence[Any], since: datetime, found: Derived) -> None:
        ways: dict[Any, _Fork | Derived] = self._roots
        key: Hashable = since.astimezone(self._run.zone).date() if self._by_day else None
        for number in read:
            fork = ways.setdefault(key, _Fork(number, {}))
            assert isinstance(fork, _Fork)
            assert fork.number == number  # which value is read next hangs on those before
            ways, key = fork.ways, exact(own[number])
        ways[key] = found


class _Marked(Sealed):
    """A sealed value that has its number for a commitment, and notes whether it was opened."""

    __slots__ = ("_clear", "opened")
    _clear: Any
    opened: bool

    def __init__(self, number: int, sealed: Sealed) -> None:
        for name, value in (("commitment", f"{_MARK}{number}"), ("_clear", sealed.value), ("opened", False)):
            object.__setattr__(self, name, value)

    @property
    def value(self) -> Any:
        object.__setattr__(self, "opened", True)
        return self._clear


_MARK = "\0"
"""No text of a log has it."""


def copied(part: Any, own: Sequence[Any]) -> Any:
    """An event that `copies` commitments, or a part of one, with those that values have here."""
    kind = type(part)
    if kind is str:
        return own[int(part[1:])].commitment if part[:1] == _MARK else part
    if kind is Event:
        return part._replace(evidence=copied(part.evidence, own))
    if kind is list or kind is tuple:
        return kind([copied(one, own) for one in part])
    if kind is dict or isinstance(part, Mapping):
        return {name: copied(one, own) for name, one in part.items()}
    return part
