"""The report of a period, read from a ledger of a desk in pieces that hold up no writer."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sop_runner.base.errors import NotVerified
from sop_runner.review.period import Period
from sop_runner.review.plans import PinnedPlans

from .layout import Layout
from .storing import store_of

_EACH = 1000  # entries between two words of progress


def counted(
    layout: Layout, zone: ZoneInfo, first: date, last: date, progress: Callable[[int, int], None]
) -> Period:
    """The days `first` to `last`, both included, in the desk's zone.

    Raises NotVerified at an entry that cannot be read: what is damaged is for `sop audit verify`.
    """
    start = datetime.combine(first, time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    with closing(store_of(layout).source()) as source:
        period = Period(start, end, PinnedPlans(source.procedures()))
        for index, body, _, _ in source.rows():
            try:
                period.take(json.loads(body))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise NotVerified(f"entry {index} cannot be read", hint="Run 'sop audit verify'.") from error
            if index % _EACH == 0:
                progress(index, source.size)
    return period
