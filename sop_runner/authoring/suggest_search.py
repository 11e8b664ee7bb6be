"""Looks for a scenario that takes one arrow or outcome, from where something known is nearest to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from sop_runner.acting.cast import Cast
from sop_runner.run.going import Refused

from .coverage import Coverage
from .gaps import Gap
from .rehearse_goals import Goal, takes
from .rehearse_search import Budget, Effort, Search, Turn
from .rehearse_story import Result
from .rehearse_variety import Variety
from .scenario import Do
from .scenario_expand import expand
from .scenario_load import load_scenarios
from .scenario_text import duration, scenario_text
from .suggest_known import Known, Moment, deciding
from .suggest_openings import openings
from .suggest_walk import Walking
from .suite import Suite

MOST_TRIED = 2_000
"""Turns that searches try for one gap: some seconds. What they found in long examples took a third of them at most."""
MOST_WALKED = 2_000
"""Turns that the core judges on ways that the proof finds for one gap."""
MOST_MOMENTS = 6
"""Moments of one kind from which a way is looked for."""

_NEXT = Effort(1, 60, mixed=True, limits=True)
_STRAIGHT = Effort(6, 400, mixed=False, limits=False)
_WIDE = Effort(3, 400, mixed=True, limits=True)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """For one gap the text of a scenario that covers it and passes, or why there is none."""

    gap: Gap
    text: str = ""
    why_not: str = ""


class Looking:
    """What is known and covered by now, scenarios and suggestions together."""

    def __init__(self, suite: Suite) -> None:
        self.covered = Coverage()
        """What suggestions cover."""
        self._suite, self._plan = suite, suite.plan
        self._variety = Variety(suite.plan)
        self._known = Known(suite, self._variety)
        self._begun = [(case, self._known.play(case)) for case in openings(suite, self._variety)]
        for case in suite.cases:
            self._known.play(case)
        self._walking = Walking(suite, self._begun[0][0])

    def look_for(self, gap: Gap) -> Suggestion:
        """A scenario that covers the gap, or why there is none."""
        pair = (gap.key[0], gap.key[1])
        goal, budget = takes(self._plan, pair), Budget(MOST_TRIED)
        for case, began in self._begun:
            if began.scene is not None and covers(began.coverage, gap):
                return Suggestion(gap, self._written(Moment(case, began.scene), (), gap))
        why_not = ""
        for effort, moments in self._efforts(goal):
            if effort is _STRAIGHT:
                walked = self._walking.to_take(pair, MOST_WALKED)
                if walked.never:
                    return Suggestion(gap, why_not=walked.why_not)
                why_not = walked.why_not
                for there in walked.there:
                    text = self._text(there, gap)
                    if text:
                        return Suggestion(gap, text)
            for one in moments:
                turns, _ = self._search(one, goal, budget).run(effort)
                text = self._written(one, turns, gap) if turns is not None else ""
                if text:
                    return Suggestion(gap, text)
        return Suggestion(gap, why_not=why_not)

    def _search(self, one: Moment, goal: Goal, budget: Budget) -> Search:
        cast = Cast.of(one.case.people, self._plan.procedure.roles)
        return Search(one.scene, cast, goal, self._variety, budget)

    def _efforts(self, goal: Goal) -> Iterator[tuple[Effort, Iterator[Moment]]]:
        """How to look, and from where: at the place itself, then from where it is decided, then from anywhere."""
        deciders, from_start = deciding(self._plan, goal.nodes)
        for effort in (_NEXT, _STRAIGHT, _WIDE):
            here = self._known.at(goal.nodes)[:MOST_MOMENTS]
            if effort is _NEXT:
                yield effort, iter(here)
                continue
            decided = self._known.at(deciders)[:MOST_MOMENTS]
            nearest = islice(self._known.nearest(goal), MOST_MOMENTS)
            begun = self._known.at([self._plan.graph.start])
            several = (begun, decided) if from_start else (decided, nearest, begun)
            yield effort, chain(*several)

    def _written(self, start: Moment, turns: Sequence[Turn], gap: Gap) -> str:
        """The scenario that goes on so from a moment; empty where it does not do."""
        items, scene = list(start.case.do), start.scene
        for turn in turns:
            if turn.wait:
                items.append(Do("after", duration(turn.wait)))
            items += turn.items
            played = scene.later(turn.wait).play(turn.acts)
            scene = scene if isinstance(played, Refused) else played[0]
        return self._text(Moment(replace(start.case, do=tuple(items)), scene), gap, len(start.case.do))

    def _text(self, there: Moment, gap: Gap, since: int = 0) -> str:
        """The scenario as text, if that reads back, passes and covers the gap; empty else."""
        run, whole = there.scene.run, replace(there.case, name=f"suggested: {gap.name}")
        still_open = run.status == "open"
        whole = replace(whole, at=run.at) if still_open else replace(whole, ends=run.end or run.result)
        text = scenario_text(whole)
        again = self._read_back(text, since)
        if again is None or not again.passed or not covers(again.coverage, gap):
            return ""
        self.covered |= again.coverage
        return text

    def _read_back(self, text: str, since: int) -> Result | None:
        """What comes of a scenario as it is written; its moments are known then, those after some of its items."""
        head = f"format: sop-scenarios/1\nprocedure: {self._plan.procedure.procedure}\nscenarios:\n"
        loaded = load_scenarios((head + text).encode())
        if loaded.scenarios is None:
            return None
        (case, *_), _ = expand(loaded, lambda name: None)
        return self._known.play(case, since)


def covers(coverage: Coverage, gap: Gap) -> bool:
    """Whether a gap is one no more."""
    return gap.key in (coverage.arrows if gap.kind == "arrow" else coverage.outcomes)
