"""Weakened copies of the shipped procedures: each is found out, or no walk can tell it from the original."""

import os
from collections.abc import Iterator
from random import Random

import pytest

from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.prove import prove
from sop_runner.machine.plan import Plan
from tests.unit.lint.every_walk import asked_for
from tests.unit.lint.planted import TEXTS, Planted, plan_of, planted
from tests.unit.lint.test_proofs_brute import Listening

EVERY = os.environ.get("SOP_PROOF_MUTANTS") == "all"
"""By hand all of them; else of each procedure one mistake of each kind, always the same."""
FOUND = ("satisfies", "move")
"""Mistakes that nearly always open a way: the rest may ask for more as well, or for nothing that is guarded."""


def chosen() -> Iterator[Planted]:
    for name in TEXTS:
        kinds: dict[str, list[Planted]] = {}
        for one in planted(name):
            kinds.setdefault(one.kind, []).append(one)
        for kind, those in kinds.items():
            yield from those if EVERY else [Random(f"{name} {kind}").choice(those)]


@pytest.mark.parametrize("name", TEXTS)
def test_the_shipped_procedures_prove_clean(name: str) -> None:
    plan = plan_of(name)
    assert plan is not None
    proof = prove(plan)
    assert [(f.code, f.message) for f in proof.findings] == []
    assert {one.verdict for one in proof.obligations} <= {"holds"}


@pytest.mark.parametrize("mistake", chosen(), ids=str)
def test_a_planted_mistake_is_found_or_nobody_can_tell(mistake: Planted) -> None:
    """Where it is found, the core was led along the way that is told, to the refusal that it promises."""
    plan = mistake.plan()
    assert plan is not None
    settled = settle(Model(plan))
    assert not settled.unsettled
    assert all(found.walked is not None for found in settled.broken.values())
    if not settled.broken:
        assert mistake.kind not in FOUND or mistake.words in EQUIVALENT
        assert no_walk_misses(plan)


EQUIVALENT = (
    # No item of a complaint asks for it; in a refund, who has not proved who they are does so before the act.
    "'identity' no longer satisfies two-factor-identity",
    # A second declaration is asked for where the first was not by two.
    "'declare-emergency' no longer satisfies declared-by-two",
)


def no_walk_misses(plan: Plan, walks: int = 3) -> bool:
    """Whether random walks are never refused for want of a control."""
    for seed in range(walks):
        walker = Listening(plan, Random(seed))
        walker.missing = set()
        if walker.start():
            for _ in range(60):
                if walker.over:
                    break
                walker.step("right" if seed % 2 else "")
        if walker.missing:
            return False
    return True


def test_outcomes_that_swap_their_ways_are_found() -> None:
    text = TEXTS["account-change"]
    swapped = text.replace("then: supervisor-approval", "then: HERE").replace(
        "        then: apply-change", "        then: supervisor-approval"
    )
    plan = plan_of("account-change", {**TEXTS, "account-change": swapped.replace("HERE", "apply-change")})
    assert plan is not None
    proof = prove(plan)
    (one,) = [one for one in proof.obligations if one.verdict == "fails"]
    assert (one.node, one.control, one.kind) == ("apply-change", "four-eyes", "closure")
    assert [stop.node for stop in one.path][-2:] == ["takeover-risk", "apply-change"]
    assert one.path[-2].how == "high"
    values = {name for stop in one.path for name, _ in stop.values}
    assert values <= {"change", "recent_reset", "account_value"}


def test_a_counterexample_refusal_is_the_cores_own() -> None:
    """The sentence that the walks listen for is the one the core says."""
    text = "'apply-change' still needs 'consent' (← consent). Go back to the items named and confirm them"
    assert asked_for(text) == {("apply-change", "consent")}
