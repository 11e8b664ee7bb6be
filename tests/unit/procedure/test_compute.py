"""Derived values: real scores and deadlines, exact and honest about what is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.base.calendar import Calendar
from sop_runner.procedure.compute import compute
from sop_runner.procedure.derive import Derive
from sop_runner.procedure.evaluate import UNKNOWN, Sealed

BUDAPEST = ZoneInfo("Europe/Budapest")
HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)})
CALENDAR = Calendar(holidays=HOLIDAYS)


@dataclass
class Desk:
    values: Mapping[str, object]
    derived: Mapping[str, dict[str, Any]]
    now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    today: date = date(2026, 11, 21)
    zone: ZoneInfo = BUDAPEST

    def value(self, name: str) -> object:
        if name in self.derived:
            return compute(Derive.model_validate(self.derived[name]), self, CALENDAR)
        return self.values.get(name, UNKNOWN)

    def held(self, control: str) -> bool:
        raise AssertionError("a derived value asks for no control")


VALUES = {
    "severity": 4,
    "likelihood": 3,
    "fee": Decimal("0.10"),
    "total": Decimal("0.20"),
    "channel": "phone",
    "urgent": True,
    "verified": False,
    "safety.gas": "yes",
    "safety.power": "no",
    "name": "Áron",
    "opened": date(2026, 11, 1),
    "failed_at": datetime(2026, 11, 20, 23, 30, tzinfo=UTC),  # the 21st in Budapest
    "worked_on": datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
    "window": timedelta(hours=2),
    "orders": ({"amount": Decimal("9.90"), "late": True}, {"amount": None, "late": False}, {"amount": Decimal("0.10"), "late": True}),
    "ids": ({"id": 1}, {"id": 4}),
    "none": (),
    "sealed": Sealed("c0", Decimal(5)),
    "erased": Sealed("c0"),
    "skipped": None,
}  # fmt: skip
DERIVED: dict[str, dict[str, Any]] = {
    "risk": {"product": ["severity", "likelihood"]},
    "weight": {"table": {"of": "channel", "values": {"phone": 2, "branch": 1}, "else": 0}},
    "score": {"sum": ["risk", "weight", 1]},
    "band": {"bands": {"of": "score", "up_to": [[4, "low"], [7, "middle"]], "above": "high"}},
}
DESK = Desk(VALUES, DERIVED)


@pytest.mark.parametrize(
    ("way", "value"),
    [
        ({"sum": ["severity", "likelihood"]}, 7),
        ({"sum": ["fee", "total"]}, Decimal("0.30")),
        ({"sum": ["orders.amount"]}, Decimal("10.00")),
        ({"sum": ["ids", 10, Decimal("0.5")]}, Decimal("15.5")),
        ({"sum": ["none"]}, 0),
        ({"sum": ["sealed", 1]}, Decimal(6)),
        ({"sum": ["score", "score"]}, 30),
        ({"sum": ["name"]}, UNKNOWN),
        ({"sum": ["urgent"]}, UNKNOWN),
        ({"sum": ["severity", "missing"]}, UNKNOWN),
        ({"sum": ["severity", "skipped"]}, UNKNOWN),
        ({"sum": ["erased"]}, UNKNOWN),
        ({"sum": ["orders"]}, UNKNOWN),
        ({"count": "orders"}, 3),
        ({"count": "orders.amount"}, 2),
        ({"count": "none"}, 0),
        ({"count": "severity"}, UNKNOWN),
        ({"count": "missing"}, UNKNOWN),
        ({"count_true": ["urgent", "verified", "safety.gas", "safety.power"]}, 2),
        ({"count_true": ["orders.late"]}, 2),
        ({"count_true": ["urgent", "missing"]}, UNKNOWN),
        ({"max": ["severity", "likelihood", "ids.id", Decimal("3.9")]}, 4),
        ({"max": ["opened", "failed_at"]}, datetime(2026, 11, 20, 23, 30, tzinfo=UTC)),
        ({"max": ["none"]}, UNKNOWN),
        ({"max": ["severity", "opened"]}, UNKNOWN),
        ({"max": ["name"]}, UNKNOWN),
        ({"product": ["severity", "likelihood", Decimal("0.5")]}, Decimal("6.0")),
        ({"product": ["none"]}, 1),
        ({"days_between": ["opened", "today"]}, 20),
        ({"days_between": ["today", "opened"]}, -20),
        ({"days_between": ["failed_at", "worked_on"]}, 0),
        ({"days_between": ["opened", "missing"]}, UNKNOWN),
        ({"days_between": ["opened", "window"]}, UNKNOWN),
        ({"days_between": ["opened", 5]}, UNKNOWN),
        ({"business_days_between": ["opened", "today"]}, 15),
        ({"table": {"of": "channel", "values": {"phone": 2}}}, 2),
        ({"table": {"of": "urgent", "values": {"yes": "now", "no": "later"}}}, "now"),
        ({"table": {"of": "urgent", "values": {"true": 1, "false": 0}}}, 1),
        ({"table": {"of": "severity", "values": {"3": "c", "4": "d"}}}, "d"),
        ({"table": {"of": "name", "values": {"x": 1}, "else": Decimal("0.5")}}, Decimal("0.5")),
        ({"table": {"of": "name", "values": {"x": 1}}}, UNKNOWN),
        ({"table": {"of": "missing", "values": {"x": 1}, "else": 0}}, UNKNOWN),
        ({"bands": {"of": "severity", "up_to": [[4, "low"], [7, "middle"]], "above": "high"}}, "low"),
        ({"bands": {"of": "score", "up_to": [[4, 1], [7, 2]], "above": 3}}, 3),
        ({"bands": {"of": "fee", "up_to": [[Decimal("0.1"), "small"]], "above": "large"}}, "small"),
        ({"bands": {"of": "name", "up_to": [[4, "low"]], "above": "high"}}, UNKNOWN),
        ({"bands": {"of": "missing", "up_to": [[4, "low"]], "above": "high"}}, UNKNOWN),
    ],
    ids=str,
)  # fmt: skip
def test_computed(way: dict[str, Any], value: object) -> None:
    found = compute(Derive.model_validate(way), DESK, CALENDAR)
    assert found == value
    assert type(found) is type(value)


def test_derived_names_build_on_each_other() -> None:
    assert DESK.value("score") == 15
    assert DESK.value("band") == "high"


@settings(max_examples=100)
@given(
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**20), max_value=10**20),
        min_size=1,
        max_size=20,
    )
)
def test_sums_and_products_are_exact(numbers: list[Decimal]) -> None:
    desk = Desk({"list": tuple({"n": number} for number in numbers)}, {})
    units = [_units(number, 9) for number in numbers]
    total = compute(Derive.model_validate({"sum": ["list"]}), desk, CALENDAR)
    product = compute(Derive.model_validate({"product": ["list"]}), desk, CALENDAR)
    assert isinstance(total, Decimal)
    assert isinstance(product, Decimal)
    assert _units(total, 9) == sum(units)
    expected = 1
    for unit in units:
        expected *= unit
    assert _units(product, 9 * len(units)) == expected


def _units(number: Decimal, places: int) -> int:
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits))) * 10 ** (places + exponent)
    return -whole if sign else whole


def test_what_would_be_rounded_is_unknown() -> None:
    desk = Desk({"list": tuple({"n": Decimal("9" * 30)} for _ in range(1000))}, {})
    assert compute(Derive.model_validate({"product": ["list"]}), desk, CALENDAR) is UNKNOWN


DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@settings(max_examples=200)
@given(
    DAYS,
    DAYS,
    st.frozensets(DAYS, max_size=8),
    st.frozensets(st.integers(0, 6)),
    st.frozensets(DAYS, max_size=8),
)
def test_business_days_count_each_day(
    start: date, end: date, holidays: frozenset[date], weekend: frozenset[int], workdays: frozenset[date]
) -> None:
    calendar = Calendar(weekend, holidays, workdays)
    step = 1 if end > start else -1
    days = [start + timedelta(days=step * ahead) for ahead in range(1, abs((end - start).days) + 1)]
    assert calendar.between(start, end) == step * sum(calendar.works(day) for day in days)


def test_the_notice_ends_after_the_holidays() -> None:
    """Five business days from the Wednesday before Christmas."""
    assert CALENDAR.between(date(2026, 12, 23), date(2026, 12, 31)) == 5
    assert CALENDAR.between(date(2026, 12, 24), date(2026, 12, 27)) == 0
    assert CALENDAR.between(date(2026, 12, 24), date(2026, 12, 24)) == 0
