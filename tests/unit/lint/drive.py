"""Walks the run core along a way that a proof found, to see whether it really comes to where it says."""

import re
from datetime import timedelta
from random import Random
from typing import Any

from sop_runner.base.message import msg
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK, Step
from sop_runner.lint.proofs.layout import AGED, STALE
from sop_runner.lint.proofs.regions import ORDERED
from sop_runner.lint.proofs.telling import lives
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.decide import decide
from sop_runner.run.environment import RunEnv
from sop_runner.run.going import Accepted, Refused
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from tests.answers import NAMED, actor
from tests.unit.lint.meant import Meant

_ASKED = re.compile(
    r"^'([^']+)' still needs (.*?)(?:, and these have gone stale:.*|\. Go back.*)$", re.DOTALL
)


def asked_for(refusal: str) -> set[tuple[str, str]]:
    """The node and the controls that a refusal says were not gained."""
    match = _ASKED.match(refusal)
    if match is None:
        return set()
    return {(template(match[1]), control) for control in re.findall(r"'([^']+)' \(←", match[2])}


_PATIENCE = 40


class Drive(Meant):
    """One try at walking a found way."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.steps = [(i, s) for i, s in enumerate(self.found.steps) if s.arrow != ENTER]
        self.late = False
        """Whether something came too late or too early: how old things are, a way leaves to the run."""

    def refused_at_the_end(self) -> set[tuple[str, str]]:
        """What the core asks for where the way ends; empty where it went another way."""
        run: Run | None = None
        for _ in range(_PATIENCE):
            start = do.Start("run-1", "CR-000001", "UTC", self.case(), NAMED, training=True)
            judged = decide_start(self.plan, start, self._given("fay"))
            if isinstance(judged, Refused) and asked_for(str(judged.message)):
                return asked_for(str(judged.message))
            if isinstance(judged, Accepted) and self._follows(judged, -1):
                run = judged.run
                break
        for _ in range(4 * len(self.steps)):
            if run is None or not self.steps:
                break
            index, step = self.steps[0]
            if self._grows_stale(index):
                self.now += timedelta(days=400)
            for _ in range(_PATIENCE):
                judged = self._one_try(run, index, step)
                if isinstance(judged, Accepted):
                    run = judged.run
                    break
                if asked_for(str(judged.message)):
                    return asked_for(str(judged.message))
            else:
                return set()
        return set()

    def _one_try(self, run: Run, index: int, step: Step) -> Accepted | Refused:
        """Some action of somebody that may be meant, where it is accepted and keeps to the way."""
        action, people = self.action(run, index, step)
        judged: Accepted | Refused = NOT_THIS_WAY
        for who in people:
            self.now += timedelta(seconds=1)
            judged = decide(self.plan, run, action, self._given(who))
            if isinstance(judged, Accepted):
                return judged if self._follows(judged, index) else NOT_THIS_WAY
            refused = str(judged.message)
            self.late = self.late or "gone stale" in refused or "has passed" in refused
            if asked_for(refused):
                break
        return judged

    def _given(self, who: str) -> do.Given:
        return do.Given(actor(who), self.now, self.rng.randbytes(32), "en", self.opened)

    def _follows(self, judged: Accepted, index: int) -> bool:
        """Whether its moves are those of the way; what the way takes is then crossed off."""
        moves = [event for event in judged.events if _moves(event)]
        taken = [
            (
                self.here(one.at or ""),
                GO_BACK if one.type == ev.WENT_BACK else one.arrow,
                self.here(one.to or ""),
            )
            for one in moves
        ]
        meant = [(step.at, template(step.arrow), step.to) for _, step in self.steps[: len(taken)]]
        if taken != meant or ((taken or index < 0) and not self._comes_to(judged.run, index, len(taken))):
            return False
        for _, step in self.steps[: len(taken)]:
            self.remember(step)
        del self.steps[: len(taken)]
        self.opened.update(judged.sealed)
        return True

    def _comes_to(self, run: Run, index: int, moves: int) -> bool:
        """Whether what is computed of the values that were recorded is what the way says of it."""
        known = self.found.layout.model.words.known
        for key in self.found.layout.names:
            one = known[key]
            if one.free and one.pair is None and not one.asked_of and self.here(run.scope) == one.scope:
                until = self.steps[moves - 1][0] if moves else index
                those = [one for one in lives(self.found, key) if index <= one.since <= until]
                if not those or those[-1].since != index or those[-1].last == those[-1].first:
                    continue  # what follows by itself may have set what it is computed from
                life = those[-1]
                value = RunEnv(self.plan, run, run.scope, self.now).value(key[len(one.scope) :])
                if not life.last & _region(one.regions, value):
                    return False
        return True

    def _grows_stale(self, index: int) -> bool:
        """Whether something has to be stale by the time somebody stands at an item again."""
        steps, states = self.found.steps, self.found.states
        end = index + 1
        while end < len(steps) and (steps[end].arrow == ENTER or not self._by_person(steps[end])):
            end += 1
        places = self.found.layout.controls.values()
        return any(
            states[index].values[place] == AGED and one.values[place] == STALE
            for place in places
            for one in states[index + 1 : end + 2]
        )

    def _by_person(self, step: Step) -> bool:
        return not step.arrow.startswith("passed_over") and not self.plan.node(step.at).automatic


NOT_THIS_WAY = Refused(msg("this leads another way"), ())


def _region(regions: Any, value: Any) -> int:
    """The region that a computed value lies in; all where it is of no ordered kind."""
    if value is UNKNOWN or regions.kind not in ORDERED:
        return 1 if value is UNKNOWN else int(regions.all)
    ordered = [part for part in regions.parts(regions.known) if not isinstance(part[1], Sealed | str)]
    for place, (bit, sample, single) in enumerate(ordered):
        last = place + 1 == len(ordered)
        if value == sample or (not single and (last or value < ordered[place + 1][1])):
            return int(bit)
    return int(regions.all)


def _moves(event: ev.Event) -> bool:
    return event.type in ev.MOVES or event.type == ev.WENT_BACK


def walked_to(plan: Plan, found: Found, claim: tuple[str, str, Any], tries: int = 24) -> str:
    """Whether some try comes to the refusal that the way promises; "late" where time alone kept all from it."""
    late = False
    for seed in range(tries):
        drive = Drive(plan, found, Random(seed))
        if claim[:2] in drive.refused_at_the_end():
            return "there"
        late = late or drive.late
    return "late" if late else ""
