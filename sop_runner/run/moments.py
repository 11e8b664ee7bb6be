"""From when a recorded value counts: the moment that a date, a time or a date with a time stands for."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sop_runner.procedure.value_types import opened

from .state import Run


def as_moment(value: Any, run: Run) -> datetime | None:
    """A datetime; a date is its end, a time that of the run's day, both in the desk's zone."""
    value = opened(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value + timedelta(days=1), time(), run.zone)
    if isinstance(value, time):
        return datetime.combine(run.today, value, run.zone)
    return None
