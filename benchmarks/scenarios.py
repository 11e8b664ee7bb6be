"""Scenarios of the shipped procedures in memory, against bare decide and evolve of the same actions."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sop_runner.authoring.rehearse import rehearse
from sop_runner.authoring.rehearse_stage import MemoryStage, Told
from sop_runner.authoring.suite import Suite
from sop_runner.base.settings import Settings
from sop_runner.cli.suites import beside, read_suite
from sop_runner.run.actions import Action, Actor, Given, Start
from sop_runner.run.decide import decide
from sop_runner.run.evolve import evolve, started
from sop_runner.run.going import Refused
from sop_runner.run.start import decide_start

from .measure import Row, duration, interleaved, timed
from .procedures import FOLDER

TITLE = "scenarios: a scenario played, against bare decide and evolve of the same actions"
NAMES = ("account-change", "international-roaming-dispute")
AIM = 4.0
_SEED = bytes(32)

Asked = tuple[Actor, datetime, Action | Mapping[str, Any]]


class Listening(MemoryStage):
    """Remembers what it was asked, and when."""

    def __init__(self, suite: Suite) -> None:
        super().__init__(suite.plan, suite.zone, suite.calendar)
        self.asked: list[Asked] = []

    def start(self, who: Actor, case: Mapping[str, Any], named: Mapping[str, tuple[str, ...]]) -> Told:
        self.asked.append(
            (who, self.now(), Start("REHEARSAL", "REHEARSAL", self.zone, case, named, training=True))
        )
        return super().start(who, case, named)

    def perform(self, who: Actor, action: Action) -> Told:
        self.asked.append((who, self.now(), action))
        return super().perform(who, action)


def suite_of(name: str) -> Suite:
    """The shipped procedure of this name with its scenarios."""
    found = read_suite(*beside(Path(FOLDER / f"{name}.yaml")), Settings())
    assert found.suite is not None, found.wrong
    return found.suite


def bare(suite: Suite) -> Callable[[], None]:
    """The same actions without anything around them: judge, and fold the events as the desk does."""
    runs = []
    for case in suite.cases:
        stage = Listening(suite)
        assert rehearse(case, stage, suite.source).passed, case.name
        runs.append(stage.asked)

    def play() -> None:
        for asked in runs:
            run, opened = None, {}
            for who, now, action in asked:
                given = Given(who, now, _SEED, opened=opened)
                if run is None:
                    assert isinstance(action, Start)
                    judged = decide_start(suite.plan, action, given)
                    if isinstance(judged, Refused):
                        break
                    opened = {**judged.sealed}
                    run = started(suite.plan, action.run, judged.events[0], opened)
                    events = judged.events[1:]
                else:
                    judged = decide(suite.plan, run, action, given)
                    if not isinstance(judged, Refused):
                        opened = {**opened, **judged.sealed}
                    events = judged.events
                for event in events:
                    run = evolve(suite.plan, run, event, opened)

    return play


def main() -> list[Row]:
    """Two procedures; the ratio is what the reading of items, samples, expectations and coverage cost."""
    rows = []
    for name in NAMES:
        suite = suite_of(name)

        def play(suite: Suite = suite) -> None:
            for case in suite.cases:
                suite.play(case)

        count = len(suite.cases)
        medians = interleaved({"bare": timed(bare(suite), count), "played": timed(play, count)}, rounds=7)
        ratio = medians["played"] / medians["bare"]
        rows.append(Row(f"{name}, {count} scenarios, bare", duration(medians["bare"])))
        rows.append(
            Row(
                f"{name}, played ({1 / medians['played']:,.0f} a second)",
                duration(medians["played"]),
                ratio,
                AIM,
            )
        )
    return rows
