"""Proofs held against the run core itself, on many small generated procedures."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from sop_runner.lint.leading import judging
from sop_runner.lint.leading.arrivals import Arrives
from sop_runner.lint.leading.leader import Leader
from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.following import Found, Unwalked
from sop_runner.lint.proofs.ground import ENTER, Step
from sop_runner.lint.proofs.model import Model
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.run import actions as do
from sop_runner.run.decide import decide
from sop_runner.run.going import Going, Refused
from sop_runner.run.state import Run
from tests.generators import compiled
from tests.unit.lint.every_walk import asked_for
from tests.walker import Walker

WALKED = (*range(36), 1022, 1089)  # the last two: jumps that nothing leads to
DRIVEN = (*range(140, 170), 25, 66, 98, 118, 181, 201, 207, 228, 245, 252, 266, 288)


class Listening(Walker):
    """A random walk that remembers for want of which controls it was refused."""

    missing: set[tuple[str, str]]

    def _refuse(self, judged: Refused) -> None:
        self.missing |= asked_for(str(judged.message))
        super()._refuse(judged)


@pytest.mark.parametrize("seed", WALKED)
def test_what_is_said_to_hold_is_never_missing(seed: int) -> None:
    plan = compiled(seed).plan
    assert plan is not None
    settled = settle(Model(plan))
    open_to_doubt = {claim[:2] for claim in (*settled.broken, *settled.unsettled)}
    for number in range(6):
        walker = Listening(plan, Random(seed * 1000 + number))
        walker.missing = set()
        if not any(walker.start() for _ in range(4)):
            continue
        for _ in range(40):
            if walker.over:
                break
            walker.step()
        assert {(template(node), control) for node, control in walker.missing} <= open_to_doubt


def test_what_is_said_to_fail_was_walked_to_the_refusal() -> None:
    """The last act of each walk is refused by the core for want of that control; time stands against one way only."""
    walked, late = 0, []
    for seed in DRIVEN:
        plan = compiled(seed).plan
        assert plan is not None
        with last_acts() as acts:
            settled = settle(Model(plan))
        for claim, found in settled.broken.items():
            assert found.walked is not None
            if claim[:2] not in acts:
                assert all(by_itself(plan, step) for step in found.steps)  # no run can be opened
                continue
            run, action, given = acts[claim[:2]]
            judged = decide(plan, run, action, given)
            assert isinstance(judged, Refused)
            assert claim[:2] in asked_for(str(judged.message)), (seed, claim)
            walked += 1
        late += [(seed, claim) for claim in settled.unwalked]
    assert walked > 30
    assert late == [(157, ("node-2/closed", "control-c", "closure"))]


def by_itself(plan: Plan, step: Step) -> bool:
    return step.arrow == ENTER or step.arrow.startswith("passed_over") or plan.nodes[step.at].automatic


@contextmanager
def last_acts() -> Iterator[dict[tuple[str, str], tuple[Run, do.Action, do.Given]]]:
    """The last act that the core judged for each way before that was told, by node and control."""
    found: dict[tuple[str, str], tuple[Run, do.Action, do.Given]] = {}
    acts: list[tuple[Run, do.Action, do.Given]] = []
    carry_out, lead = judging.carry_out, Leader.lead

    def carried_out(going: Going, action: do.Action) -> None:
        acts.append((going.run, action, going.given))
        carry_out(going, action)

    def led(leader: Leader, way: Found, arrives: Arrives) -> Found | Unwalked:
        acts.clear()
        walked = lead(leader, way, arrives)
        if isinstance(walked, Found) and acts:
            run, action, given = acts[-1]
            judged = decide(leader.plan, run, action, given)
            found.update(dict.fromkeys(asked_for(str(getattr(judged, "message", ""))), acts[-1]))
        return walked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "carry_out", carried_out)
        patch.setattr(Leader, "lead", led)
        yield found
