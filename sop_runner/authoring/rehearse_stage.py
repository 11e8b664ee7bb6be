"""Where a rehearsal is played: the port, and a stage in memory with a simulated clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sop_runner.acting.scene import Scene
from sop_runner.base.calendar import USUAL, Calendar
from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev
from sop_runner.run.actions import Action, Actor, Given, Opened, Start
from sop_runner.run.decide import decide
from sop_runner.run.events import Event
from sop_runner.run.evolve import evolve, started
from sop_runner.run.going import Refused
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one thing that was asked for: the events that came of it, or why not."""

    accepted: bool
    message: str
    events: tuple[Event, ...] = ()


class Stage(Protocol):
    """A run that a rehearsal drives: asked to start once, then action by action.

    `run` is None until it has started; `opened` is what stands behind its commitments.
    """

    @property
    def plan(self) -> Plan: ...

    @property
    def run(self) -> Run | None: ...

    @property
    def opened(self) -> Mapping[str, Opened]: ...

    @property
    def zone(self) -> str:
        """The desk's time zone, by name."""
        ...

    def now(self) -> datetime:
        """The simulated time, aware UTC."""
        ...

    def set_time(self, to: datetime) -> None:
        """Set the clock before the start."""
        ...

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        ...

    def start(self, who: Actor, case: Mapping[str, Any], named: Mapping[str, tuple[str, ...]]) -> Told:
        """Open the run."""
        ...

    def perform(self, who: Actor, action: Action) -> Told:
        """Do it or refuse it."""
        ...

    def restart(self) -> None:
        """Forget everything but the record, and open the run again from it."""
        ...


class DoesNotRestore(Exception):
    """The run that the record gives is not the run as it was."""


class MemoryStage:
    """The run core alone: nothing is stored, nobody is asked for a factor, time is simulated."""

    def __init__(self, plan: Plan, zone: str = "UTC", calendar: Calendar = USUAL) -> None:
        self.plan = plan
        self.zone = zone
        self.run: Run | None = None
        self.opened: Mapping[str, Opened] = {}
        self._calendar = calendar
        self._now = datetime(2000, 1, 1).astimezone()
        self._record: list[Event] = []

    def now(self) -> datetime:
        return self._now

    def set_time(self, to: datetime) -> None:
        self._now = to

    def advance(self, by: timedelta) -> None:
        self._now += by

    def start(self, who: Actor, case: Mapping[str, Any], named: Mapping[str, tuple[str, ...]]) -> Told:
        action = Start("REHEARSAL", "REHEARSAL", self.zone, case, named, self._calendar, training=True)
        judged = decide_start(self.plan, action, Given(who, self._now, b"\0" * 32))
        if isinstance(judged, Refused):
            return Told(False, str(judged.message), judged.events)
        self._took(judged.events, judged.run, judged.sealed)
        return Told(True, "", judged.events)

    def perform(self, who: Actor, action: Action) -> Told:
        assert self.run is not None
        given = Scene(self.plan, self.run, self._now, self.opened).given(who, len(self._record))
        judged = decide(self.plan, self.run, action, given)
        if isinstance(judged, Refused):
            run = self.run
            for event in judged.events:
                run = evolve(self.plan, run, event, self.opened)
            self._took(judged.events, run, {})
            return Told(False, str(judged.message), judged.events)
        self._took(judged.events, judged.run, judged.sealed)
        return Told(True, "", judged.events)

    def restart(self) -> None:
        if self.run is None:
            return
        opening, *rest = self._record
        assert opening.type == ev.RUN_STARTED
        run = started(self.plan, self.run.id, opening, self.opened)
        for event in rest:
            run = evolve(self.plan, run, event, self.opened)
        if run != self.run:
            raise DoesNotRestore(_difference(self.run, run))
        self.run = run

    def _took(self, events: Sequence[Event], run: Run, sealed: Mapping[str, Opened]) -> None:
        self._record.extend(events)
        self.run = run
        self.opened = {**self.opened, **sealed}


def _difference(was: Run, came: Run) -> str:
    names = [name for name in Run._fields if getattr(was, name) != getattr(came, name)]
    return f"read back from its record, the run differs in {', '.join(names)}"
