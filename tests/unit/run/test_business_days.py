"""A run counts business days by the calendar that its desk had when it began."""

from datetime import UTC, date, datetime

from sop_runner.base.calendar import USUAL, Calendar
from sop_runner.run import actions as do
from sop_runner.run.environment import RunEnv
from sop_runner.run.evolve import started
from sop_runner.run.going import Accepted
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from tests.answers import actor
from tests.generators import plan_of
from tests.walker import wire

NOW = datetime(2026, 12, 10, 9, 0, tzinfo=UTC)
# From Thursday 10 December to Tuesday 15 December 2026; in Hungary Saturday 12 December is worked.
PLAN = plan_of(
    {
        "format": "sop/1", "procedure": "notice", "revision": 1, "title": "Notice", "purpose": "Count.",
        "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
        "case": [{"field": "first", "type": "date"}, {"field": "last", "type": "date"}],
        "derive": {"working": {"business_days_between": ["first", "last"]}},
        "flow": [{"step": "tell", "do": "Tell them."}, {"end": "told", "result": "withdrawn"}],
    }
)  # fmt: skip
CASE = {"first": "2026-12-10", "last": "2026-12-15"}


def begun(calendar: Calendar) -> Run:
    """A run as it is read back from its first entry."""
    start = do.Start("run-1", "T-1", "UTC", CASE, calendar=calendar, training=True)
    judged = decide_start(PLAN, start, do.Given(actor("ana"), NOW, bytes(32)))
    assert isinstance(judged, Accepted), judged.message
    return started(PLAN, "run-1", wire(judged.events[0]))


def counted(calendar: Calendar) -> object:
    return RunEnv(PLAN, begun(calendar), "", NOW).value("working")


def test_weekends_holidays_and_worked_days_are_the_desks() -> None:
    assert counted(USUAL) == 3
    assert counted(Calendar(workdays=frozenset({date(2026, 12, 12)}))) == 4
    assert counted(Calendar(holidays=frozenset({date(2026, 12, 11)}))) == 2
    assert counted(Calendar(weekend=frozenset({4, 5}))) == 3  # Friday and Saturday are off, Sunday is not
    assert counted(Calendar(weekend=frozenset())) == 5


def test_what_is_usual_is_one_calendar_for_all_runs() -> None:
    assert begun(Calendar()).calendar is USUAL
