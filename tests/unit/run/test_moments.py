"""An age that counts from a recorded day, hour or moment."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from sop_runner.run import actions as do
from sop_runner.run.decide import decide
from sop_runner.run.going import Accepted
from sop_runner.run.start import decide_start
from tests.answers import NAMED, actor
from tests.generators import plan_of
from tests.walker import START

TREE: dict[str, Any] = {
    "format": "sop/1",
    "procedure": "small",
    "revision": 1,
    "title": "Small",
    "purpose": "Count from a moment.",
    "effective_from": "2026-01-01",
    "review_by": "2027-01-01",
    "roles": {"agent": "Acts."},
    "by": "agent",
    "controls": {"seen": "It was seen."},
}


@pytest.mark.parametrize(
    ("kind", "typed", "stale_from"),
    [
        ("datetime", "2026-11-02T08:30+00:00", "2026-11-02T09:30Z"),
        ("date", "2026-11-02", "2026-11-03T01:00Z"),
        ("time", "10:15", "2026-11-02T11:15Z"),
    ],
)
def test_an_age_counts_from_what_was_recorded(kind: str, typed: str, stale_from: str) -> None:
    """A date counts from its end and a time on the day of the run, as they do for limits."""
    assert START.date() == date(2026, 11, 2)
    assert START.time() == time(9)
    record = {
        "confirmation": "record",
        "record": {"fields": [{"field": "since", "type": kind}]},
        "satisfies": ["seen"],
        "valid_for": {"for": "1h", "from": "since"},
    }
    act = {"step": "act", "do": "Act.", "requires": ["seen"]}
    plan = plan_of({**TREE, "flow": [record, act, {"end": "closed", "result": "failed"}]})
    start = do.Start("run-1", "CR-1", "UTC", {}, NAMED, training=True)
    opened = decide_start(plan, start, do.Given(actor("fay"), START, bytes(32)))
    assert isinstance(opened, Accepted)
    for late, kept in ((timedelta(), True), (timedelta(seconds=1), False)):
        answer = do.Answer("record", "done", {"since": typed})
        stands = decide(plan, opened.run, answer, do.Given(actor("fay"), START, bytes(32)))
        assert isinstance(stands, Accepted)
        now = datetime.fromisoformat(stale_from) + late
        done = decide(plan, stands.run, do.Answer("act"), do.Given(actor("fay"), now, bytes(32)))
        assert isinstance(done, Accepted) is kept
