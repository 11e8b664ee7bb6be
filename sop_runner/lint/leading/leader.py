"""Leads the run core along ways that proofs found, to what they promise: the same tries every time, and no more."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from sop_runner.acting.cast import Cast
from sop_runner.lint.proofs.following import Found, Unwalked
from sop_runner.lint.proofs.ground import ENTER, GO_BACK, Step
from sop_runner.lint.proofs.model import Model

from .arrivals import Arrives
from .asked import asked
from .dead_ends import dead_end
from .hints import Hints
from .judging import Desk
from .lengthened import lengthened
from .stuck import Stuck
from .tries import Leg, Met, Setting, Stand, Try, Way
from .wants import NOTHING, Asked

MOST_TRIES = 24
MOST_TURNS, MOST_ALTOGETHER = 2_000, 3_000
"""Turns that the core judges for one way after the first try, and for all ways of a plan before no more are walked."""


class _Last(NamedTuple):
    """The way that was walked last, as far as the first try went."""

    steps: tuple[Step, ...]
    wanted: Mapping[int, Asked]
    legs: tuple[Leg, ...]
    stands: list[Stand]


Walk = tuple[Stand, ...]
"""Where people stood on a way, turn by turn."""


class Leader:
    """Walks ways of one plan. What several have in common is walked once."""

    def __init__(self, desk: Desk) -> None:
        self.plan = desk.plan
        self._setting = Setting(desk)
        self._last = _Last((), {}, (), [])
        self._stuck = Stuck()

    @property
    def turns(self) -> int:
        """How many turns the core has judged."""
        return self._setting.turns

    def lead(self, found: Found, arrives: Arrives, *, tell: str = "") -> Found | Unwalked:
        """The way with the values that led the core along it, or where every try stuck.

        After many ways of a plan the next one is given back as it was found: so many stood the trial that nobody
        waits for another, and its values fit together.
        """
        if self.turns > MOST_ALTOGETHER:
            return found
        found = lengthened(found)
        walk = self.walk(found, arrives, tell=tell, most=min(self.turns + MOST_TURNS, MOST_ALTOGETHER))
        if isinstance(walk, Step):
            return Unwalked(found, walk)
        return replace(found, walked=dict(value for one in walk for value in one.values))

    def walk(self, found: Found, arrives: Arrives, *, tell: str = "", most: int) -> Walk | Step:
        """The way as it was walked, or the step past which no try came.

        `tell` is a name that is told of wherever it was recorded. No more tries are made once the core has judged
        `most` turns altogether.
        """
        setting = self._setting
        wanted = asked(found, aging=setting.desk.hints.aging, tell=tell)
        stopped = dead_end(found, wanted)
        if stopped is not None:
            return stopped
        legs, stands = self._in_common(found.steps, wanted)
        supposed = [leg.step for leg in legs if leg.step.arrow == GO_BACK and leg.step.to == leg.step.at]
        if supposed:
            return supposed[0]  # in a call for each element
        way = Way(
            wanted.get(-1, NOTHING),
            legs,
            found.steps[-1].arrow if found.steps else "",
            arrives,
            bool(found.layout.model.words.rows),
        )
        known = self._stuck.along(way)
        if known is not None:
            return known
        stuck, met = 0, Met()
        for number in range(MOST_TRIES):
            one = Try(setting, way, number, stands if number == 0 else [], met)
            end = one.walk()
            if number == 0:
                self._last = _Last(found.steps, wanted, legs, one.stands)
            if end is not None:
                return (*one.stands, end)
            stuck = max(stuck, one.reached)
            if not one.open or setting.turns > most:
                break
        if not one.open or number + 1 == MOST_TRIES:
            self._stuck.add(way, stuck)
        return legs[min(stuck, len(legs) - 1)].step if legs else Step("", "", "")

    def _in_common(
        self, steps: tuple[Step, ...], wanted: Mapping[int, Asked]
    ) -> tuple[tuple[Leg, ...], list[Stand]]:
        """The legs of a way, and where people stood on the last one as far as both are the same."""
        last = self._last
        same = next((n for n, (one, other) in enumerate(zip(steps, last.steps, strict=False)) if one is not other),
                    min(len(steps), len(last.steps)))  # fmt: skip
        apart = [n for n in {*wanted, *last.wanted} if wanted.get(n) != last.wanted.get(n)]
        same = min((same, *apart)) if apart else same
        kept = bisect_left(last.legs, same, key=lambda leg: leg.place) if same > 0 else 0
        legs = (
            *last.legs[:kept],
            *(
                Leg(place, steps[place], wanted.get(place, NOTHING))
                for place in range(max(same, 0), len(steps))
                if steps[place].arrow != ENTER
            ),
        )
        # The last leg is walked again: what it comes to is looked at in full.
        most = min(kept, len(legs) - 1)
        stands = (
            last.stands[: bisect_right(last.stands, most, key=lambda stand: stand.end)] if same >= 0 else []
        )
        return tuple(legs), stands


def leader(model: Model) -> Leader:
    """The one of a plan."""
    found = model.shared_work.get("leader")
    if found is None:
        plan = model.plan
        roles = plan.procedure.roles
        cast = Cast.of({role: (role, f"{role}-2", f"{role}-3") for role in roles}, roles)
        found = model.shared_work["leader"] = Leader(Desk(plan, cast, Hints.of(plan), "UTC"))
    assert isinstance(found, Leader)
    return found
