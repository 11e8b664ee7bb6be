"""Proofs held against the run core itself, on many small generated procedures."""

from random import Random

import pytest

from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.model import Model
from sop_runner.machine.graph import template
from sop_runner.run.going import Refused
from tests.generators import compiled
from tests.unit.lint.drive import asked_for, walked_to
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


def test_what_is_said_to_fail_can_be_walked_to_the_refusal() -> None:
    """Along the way that is shown; only time may stand against it, which is the run's (docs/decisions/0008)."""
    walked, late = 0, []
    for seed in DRIVEN:
        plan = compiled(seed).plan
        assert plan is not None
        for claim, found in settle(Model(plan)).broken.items():
            came = walked_to(plan, found, claim)
            assert came, (seed, claim)
            if came == "late":
                late.append((seed, claim))
            walked += 1
    assert walked > 30
    assert len(late) <= 1, late
