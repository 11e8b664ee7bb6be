"""A run of 240 nodes: an action at its end takes the work that one at its beginning did."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from sop_runner.machine.plan import Plan
from sop_runner.run import actions as do
from sop_runner.run.decide import decide
from sop_runner.run.evolve import evolve
from sop_runner.run.going import Accepted
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from sop_runner.run.view import view
from tests.answers import NAMED, actor
from tests.counting import opcodes
from tests.generators import plan_of
from tests.walker import START

NODES = 240
GROUP = 4


@cache
def long_plan() -> Plan:
    """Groups of a step, a record, a checklist and a decision; controls gained, required and invalidated."""
    flow: list[dict[str, Any]] = []
    for number in range(NODES // GROUP):
        flow += [
            {"step": f"step-{number}", "do": "Do it.", **({"requires": ["written"]} if number else {})},
            {
                "confirmation": f"record-{number}", "satisfies": ["written"], "valid_for": "90d",
                "record": {"fields": [{"field": f"amount_{number}", "type": "money", "currency": "EUR"}]},
            },
            {
                "checklist": f"list-{number}", "satisfies": ["looked"], "invalidates": ["looked"],
                "items": [{"item": "so", "ask": "Is it so?", "answers": ["yes", "no"], "expect": ["yes"]}],
                "otherwise": {"to": f"record-{number}", "at_most": 2, "otherwise": "closed"},
            },
            {
                "decision": f"large-{number}", "decided_by": "person",
                "outcomes": [
                    {"outcome": "large", "when": {f"amount_{number}": {"at_least": 10}}, "imposes": ["written"]},
                    {"outcome": "small", "sets": {"size": "small"}},
                ],
            },
        ]  # fmt: skip
    flow.append({"end": "closed", "result": "completed", "requires": ["written"]})
    return plan_of(
        {
            "format": "sop/1", "procedure": "long", "revision": 1, "title": "Long", "purpose": "Measure.",
            "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
            "controls": {"written": "It was written down.", "looked": "It was looked at."}, "flow": flow,
        }
    )  # fmt: skip


def answer(run: Run) -> do.Answer:
    kind, _, number = run.at.partition("-")
    if kind == "record":
        return do.Answer(run.at, "done", {f"amount_{number}": "12.50"})
    if kind == "list":
        return do.Answer(run.at, "done", {"so": "yes"})
    return do.Answer(run.at, "large" if kind == "large" else "done", reason="it is")


@pytest.fixture(scope="module")
def walked() -> list[tuple[Run, do.Answer, do.Given]]:
    """The run before each of its 240 actions, with the action."""
    plan = long_plan()
    given = do.Given(actor("ana"), START, bytes(32))
    opened = decide_start(plan, do.Start("run-1", "T-1", "UTC", named=NAMED, training=True), given)
    assert isinstance(opened, Accepted)
    run, found = opened.run, []
    for number in range(NODES):
        given = do.Given(actor("ana"), START + timedelta(seconds=number), bytes(32))
        action = answer(run)
        found.append((run, action, given))
        judged = decide(plan, run, action, given)
        assert isinstance(judged, Accepted), judged.message
        run = judged.run
    assert run.result == "completed"
    return found


def compare(walked: list[tuple[Run, do.Answer, do.Given]], work: Callable[..., object], most: float) -> None:
    for kind in range(GROUP):
        # The second round and the last but one: what is cached is cached, and nothing ends.
        first, last = (
            opcodes(lambda at=at: work(*walked[at])) for at in (GROUP + kind, NODES - 2 * GROUP + kind)
        )
        assert last <= most * first, (kind, first, last)


def test_deciding_costs_at_the_end_what_it_did_at_the_start(
    walked: list[tuple[Run, do.Answer, do.Given]],
) -> None:
    plan = long_plan()
    compare(walked, lambda run, action, given: decide(plan, run, action, given), 1.5)


def test_folding_costs_at_the_end_what_it_did_at_the_start(
    walked: list[tuple[Run, do.Answer, do.Given]],
) -> None:
    plan = long_plan()

    def fold(run: Run, action: do.Answer, given: do.Given) -> None:
        judged = decide(plan, run, action, given)
        assert isinstance(judged, Accepted)
        for event in judged.events:
            run = evolve(plan, run, event)

    compare(walked, fold, 1.5)


def test_refusing_costs_at_the_end_what_it_did_at_the_start(
    walked: list[tuple[Run, do.Answer, do.Given]],
) -> None:
    plan = long_plan()
    compare(walked, lambda run, action, given: decide(plan, run, do.Answer("no-such"), given), 1.5)


def test_the_screen_costs_what_it_shows(walked: list[tuple[Run, do.Answer, do.Given]]) -> None:
    """It draws 240 rows from the start; what was recorded adds a little for each fact, no more."""
    plan = long_plan()
    compare(walked, lambda run, action, given: view(plan, run, given.now, "en", {}, "ana"), 2.5)
