"""Proofs over questions about time, held against every walk of the run core with the clock at every hour that matters."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.proofs.stretches import LONGEST_DAY, SHORTEST_DAY
from sop_runner.lint.prove import prove
from tests.unit.lint.every_walk import Tree, walk_all
from tests.unit.lint.flows import CONSENT, planned, record, rule
from tests.unit.lint.test_proofs_exhaustive import plan_of
from tests.unit.lint.timing import Aging, Beside, Timed, Todays

SEEDS = range(int(os.environ.get("SOP_PROOF_FROM", "0")), int(os.environ.get("SOP_PROOF_TO", "20")))
"""A campaign by hand sets SOP_PROOF_TO to some thousands."""
TOGETHER = 10
SPECIAL = (40, 345, 430, 704)
"""What was gained before a loop is found stale; less lasts no longer; a jump back and an age; passed over on going back."""
TO_THE_DAY = (6005, 6052)
"""What lies ahead has to be waited for, neither shorter nor longer."""
MOST = int(os.environ.get("SOP_PROOF_MOST", "400"))


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, TOGETHER))
def test_what_is_asked_about_time_is_as_in_every_walk(first: int) -> None:
    seeds = [*range(first, min(first + TOGETHER, SEEDS.stop)), *(TO_THE_DAY if first == SEEDS.start else ())]
    assert _held_against_every_walk(map(Timed, seeds)) > TOGETHER // 5


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, TOGETHER))
def test_how_long_controls_last_is_as_in_every_walk(first: int) -> None:
    seeds = [*range(first, min(first + TOGETHER, SEEDS.stop)), *(SPECIAL if first == SEEDS.start else ())]
    assert _held_against_every_walk(map(Aging, seeds)) > TOGETHER // 3


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, TOGETHER))
def test_what_two_days_tell_of_each_other_is_as_in_every_walk(first: int) -> None:
    seeds = [
        *range(first, min(first + TOGETHER, SEEDS.stop)),
        *((142, 6000, 6047, 7114) if first == SEEDS.start else ()),
    ]
    assert _held_against_every_walk(map(Todays, seeds)) >= TOGETHER // 5
    _held_against_every_walk(map(Beside, seeds), exact=False)


def _held_against_every_walk(those: Iterable[Timed | Aging], *, exact: bool = True) -> int:
    """How many of the procedures were walked in every way."""
    walked = 0
    for small in those:
        plan, seed = plan_of(small), small.seed
        if plan is None:
            continue
        settled, every = settle(Model(plan)), walk_all(plan, MOST, clock=small.clock)
        broken = {claim[:2] for claim in settled.broken}
        assert not settled.unsettled, seed
        assert set(every.missing) <= broken, (seed, "missed", set(every.missing) - broken)
        if every.complete and exact:
            assert broken == set(every.missing), (seed, "false alarm", broken - set(every.missing))
            walked += 1
    return walked


WAIT: Tree = {"step": "wait", "do": "Wait."}


def _alarms(flow: list[Tree], **more: Any) -> int:
    return sum(one.code in ("SOP301", "SOP302", "SOP314") for one in prove(planned(flow, **more)).findings)


def _not(when: Tree) -> Tree:
    return {"not": when}


SOON, LATER = {"x": {"within": "4h"}}, {"x": {"within": "8h"}}
TODAY, OTHER_DAY = {"x": {"same_day": True}}, {"x": {"same_day": False}}


@pytest.mark.parametrize(
    ("kind", "first", "second", "possible"),
    [
        ("datetime", SOON, _not(LATER), False),
        ("datetime", _not(LATER), SOON, False),
        ("datetime", LATER, _not(SOON), True),
        ("datetime", TODAY, OTHER_DAY, False),
        ("datetime", TODAY, _not({"x": {"within": "25h"}}), True),
        ("datetime", TODAY, _not({"x": {"within": "26h"}}), False),
        ("datetime", OTHER_DAY, SOON, True),
        ("datetime", OTHER_DAY, {"x": {"within": "0s"}}, False),
        ("date", SOON, OTHER_DAY, False),
        ("date", SOON, _not(LATER), False),
        ("date", _not(SOON), LATER, False),
        ("date", OTHER_DAY, {"x": {"within": "24h"}}, True),
        ("date", OTHER_DAY, {"x": {"within": "23h"}}, False),
        ("time", SOON, SOON, False),
    ],
)
def test_answers_of_one_moment_go_together(kind: str, first: Tree, second: Tree, possible: bool) -> None:
    flow = [
        record("given", x=kind),
        rule("first", first, "second", "consent"),
        rule("second", second, "closed", "failed"),
    ]
    assert _alarms(flow) == int(possible)


@pytest.mark.parametrize(
    ("first", "then", "second", "possible"),
    [
        (SOON, _not(SOON), SOON, False),
        (LATER, _not(SOON), SOON, True),  # it lay ahead
        (TODAY, OTHER_DAY, TODAY, False),
        (LATER, _not(LATER), TODAY, True),  # eight hours are no day
        ({"x": {"within": "26h"}}, _not({"x": {"within": "26h"}}), TODAY, False),
        (SOON, OTHER_DAY, TODAY, True),  # before midnight, that of tomorrow
    ],
)
def test_what_has_grown_old_stays_old(first: Tree, then: Tree, second: Tree, possible: bool) -> None:
    flow = [
        record("given", x="datetime"),
        rule("first", first, "wait", "consent"),
        WAIT,
        rule("then", then, "wait-again", "consent"),
        {**WAIT, "step": "wait-again"},
        rule("second", second, "closed", "failed"),
    ]
    assert _alarms(flow) == int(possible)
    anew = [*flow[:4], record("wait-again", x="datetime"), flow[5]]
    assert _alarms(anew) == 1


def test_a_copy_is_as_old_as_what_it_was_copied_from() -> None:
    taken = [{"outcome": "taken", "sets": {"y": {"field": "x"}}}, {"outcome": "left", "then": "failed"}]
    flow = [
        record("given", x="datetime"),
        rule("first", SOON, "take", "consent"),
        {"decision": "take", "ask": "Taken?", "decided_by": "answer", "outcomes": taken},
        rule("old", _not(SOON), "second", "consent"),
        rule("second", {"y": {"within": "4h"}}, "consent", "closed"),
    ]
    assert _alarms(flow) == 1  # it grew old before it was copied
    asked = [*flow[:3], rule("old", {"y": {"within": "8h"}}, "consent", "wait"), WAIT, rule("second", {"y": {"within": "4h"}}, "closed", "failed")]  # fmt: skip
    assert _alarms(asked) == 0
    assert _alarms([asked[0], *asked[2:]]) == 1  # what lies ahead comes near


def test_today_is_of_the_day_on_which_a_run_begins() -> None:
    assert _alarms([rule("first", {"today": {"same_day": True}}, "consent", "closed")]) == 0
    asked = {"today": {"same_day": True}}
    flow = [WAIT, rule("first", asked, "consent", "later"), {**WAIT, "step": "later"}]
    assert _alarms([*flow, rule("second", asked, "closed", "failed")]) == 0
    assert _alarms([*flow, rule("second", asked, "failed", "closed")]) == 1


def test_no_day_is_longer_or_shorter_than_is_reckoned_with() -> None:
    """And none comes again: clocks are not put back over midnight."""
    for name in available_timezones():
        zone = ZoneInfo(name)
        days = [datetime(2026, 1, 1, tzinfo=zone) + timedelta(days=n) for n in range(400)]
        for day, following in pairwise(days):
            if day.utcoffset() == following.utcoffset():
                continue
            start, end = day.astimezone(UTC), following.astimezone(UTC)
            assert SHORTEST_DAY <= end - start <= LONGEST_DAY, name
            quarters = [
                start + timedelta(minutes=n) for n in range(0, int((end - start).total_seconds()) // 60, 15)
            ]
            assert {one.astimezone(zone).date() for one in quarters} == {day.date()}, name


@pytest.mark.parametrize(
    ("kind", "order", "first", "second", "possible"),
    [
        ("date", {"x": {"before": {"field": "today"}}}, {"x": {"within": "2d"}}, TODAY, False),
        (
            "date",
            {"x": {"after": {"field": "today"}}},
            {"x": {"within": "2d"}},
            TODAY,
            True,
        ),  # it is no more today
        ("datetime", {"x": {"is": {"field": "y"}}}, SOON, _not({"y": {"within": "6h"}}), False),
        ("datetime", {"x": {"is": {"field": "y"}}}, _not(SOON), {"y": {"within": "6h"}}, True),
        ("datetime", {"x": {"before": {"field": "y"}}}, SOON, {"y": {"within": "6h"}}, True),
        ("date", {"x": {"after": {"field": "y"}}}, TODAY, {"y": {"same_day": True}}, False),
    ],
)
def test_what_is_later_is_younger(kind: str, order: Tree, first: Tree, second: Tree, possible: bool) -> None:
    flow = [
        record("given", x=kind, y=kind),
        rule("order", order, "first", "consent"),
        rule("first", first, "second", "consent"),
        rule("second", second, "closed", "failed"),
    ]
    assert _alarms(flow) == int(possible)


def test_what_is_later_stays_younger() -> None:
    """x is before y, and grew old: so it is older still where y has grown old as well."""
    flow = [
        record("given", x="datetime", y="datetime"),
        rule("order", {"x": {"before": {"field": "y"}}}, "first", "consent"),
        rule("first", {"y": {"within": "4h"}}, "wait", "consent"),
        WAIT,
        rule("then", _not({"y": {"within": "4h"}}), "second", "consent"),
        rule("second", SOON, "closed", "failed"),
    ]
    assert _alarms(flow) == 0


def _held(*controls: str) -> Tree:
    return {"held": [*controls]}


@pytest.mark.parametrize(
    ("ages", "when", "then", "possible"),
    [
        (("3h", "3h"), _held("a"), _not(_held("a")), False),
        (("3h", "3h"), _not(_held("a")), _held("b"), True),  # the second was gained later
        (("3h", "3h"), _not(_held("b")), _held("a"), False),
        (("7h", "3h"), _not(_held("b")), _held("a"), True),
        (({"same_day": True}, {"same_day": True}), _not(_held("b")), _held("a"), False),
        (({"same_day": True}, "7h"), _not(_held("b")), _held("a"), True),
    ],
)
def test_what_was_gained_sooner_goes_stale_sooner(
    ages: tuple[Any, Any], when: Tree, then: Tree, possible: bool
) -> None:
    gaining = [
        {**CONSENT, "confirmation": f"gain-{name}", "satisfies": [name], "valid_for": age}
        for name, age in zip("ab", ages, strict=True)
    ]
    flow = [*gaining, WAIT, rule("first", when, "second", "failed"), rule("second", then, "bare", "failed"),
            {"step": "bare", "do": "Do it.", "invalidates": ["a"], "then": "closed"}]  # fmt: skip
    assert _alarms(flow) == int(possible)


def test_what_happens_only_to_who_goes_back_later_does_happen() -> None:
    """Whoever is through with the first step sees a fresh control; who goes back to it later finds it passed over."""
    here: Tree = {"step": "here", "do": "Do it.", "requires": ["a"], "only_when": _held("a")}
    flow = [
        {**CONSENT, "confirmation": "gain", "valid_for": "3h"},
        here,
        rule("old", _not(_held("a")), "late", "beyond"),
        {"step": "late", "do": "Do it.", "then": "failed"},
        {"step": "beyond", "do": "Do it.", "then": "closed"},
    ]
    told = [one.message for one in prove(planned(flow)).findings if one.code == "SOP305"]
    assert not any("'late'" in one for one in told)
    del here["only_when"]
    told = [one.message for one in prove(planned(flow)).findings if one.code == "SOP305"]
    assert any("'late'" in one for one in told)


def test_a_way_that_asks_how_old_something_is_tells_what_it_was_and_when_people_acted() -> None:
    """What was recorded is three days old where the way needs that, as of the time that is told."""
    flow = [
        record("given", x="datetime"),
        rule("first", {"x": {"within": "72h"}}, "wait", "consent"),
        {"step": "wait", "do": "Wait."},
        rule("second", {"x": {"within": "72h"}}, "consent", "closed"),
    ]
    found = settle(Model(planned(flow))).broken["closed", "a", "closure"]
    assert found.walked is not None
    told = {key: value for (_, key), value in sorted(found.walked.items())}
    assert set(told) == {"x", "now"}
    assert told["now"] - told["x"] > timedelta(hours=72)
