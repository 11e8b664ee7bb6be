"""Any node of any procedure can be looked at, in any language, without a walk there."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sop_runner.authoring.preview import screen_at
from sop_runner.base.i18n import LANGUAGES
from sop_runner.machine.plan import Plan
from tests.generators import compiled
from tests.shipped import NAMES, shipped

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def every_screen(plan: Plan, language: str) -> None:
    for node in plan.nodes.values():
        shown = screen_at(plan, node.id, language, NOW)
        if node.automatic:
            assert shown is None
        elif node.kind == "end":
            assert shown is not None
            assert shown.result == node.node.result
        else:
            assert shown is not None
            assert shown.item is not None
            assert shown.item.node.rpartition("/")[2] == node.local
            assert all(way.refused is None for way in shown.item.ways if way.choice not in ("done",))


@pytest.mark.parametrize("name", NAMES)
def test_every_item_of_a_shipped_procedure(name: str) -> None:
    every_screen(shipped(name), LANGUAGES[len(name) % len(LANGUAGES)])


@given(st.integers(0, 2**20))
@settings(max_examples=25)
def test_every_item_of_any_procedure(seed: int) -> None:
    plan = compiled(seed).plan
    assume(plan is not None)
    assert plan is not None
    every_screen(plan, "hu")


def test_texts_are_filled_with_samples_and_guards_are_open() -> None:
    plan = shipped("account-change")
    consent = screen_at(plan, "consent", "en", NOW)
    assert consent is not None
    assert consent.item is not None
    assert "I am about to change: postal address." in consent.item.say
    act = screen_at(plan, "apply-change", "en", NOW)
    assert act is not None
    assert act.item is not None
    assert [way.refused for way in act.item.ways] == [None, None]
