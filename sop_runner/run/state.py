"""The state of a run: the fold of its entries, immutable, sharing what did not change."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sop_runner.machine.graph import scope_of

NONE: frozenset[Any] = frozenset()
"""The one empty set that every run shares."""


class Gain(NamedTuple):
    """A control that was gained: when, where, and until when it is fresh (None: for ever).

    `day` is set where it holds on that day only; `waived` where a ruling gained it.
    """

    at: datetime
    node: str
    until: datetime | None = None
    day: date | None = None
    waived: bool = False

    def fresh(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether it still counts for an act at `now`."""
        if self.until is not None and now > self.until:
            return False
        return self.day is None or now.astimezone(zone).date() == self.day


class Recorded(NamedTuple):
    """A value and the node that recorded it; `value` is typed, or a Sealed commitment."""

    value: Any
    node: str


class Taken(NamedTuple):
    """A decision as it was taken last: what it imposes and which names it set."""

    outcome: str
    imposes: tuple[str, ...]
    sets: tuple[str, ...]


class Frame(NamedTuple):
    """A call under way: what it was given, and which element of how many is being worked on."""

    given: frozenset[str]
    element: int = 0
    elements: int = 0
    incomplete: frozenset[int] = NONE
    ages: Mapping[str, datetime] = {}
    since: datetime | None = None


class Facts(NamedTuple):
    """What going back restores, each by scope and name."""

    fields: Mapping[str, Recorded]
    controls: Mapping[str, Gain]
    invalidated: Mapping[str, int]
    decisions: Mapping[str, Taken]
    frames: Mapping[str, Frame]


class Visit(NamedTuple):
    """One node on the way taken, and the facts as they stood when it was entered."""

    node: str
    serial: int
    facts: Facts


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

    id: str
    ticket: str
    at: str
    zone: ZoneInfo
    started: datetime
    today: date
    last: datetime
    entered: datetime
    facts: Facts
    way: tuple[Visit, ...]
    seq: int = 0
    status: str = "open"
    end: str = ""
    result: str = ""
    training: bool = False
    partial: Mapping[str, Any] = {}
    here: frozenset[str] = NONE
    attempts: Mapping[str, int] = {}
    jumps: Mapping[str, int] = {}
    kept_jumps: frozenset[str] = NONE
    holders: Mapping[str, tuple[str, ...]] = {}
    named: Mapping[str, tuple[str, ...]] = {}
    acted: frozenset[tuple[str, str]] = NONE
    barred: frozenset[tuple[str, str]] = NONE
    ruled: frozenset[tuple[str, str]] = NONE
    open: tuple[OpenStep, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    waived: frozenset[str] = NONE
    done_at: Mapping[str, datetime] = {}
    overrun: frozenset[str] = NONE
    hold: Hold | None = None
    offer: Offer | None = None
    abandoning: str = ""
    before_entry: tuple[tuple[Visit, ...], Facts] | None = None
    final: tuple[int, str] = (0, "")
    holidays: frozenset[date] = NONE

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


NO_FACTS = Facts({}, {}, {}, {}, {})
