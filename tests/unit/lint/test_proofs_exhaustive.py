"""Proofs held against every walk that the run core can take, on small procedures, in both directions."""

import os

import pytest
import yaml

from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.ground import ENTER, GO_BACK, Step
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.proofs.search import Found
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.unit.lint.exhaustive import Small, walk_all

SEEDS = range(int(os.environ.get("SOP_PROOF_FROM", "0")), int(os.environ.get("SOP_PROOF_TO", "100")))
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
    walked = compared = 0
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
            assert broken <= set(every.missing), (seed, "false alarm", broken - set(every.missing))
            for asked, moves in every.missing.items():
                ways = [found for claim, found in settled.broken.items() if claim[:2] == asked]
                _shows_a_shortest_walk(plan, ways, moves, (seed, asked))
            compared += 1
    assert walked > TOGETHER // 2
    assert compared > TOGETHER // 4


def _shows_a_shortest_walk(plan: Plan, ways: list[Found], walked: set[int], where: object) -> None:
    """The core is refused after as many moves as a way shows, and never after fewer than the shortest."""
    shown = []
    for found in ways:
        moves = [step for step in found.steps if step.arrow != ENTER]
        if any(step.arrow == GO_BACK for step in moves):
            return  # how far on somebody had been is not part of the way
        shown.append(max((index for index, step in enumerate(moves) if _by_a_person(plan, step)), default=0))
    assert set(shown) <= walked, where
    if not _by_itself(plan):
        assert min(shown) == min(walked), where


def _by_a_person(plan: Plan, step: Step) -> bool:
    return not plan.nodes[step.at].automatic and not step.arrow.startswith("passed_over")


def _by_itself(plan: Plan) -> bool:
    """Whether some node is left or passed without a person: how many such moves a refusal hides is not seen."""
    return any(node.only_when is not None or node.automatic for node in plan.nodes.values())
