"""Business days of a desk: weekends, holidays, and weekend days that are worked."""

from datetime import date, timedelta
from typing import NamedTuple

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Calendar(NamedTuple):
    """Which days count as business days.

    `workdays` are days off by the week that are worked all the same, as China and Hungary move
    them around holidays; they go before `holidays`.
    """

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether `day` is a business day."""
        if day in self.workdays:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def between(self, start: date, end: date) -> int:
        """Business days after `start` up to and with `end`; negative, counted backwards, if `end` is earlier."""
        if end < start:
            return -self._working(end, start - timedelta(days=1))
        return self._working(start + timedelta(days=1), end) if end > start else 0

    def _working(self, first: date, last: date) -> int:
        weeks, rest = divmod((last - first).days + 1, 7)
        count = weeks * (7 - len(self.weekend))
        count += sum((first.weekday() + ahead) % 7 not in self.weekend for ahead in range(rest))
        for day in self.holidays | self.workdays:
            if first <= day <= last:
                count += self.works(day) - (day.weekday() not in self.weekend)
        return count


USUAL = Calendar()
"""Saturdays and Sundays off, and no holidays."""
