"""Weakened copies of the shipped procedures: each is found out, or no walk can tell it from the original."""

import re
from pathlib import Path
from random import Random

import pytest

from sop_runner.lint.prove import Proof, prove
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.unit.lint.drive import asked_for
from tests.unit.lint.test_proofs_brute import Listening

FOLDER = Path(__file__).resolve().parents[3] / "procedures"
NAMES = ("account-change", "identity-check", "international-roaming-dispute")
TEXTS = {name: (FOLDER / f"{name}.yaml").read_text(encoding="utf-8") for name in NAMES}


def plan_of(name: str, text: str) -> Plan:
    """Compile one text beside the shipped callees."""
    loaded = load(text.encode(), f"{name}.yaml")
    resolved = resolve(loaded, lambda wanted, _: load(TEXTS[wanted].encode(), f"{wanted}.yaml"))
    errors = [f.message for f in (*loaded.findings, *resolved.findings) if f.severity == "error"]
    assert loaded.procedure is not None, errors
    assert not errors
    return compile_plan(loaded.procedure, loaded.digest or "", resolved.procedures)


def lines_with(name: str, pattern: str) -> list[tuple[int, re.Match[str]]]:
    """The lines that a mutation can be planted in."""
    found = [(i, re.match(pattern, line)) for i, line in enumerate(TEXTS[name].splitlines())]
    return [(i, match) for i, match in found if match]


def changed(name: str, line: int, text: str) -> str:
    lines = TEXTS[name].splitlines()
    lines[line] = text
    if not text and lines[line + 1].lstrip().startswith("valid_for:"):
        lines[line + 1] = ""  # there is nothing left to keep fresh
    return "\n".join(lines) + "\n"


def codes(proof: Proof) -> set[str]:
    return {finding.code for finding in proof.findings}


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


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_procedures_prove_clean(name: str) -> None:
    proof = prove(plan_of(name, TEXTS[name]))
    assert [(f.code, f.message) for f in proof.findings] == []
    assert proof.obligations
    assert {one.verdict for one in proof.obligations} == {"holds"}


SATISFIES = [
    (name, line, match[2])
    for name in NAMES
    for line, match in lines_with(name, r"^(\s*)satisfies: \[([a-z-]+)\]")
]


@pytest.mark.parametrize(("name", "line", "control"), SATISFIES)
def test_a_node_that_no_longer_satisfies_is_found(name: str, line: int, control: str) -> None:
    proof = prove(plan_of(name, changed(name, line, "")))
    # A walk may still gain a control elsewhere; in these three no control is gained twice on one way.
    twice = name == "international-roaming-dispute" and control == "two-factor-identity"
    assert codes(proof) & {"SOP301", "SOP302"} or (
        twice and no_walk_misses(plan_of(name, changed(name, line, "")))
    )


JUMPS = [
    pytest.param(name, line, match[1], match[2], end, id=f"{name}-{line + 1}")
    for name, end in (("account-change", "closed"), ("identity-check", "proven"), ("international-roaming-dispute", "credited"))
    for line, match in lines_with(name, r"^(\s*(?:- )?(?:then|otherwise): )([a-z-]+)(?: #.*)?$")
]  # fmt: skip


@pytest.mark.parametrize(("name", "line", "key", "target", "end"), JUMPS)
def test_an_arrow_that_leads_to_the_completed_end_is_found(
    name: str, line: int, key: str, target: str, end: str
) -> None:
    plan = plan_of(name, changed(name, line, key + end))
    proof = prove(plan)
    assert target == end or codes(proof) & {"SOP301", "SOP302"} or no_walk_misses(plan)
    assert not (proof.holds and not no_walk_misses(plan))


INVALIDATES = [(name, line) for name in NAMES for line, _ in lines_with(name, r"^\s*invalidates: \[")]
IMPOSES = [(name, line) for name in NAMES for line, _ in lines_with(name, r"^\s*imposes: \[")]


@pytest.mark.parametrize(("name", "line"), [*INVALIDATES, *IMPOSES])
def test_asking_for_less_is_no_way_round_a_control(name: str, line: int) -> None:
    """What takes nothing away and asks for nothing more opens no path: `sop diff` is what tells of it."""
    plan = plan_of(name, changed(name, line, ""))
    assert not codes(prove(plan)) & {"SOP301", "SOP302", "SOP303"}
    assert no_walk_misses(plan)


def test_an_act_moved_before_its_confirmation_is_found() -> None:
    text = TEXTS["account-change"]
    start, consent, decision = (text.index(f"  - {what}") for what in ("step: apply-change", "confirmation: consent", "decision: takeover-risk"))  # fmt: skip
    act = text[start : text.index("  - confirmation: system-log")]
    rest = text.replace(act, "").replace("        then: apply-change\n", "        then: system-log\n")
    assert consent < decision < start
    moved = rest[:consent] + act + rest[consent:]
    proof = prove(plan_of("account-change", moved))
    broken = {(one.node, one.control) for one in proof.obligations if one.verdict == "fails"}
    assert ("apply-change", "consent") in broken


def test_outcomes_that_swap_their_ways_are_found() -> None:
    text = TEXTS["account-change"]
    swapped = text.replace("then: supervisor-approval", "then: HERE").replace(
        "        then: apply-change", "        then: supervisor-approval"
    )
    proof = prove(plan_of("account-change", swapped.replace("HERE", "apply-change")))
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
