"""Keys that must do nothing: too early, while something is under way, Esc, Enter on what nobody chose."""

import threading
from dataclasses import replace

import pytest

from sop_runner.desk.port import Performed
from sop_runner.run import actions as a
from sop_runner.run.views import Prompt
from sop_runner.tui.widgets.inputs import LineInput, LinesInput

from . import sample
from .driving import Desk, Driver, at_run


def test_a_second_enter_meant_for_the_item_before_answers_nothing() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        d.run.reflex._shown -= 60  # the first item has been there for a minute
        d.send("enter")
        d.send("enter")
        await d.settle()
        await d.press("enter")
        assert "so it did nothing" in d.text

    desk = at_run(script, sample.STEP, sample.APPLY, sample.CONSENT, settle_s=30.0)
    assert desk.here.asked == [a.Answer("open-ticket", "done")]


def test_two_enters_at_once_are_one_act() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        d.send("enter")
        d.send("enter")
        await d.settle()

    desk = at_run(script, sample.STEP, sample.APPLY, sample.CONSENT)
    assert desk.here.asked == [a.Answer("open-ticket", "done")]


def test_keys_while_the_desk_works_do_nothing_and_waiting_is_shown() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        gate, perform = threading.Event(), desk.here.perform

        def slowly(action: a.Action) -> Performed:
            gate.wait(10)
            return perform(action)

        desk.here.perform = slowly  # type: ignore[method-assign]
        d.send("enter")
        while "Working" not in d.text:
            await d.pilot.pause(0)
        for key in ("enter", "f2", "f6", "1"):
            d.send(key)
        await d.settle(desk=False)
        assert d.run.busy
        gate.set()
        await d.settle()
        assert "Working" not in d.text
        assert len(d.app.screen_stack) == 3

    desk = at_run(script, sample.STEP, sample.APPLY)
    assert desk.here.asked == [a.Answer("open-ticket", "done")]


@pytest.mark.parametrize(
    "items", [[i] for i in sample.WALK if i.kind != "step"], ids=lambda items: items[0].node
)
def test_esc_enter_and_letters_answer_no_confirmation(items: list[object]) -> None:
    async def script(d: Driver, desk: Desk) -> None:
        assert d.app.focused is None
        if desk.items[0].kind != "step":
            await d.press("enter", "enter", "escape")
            assert desk.here.asked == []
        await d.press("escape", "y", "q", "escape")
        assert desk.here.asked == []
        for key in ("f2", "f6", "f1"):
            await d.press(key, "escape")
        assert desk.here.asked == []
        assert not desk.here.closed

    at_run(script, *items)  # type: ignore[arg-type]


def test_a_digit_and_a_tab_typed_at_once_choose_where_the_digit_was_typed() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.type("CR-1")
        await d.press("enter")
        for key in ("3", "tab", "n", "e", "w", "tab", "2", "tab", "1", "5", "enter"):
            d.send(key)
        await d.settle()

    (answer,) = at_run(script, sample.RECORD, sample.APPLY).here.asked
    assert isinstance(answer, a.Answer)
    said = {
        "ticket": "CR-1",
        "change": "email",
        "new_value": "new",
        "recent_reset": False,
        "account_value": "15",
    }
    assert answer.values == said


def test_letters_and_an_enter_typed_at_once_pick_what_they_filter() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("f6")
        for key in (*"note", "enter"):
            d.send(key)
        await d.settle()
        await d.type("odd")
        await d.press("enter")

    assert at_run(script).here.asked == [a.AddNote("odd")]


def test_arrows_and_an_enter_typed_at_once_answer_what_the_arrows_chose() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.type("CR-1")
        await d.press("enter")
        for key in ("down", "down", "enter"):
            d.send(key)
        await d.settle()
        await d.type("new")
        await d.press("enter")
        for key in ("right", "enter", "enter"):
            d.send(key)
        await d.settle()

    desk = at_run(script, sample.RECORD, sample.APPLY)
    (answer,) = desk.here.asked
    assert isinstance(answer, a.Answer)
    assert answer.values["change"] == "phone"
    assert answer.values["recent_reset"] is False


def test_what_is_corrected_while_typing_fast_reads_as_it_was_typed() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        for key in ("1", "2", "backspace", "3", "left", "4", "home", "5", "end", "6"):
            d.send(key)
        await d.settle()
        assert isinstance(d.app.focused, LineInput)
        assert d.app.focused.value == "51436"
        await d.press("enter", "down", "enter")
        assert isinstance(d.app.focused, LinesInput)
        for key in ("a", "enter", "c", "up", "home", "b", "down", "delete", "d", "backspace", "e"):
            d.send(key)
        await d.settle()
        assert d.app.focused.text == "ba\nce"

    lines = Prompt("why", "lines", "Why")
    at_run(script, replace(sample.RECORD, prompts=(*sample.RECORD.prompts[:2], lines)))


def test_what_is_typed_behind_f2_does_not_answer_the_item() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        for key in ("f2", *"left", "enter"):
            d.send(key)
        await d.settle()

    desk = at_run(script, sample.STEP, sample.APPLY)
    assert desk.here.asked == [a.Hold("left")]


def test_esc_lets_go_of_a_field_before_what_is_typed_behind_it() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.type("CR-1")
        for key in ("escape", "f2", *"left", "enter"):
            d.send(key)
        await d.settle()

    desk = at_run(script, sample.RECORD, sample.APPLY)
    assert desk.here.asked == [a.Hold("left")]
