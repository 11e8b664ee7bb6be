"""The state of a run: the fold of its entries, immutable, sharing what did not change."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sop_runner.base.calendar import USUAL, Calendar
from sop_runner.machine.graph import scope_of

from .facts import NONE, NOTHING, Facts
from .people import NOBODY, People
from .way import Way


class Hold(NamedTuple):
    """A hold under way."""

    reason: str
    since: datetime
    by: str


class Offer(NamedTuple):
    """A hand-over that waits for the other person."""

    roles: tuple[str, ...]
    giver: str
    taker: str
    summary: str
    since: datetime


class OpenStep(NamedTuple):
    """A step that left something open, and the event that opened it."""

    node: str
    serial: int
    since: datetime


class Run(NamedTuple):
    """One run. Everything in it follows from its entries, in order, under its plan."""

    at: str
    entered: datetime
    last: datetime
    seq: int
    facts: Facts
    way: Way
    before_entry: tuple[Way, Facts] | None
    attempts: Mapping[str, int]
    jumps: Mapping[str, int]
    kept_jumps: frozenset[str]
    partial: Mapping[str, Any]
    here: frozenset[str]
    overrun: frozenset[str]
    # Everything above is what a move sets: see `arrived`.
    id: str
    ticket: str
    zone: ZoneInfo
    started: datetime
    status: str = "open"
    end: str = ""
    result: str = ""
    training: bool = False
    people: People = NOBODY
    named: Mapping[str, tuple[str, ...]] = NOTHING
    open: tuple[OpenStep, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    waived: frozenset[str] = NONE
    done_at: Mapping[str, datetime] = NOTHING
    hold: Hold | None = None
    offer: Offer | None = None
    abandoning: str = ""
    final: tuple[int, str] = (0, "")
    calendar: Calendar = USUAL

    def arrived(
        self,
        at: str,
        when: datetime,
        facts: Facts,
        way: Way,
        before_entry: tuple[Way, Facts] | None,
        attempts: Mapping[str, int],
        jumps: Mapping[str, int],
        kept_jumps: frozenset[str],
        changes: Mapping[str, Any],
    ) -> "Run":
        """The run after a move to `at`, where nothing is answered, nobody has acted and no time has run out.

        Moves are most of what happens, and naming what changes would cost five times as much. `changes` are other
        parts that it has otherwise.
        """
        moved = (
            at,
            when,
            when,
            self.seq + 1,
            facts,
            way,
            before_entry,
            attempts,
            jumps,
            kept_jumps,
            NOTHING,
            NONE,
            NONE,
        )
        if not changes:
            return tuple.__new__(Run, moved + self[13:])
        return _with([*moved, *self[13:]], changes)

    def after(self, when: datetime, changes: Mapping[str, Any]) -> "Run":
        """The run after an event at `when` that changes these parts."""
        parts = [*self]
        parts[_LAST], parts[_SEQ] = when, self.seq + 1
        return _with(parts, changes)

    def changed(self, **changes: Any) -> "Run":
        """The run with these parts: what `_replace` gives, in a third of its time."""
        return _with([*self], changes)

    @property
    def today(self) -> date:
        """The run's date in the desk's zone."""
        return self.started.astimezone(self.zone).date()

    @property
    def holders(self) -> Mapping[str, tuple[str, ...]]:
        """Who holds each role that somebody holds."""
        return dict(self.people.holding)

    @property
    def scope(self) -> str:
        """The prefix that names at the current node stand under."""
        return scope_of(self.at)

    def is_fresh(self, name: str, now: datetime) -> bool:
        """Whether the control `name` (with its scope) is gained and fresh."""
        gain = self.facts.controls.get(name)
        return gain is not None and gain.fresh(now, self.zone)

    def imposed(self, scope: str) -> frozenset[str]:
        """The controls that decisions of one scope impose as they were taken last."""
        found: frozenset[str] = NONE
        for node, taken in self.facts.decisions.items():
            if taken.imposes and scope_of(node) == scope:
                found = found.union(taken.imposes)
        return found


_PLACES = {name: number for number, name in enumerate(Run._fields)}
_LAST, _SEQ = _PLACES["last"], _PLACES["seq"]


def _with(parts: list[Any], changes: Mapping[str, Any]) -> Run:
    for name, value in changes.items():
        parts[_PLACES[name]] = value
    return tuple.__new__(Run, parts)
