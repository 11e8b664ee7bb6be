"""Business days of a desk: weekends, holidays, and weekend days that are worked."""

from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days count as business days.

    `workdays` are days off by the week that are worked all the same, as China and Hungary move
    them around holidays; they go before `holidays`.
    """

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Whether people work on `day`."""
        if day in self.workdays:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def business_days_between(self, start: date, end: date) -> int:
        """Business days after `start` up to and including `end`; negative where `end` is earlier."""
        if end < start:
            return -self.business_days_between(end, start)
        whole_weeks = max(0, (end - start).days // 7)
        count = whole_weeks * (7 - len(self.weekend))
        rest = start + timedelta(weeks=whole_weeks)
        count += sum(
            (rest + timedelta(days=n)).weekday() not in self.weekend for n in range(1, (end - rest).days + 1)
        )
        worked = sum(start < day <= end and day.weekday() in self.weekend for day in self.workdays)
        free = sum(
            start < day <= end and day.weekday() not in self.weekend for day in self.holidays - self.workdays
        )
        return count + worked - free
