"""What a person coming back needs to know; the longer the gap, the more of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sop_runner.audit.entry import Entry
from sop_runner.run import events as ev
from sop_runner.run.views import RunView

from .port import Recap
from .record import Record
from .words import lines_of

SHORT, MEDIUM = timedelta(minutes=2), timedelta(hours=1)
FEW = 5
_NO_NEWS = frozenset((ev.RUN_HELD, ev.RUN_RESUMED, ev.REFUSED, ev.OVERRUN_NOTED))


def recap(record: Record, view: RunView, entries: Sequence[Entry], now: datetime, language: str) -> Recap:
    """The recap of a run that was left after `entries`.

    Under two minutes the last line, under an hour the last few, beyond that all that happened and
    what was recorded; which controls have gone stale meanwhile is always said.
    """
    left = datetime.fromisoformat(entries[-1].wall) if entries else now
    held = next((entry.reason or "" for entry in reversed(entries) if entry.type == ev.RUN_HELD), "")
    gap = max(now - left, timedelta())
    told = [entry for entry in entries if entry.type not in _NO_NEWS]
    if gap < SHORT:
        told = told[-1:]
    elif gap < MEDIUM:
        told = told[-FEW:]
    long = gap >= MEDIUM
    return Recap(
        gap_s=int(gap / timedelta(seconds=1)),
        hold_reason=held if entries and entries[-1].type == ev.RUN_HELD else "",
        lines=lines_of(record.plan, told, language),
        facts=view.facts if long else (),
        renew=tuple(row.sentence for row in view.controls if row.state == "stale"),
        review_due=record.plan.procedure.review_by < now.astimezone(ZoneInfo(view.zone)).date(),
    )
