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
from .asked import NOTHING, Asked, asked
from .hints import Hints
from .tries import Leg, Setting, Stand, Try, Way

MOST_TRIES = 24
MOST_TURNS, MOST_ALTOGETHER = 2_000, 3_000
"""Turns that the core judges for one way after the first try, and for all ways of a plan before no more are walked."""


class _Last(NamedTuple):
    """The way that was walked last, as far as the first try went."""

    steps: tuple[Step, ...]
    wanted: Mapping[int, Asked]
    legs: tuple[Leg, ...]
    stands: list[Stand]


class Leader:
    """Walks ways of one plan. What several have in common is walked once."""

    def __init__(self, model: Model) -> None:
        roles = model.plan.procedure.roles
        cast = Cast.of({role: (role, f"{role}-2", f"{role}-3") for role in roles}, roles)
        self.plan = model.plan
        self._setting = Setting(model.plan, cast, Hints.of(model.plan))
        self._last = _Last((), {}, (), [])

    def lead(self, found: Found, arrives: Arrives, *, tell: str = "") -> Found | Unwalked:
        """The way with the values that led the core along it, or where every try stuck.

        `tell` is a name that is told of wherever it was recorded. After many ways of a plan the next one is given back
        as it was found: so many stood the trial that nobody waits for another, and its values fit together.
        """
        setting = self._setting
        before, stuck = setting.turns, 0
        if before > MOST_ALTOGETHER:
            return found
        wanted = asked(found, aging=setting.hints.aging, tell=tell)
        legs, stands = self._in_common(found.steps, wanted)
        supposed = [leg.step for leg in legs if leg.step.arrow == GO_BACK and leg.step.to == leg.step.at]
        if supposed:
            return Unwalked(found, supposed[0])  # in a call for each element
        way = Way(
            wanted.get(-1, NOTHING),
            legs,
            found.steps[-1].arrow if found.steps else "",
            arrives,
            bool(found.layout.model.words.rows),
        )
        for number in range(MOST_TRIES):
            one = Try(setting, way, number, stands if number == 0 else [])
            values = one.walk()
            if number == 0:
                self._last = _Last(found.steps, wanted, legs, one.stands)
            if values is not None:
                return replace(found, walked=values)
            stuck = max(stuck, one.reached)
            if not one.open or setting.turns > min(before + MOST_TURNS, MOST_ALTOGETHER):
                break
        return Unwalked(found, legs[min(stuck, len(legs) - 1)].step if legs else Step("", "", ""))

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
        found = model.shared_work["leader"] = Leader(model)
    assert isinstance(found, Leader)
    return found
