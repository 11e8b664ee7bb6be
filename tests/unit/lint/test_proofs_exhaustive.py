"""Proofs held against every walk that the run core can take, on small procedures, in both directions."""

import os

import pytest
import yaml

from sop_runner.lint.proofs.closure import Settled, settle
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK
from sop_runner.lint.proofs.model import Model
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.unit.lint.exhaustive import Small, walk_all

SEEDS = range(int(os.environ.get("SOP_PROOF_FROM", "0")), int(os.environ.get("SOP_PROOF_TO", "60")))
"""A campaign by hand sets SOP_PROOF_TO to some ten thousands."""
TOGETHER = 20


def plan_of(seed: int) -> Plan | None:
    """The procedure of a seed; None where the loader has something against it."""
    main, callee = (load(yaml.safe_dump(tree, sort_keys=False).encode()) for tree in Small(seed).files())
    resolved = resolve(main, lambda *_: callee)
    errors = [
        one for one in (*main.findings, *callee.findings, *resolved.findings) if one.severity == "error"
    ]
    return None if errors or main.procedure is None else compile_plan(main.procedure, "", resolved.procedures)


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, TOGETHER))
def test_what_is_proved_is_what_every_walk_comes_to(first: int) -> None:
    walked = compared = doubted = 0
    for seed in range(first, min(first + TOGETHER, SEEDS.stop)):
        plan = plan_of(seed)
        if plan is None:
            continue
        settled = settle(Model(plan))
        broken = {claim[:2] for claim in settled.broken}
        every = walk_all(plan)
        assert not settled.unsettled, seed
        assert set(every.missing) <= broken, (seed, "missed", set(every.missing) - broken)
        walked += 1
        if every.complete:
            for asked in broken - set(every.missing):
                assert all(map(_goes_back, _ways(settled, asked))), (seed, "false alarm", asked)
                doubted += 1
            _shows_shortest_walks(plan, settled, seed)
            compared += 1
    assert walked > TOGETHER // 2
    assert compared > TOGETHER // 4
    assert doubted <= 1


def _ways(settled: Settled, asked: tuple[str, str]) -> list[Found]:
    return [found for claim, found in settled.broken.items() if claim[:2] == asked]


def _goes_back(found: Found) -> bool:
    """What somebody who went back had come to before is taken for possible (docs/decisions/0008)."""
    return any(step.arrow == GO_BACK for step in found.steps)


def _shows_shortest_walks(plan: Plan, settled: Settled, seed: int) -> None:
    """The core is refused after as many moves as a way shows, and after no fewer; walked forward only."""
    if any(node.only_when is not None or node.automatic for node in plan.nodes.values()):
        return  # how many moves follow by themselves is not seen in a refusal
    for asked, walked in walk_all(plan, going_back=False).missing.items():
        ways = [found.steps for found in _ways(settled, asked) if not _goes_back(found)]
        shown = [max(0, sum(step.arrow != ENTER for step in steps) - 1) for steps in ways]
        assert min(shown) == min(walked), (seed, asked, shown, walked)
