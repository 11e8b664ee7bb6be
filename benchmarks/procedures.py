"""The procedures that are walked: the shipped one, and made-up ones of any length."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.load import load
from sop_runner.run import actions as do
from sop_runner.run.decide import decide
from sop_runner.run.going import Accepted
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run

FOLDER = Path(__file__).parents[1] / "procedures"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
AGENT = do.Actor("ana", frozenset({"agent"}))
BOSS = do.Actor("bela", frozenset({"supervisor"}))
STEPS, DECISIONS = 60, 8


def plan_of(data: bytes) -> Plan:
    """Compile one file that calls nothing."""
    loaded = load(data)
    assert loaded.procedure is not None, [finding.message for finding in loaded.findings]
    return compile_plan(loaded.procedure, loaded.digest or "", {})


def text_of_length(nodes: int) -> bytes:
    """A procedure of `nodes` items: every fourth a record that gains a control, the others steps that require it."""
    flow: list[dict[str, Any]] = []
    for number in range(nodes):
        if number % 4 == 0:
            fields = [{"field": f"amount_{number}", "type": "money", "currency": "EUR"}]
            flow.append(
                {"confirmation": f"item-{number}", "record": {"fields": fields}, "satisfies": ["written"]}
            )
        else:
            flow.append({"step": f"item-{number}", "do": "Do what this says.", "requires": ["written"]})
    return _text([*flow, {"end": "closed", "result": "completed", "requires": ["written"]}])


def walk_text() -> bytes:
    """60 items, 8 of them decisions of two outcomes: the walk of docs and of other engines' benchmarks."""
    every = STEPS // DECISIONS
    flow: list[dict[str, Any]] = []
    for number in range(STEPS):
        if number % every == every - 1 and number // every < DECISIONS:
            outcomes = [{"outcome": "yes"}, {"outcome": "no", "then": "closed"}]
            flow.append({"decision": f"item-{number}", "decided_by": "answer", "outcomes": outcomes})
        else:
            flow.append({"step": f"item-{number}", "do": "Do what this says."})
    return _text([*flow, {"end": "closed", "result": "failed"}])


def _text(flow: list[dict[str, Any]]) -> bytes:
    top = {
        "format": "sop/1", "procedure": "made-up", "revision": 1, "title": "Made up", "purpose": "Be measured.",
        "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
        "controls": {"written": "It was written down."}, "flow": flow,
    }  # fmt: skip
    return yaml.safe_dump(top, sort_keys=False).encode()


def given(who: do.Actor = AGENT, after_s: int = 0) -> do.Given:
    """Whoever acts, some seconds into the run."""
    return do.Given(who, NOW + timedelta(seconds=after_s), bytes(32))


def opened(plan: Plan, run: str = "run-1") -> Run:
    """A run of `plan` at its first item."""
    judged = decide_start(plan, do.Start(run, f"T-{run}", "UTC", training=True), given())
    assert isinstance(judged, Accepted), judged
    return judged.run


def took(plan: Plan, run: Run, action: do.Action, who: do.Actor = AGENT) -> Run:
    """The run after an action that must be accepted."""
    judged = decide(plan, run, action, given(who, run.seq))
    assert isinstance(judged, Accepted), judged
    return judged.run


@cache
def account_change() -> Plan:
    """The shipped procedure."""
    return plan_of((FOLDER / "account-change.yaml").read_bytes())


def half_way(plan: Plan, run: str) -> Run:
    """A run of account-change that stands before its guarded act: everything asked for is on record."""
    found = opened(plan, run)
    request = {"ticket": "CR-000123", "change": "phone", "new_value": f"+3620{hash(run) % 10**7:07d}",
               "recent_reset": False, "account_value": "900"}  # fmt: skip
    proofs = tuple(
        do.FactorProof(name, kind, True, f"{run}-{name}")
        for name, kind in (("account-passphrase", "knowledge"), ("one-time-code", "possession"))
    )
    for _ in range(10):
        match found.at:
            case "apply-change":
                return found
            case "change-request":
                found = took(plan, found, do.Answer(found.at, "done", request))
            case "caller-identity":
                found = took(plan, found, do.Answer(found.at, "", factors=proofs))
            case "consent":
                found = took(plan, found, do.Answer(found.at, "affirmed"))
            case _:
                found = took(plan, found, do.Answer(found.at))
    raise AssertionError(found.at)
