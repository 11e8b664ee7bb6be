"""Walks the way that the proof finds for an arrow, where samples do not lead there."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sop_runner.acting.cast import Cast
from sop_runner.lint.leading.arrivals import goes_on
from sop_runner.lint.leading.hints import Hints
from sop_runner.lint.leading.judging import Desk
from sop_runner.lint.leading.leader import Leader, Walk
from sop_runner.lint.leading.lengthened import lengthened
from sop_runner.lint.proofs.arrows import ways_to_take
from sop_runner.lint.proofs.following import Found, Unwalked
from sop_runner.lint.proofs.ground import Step
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.proofs.taking import Goal

from .coverage import Pair
from .rehearse import FIRST_HOUR
from .scenario_expand import Case
from .suggest_known import Moment
from .suggest_openings import spared
from .suggest_told import TICK, told
from .suite import Suite


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of an arrow: where the walk along its way ends, plainly told or to the second, or why there is none.

    `never` where no values lead there.
    """

    there: tuple[Moment, ...] = ()
    why_not: str = ""
    never: bool = False


class Walking:
    """Ways of one procedure, begun like `start`."""

    def __init__(self, suite: Suite, start: Case) -> None:
        plan = suite.plan
        self._start, self._model = start, Model(plan)
        self._cast = Cast.of(spared(plan, start.people), plan.procedure.roles)
        self._usual = datetime.combine(plan.procedure.effective_from, FIRST_HOUR, ZoneInfo(suite.zone))
        hints = replace(Hints.of(plan), start=self._usual)
        self._leader = Leader(Desk(plan, self._cast, hints, suite.zone, suite.calendar))

    def to_take(self, pair: Pair, most: int) -> Walked:
        """Where a walk on which the arrow is taken leads; the core judges about `most` turns at most."""
        walks: list[Walk] = []
        most += self._leader.turns

        def lead(found: Found, goal: Goal) -> Found | Unwalked:
            walk = self._leader.walk(lengthened(found), goes_on, most=most)
            if isinstance(walk, Step):
                return Unwalked(found, walk)
            walks.append(walk)
            return found

        result = ways_to_take(self._model, pair, lead)
        if pair in result.found:
            walk = walks[-1]
            told_so = (
                told(walk, self._usual, self._start, self._cast, beyond=least)
                for least in (TICK, timedelta())
            )
            there = tuple(Moment(case, walk[-1].scene) for case in told_so)
            return Walked(there, "the way that leads there is none that a scenario tells")
        if pair in result.unwalked:
            stuck = result.unwalked[pair].stuck
            return Walked(
                why_not=f"no way was found: one that seems to lead there could not be walked past '{stuck.at}'"
            )
        if pair in result.unsettled:
            return Walked(why_not="no way was found in bounded time, nor a proof that there is none")
        return Walked(why_not="it never happens: no values lead there", never=True)
