"""What a person can always do: each act from its key to its action; drafts survive refusals and Esc."""

from dataclasses import replace

import pytest

from sop_runner.base.errors import AppendFailed
from sop_runner.base.message import msg
from sop_runner.run import actions as a

from . import sample
from .driving import Desk, Driver, at_run
from .fake_desk import item


async def pick(d: Driver, words: str) -> None:
    """Choose an act from F6 by typing part of its name."""
    await d.press("f6")
    await d.type(words)
    await d.press("enter")


def test_hold_and_resume() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("f2")
        await d.type("caller asked to wait")
        await d.press("enter")
        assert "Put on hold by ana: caller asked to wait" in d.text
        assert "Enter resume" in d.text
        await d.press("enter")
        assert "On hold" not in d.text

    assert at_run(script).here.asked == [a.Hold("caller asked to wait"), a.Resume()]


def test_a_held_run_is_left_with_esc_and_taken_up_from_the_board_with_a_recap() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        desk.rows = ()
        await d.press("f2")
        await d.type("lunch")
        await d.press("enter", "escape")
        assert "Start a procedure" in d.text
        d.app._take_up("X")
        await d.settle()
        assert "Last touched 3 hours ago." in d.text
        assert "two-factor-identity" in d.text
        await d.press("enter")
        assert "Enter Done" in d.text

    assert at_run(script).here.asked == [a.Hold("lunch"), a.Resume()]


def test_a_note_that_is_refused_or_put_away_is_not_lost() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("f3")
        await d.type("the caller sounds odd")
        await d.press("escape")
        assert desk.here.asked == []
        await d.press("f3")
        assert "the caller sounds odd" in d.text
        desk.here.refuse_next = msg("not now")
        await d.press("enter")
        assert "REFUSED: not now" in d.text
        await d.press("f3", "enter")
        await d.press("f3")
        assert "the caller sounds odd" not in d.text

    assert at_run(script).here.asked == [a.AddNote("the caller sounds odd")] * 2


def test_what_was_refused_is_changed_by_its_digit_at_once() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        desk.here.refuse_next = msg("it is not hers")
        await pick(d, "flag")
        await d.type("unclear")
        await d.press("enter")
        await pick(d, "flag")
        await d.type("!")
        await d.press("enter")

    desk = at_run(script, sample.RECORD)
    assert desk.here.asked == [a.Flag("change-request", "unclear"), a.Flag("change-request", "unclear!")]


def test_a_hand_over_is_offered_to_those_who_may_take_it() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await pick(d, "hand over")
        assert "1 Chen Wei" in d.text
        assert "Béla" not in d.text  # not in the role that ana acts in

    desk = Desk([sample.RECORD])
    desk.folk = (*desk.folk, replace(desk.folk[0], id="chen", name="Chen Wei"))
    at_run(script, desk=desk)


def test_going_back_lists_what_was_visited_and_asks_why() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter", "f4")
        assert "Controls gained since then are lost" in d.text
        await d.press("1", "escape", "f4")
        await d.press("1", "enter")  # chosen again: what is put away is not taken up unseen
        await d.type("wrong ticket")
        await d.press("enter")
        assert "Enter Done" in d.text

    desk = at_run(script, sample.STEP, sample.RECORD)
    assert desk.here.asked[-1] == a.GoBack("open-ticket", "wrong ticket")


def test_otherwise_deviation_flag_and_hand_over() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await pick(d, "flag")
        await d.type("unclear")
        await d.press("enter")
        await pick(d, "deviation")
        for words in ("as written", "differently", "go on"):
            await d.type(words)
            await d.press("enter")
        await pick(d, "hand over")
        assert "1 Béla" in d.text  # not ana herself, who acts here
        await d.press("1", "enter")
        await d.type("all is well")
        await d.press("enter")
        await pick(d, "accept")
        await pick(d, "otherwise")
        await d.type("cannot")
        await d.press("enter")

    assert at_run(script, sample.RECORD, sample.APPLY).here.asked == [
        a.Flag("change-request", "unclear"),
        a.RecordDeviation("as written", "differently", "go on"),
        a.OfferHandOver("bela", "all is well"),
        a.AcceptHandOver(),
        a.TakeOtherwise("change-request", "cannot"),
    ]


def test_a_waiver_is_signed_by_whoever_may_rule() -> None:
    waivable = item("heat-up", waivable_by="supervisor")

    async def script(d: Driver, desk: Desk) -> None:
        await pick(d, "rule on")
        await d.press("1", "enter")
        await d.type("right")
        await d.press("enter", "enter", "1", "enter")
        for words in ("90 degrees", "85 degrees", "enough"):
            await d.type(words)
            await d.press("enter")

    (waive,) = at_run(script, waivable, size=(100, 40)).here.asked
    assert isinstance(waive, a.Waive)
    assert (waive.node, waive.ruling, waive.expected, waive.happened, waive.decided) == (
        "heat-up", "waived", "90 degrees", "85 degrees", "enough",
    )  # fmt: skip
    assert [proof.factor for proof in waive.factors] == ["passphrase"]


def test_another_person_acts_at_this_terminal() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await pick(d, "another person acts")
        await d.press("2", "enter")
        await d.type("right")
        await d.press("enter", "enter")
        assert "Béla Nagy acts at this terminal now." in d.text

    assert at_run(script).here.acting == [("bela", ("passphrase",))]


def test_abandoning_walks_what_is_left_open() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await pick(d, "abandon")
        await d.type("hung up")
        await d.press("enter")
        assert "The run is being abandoned: hung up" in d.text
        await pick(d, "leave")
        await d.type("night shift")
        await d.press("enter")
        assert "(abandoned)" in d.text

    assert at_run(script, sample.STEP).here.asked == [a.Abandon("hung up"), a.LeaveOpen("night shift")]


def test_what_is_open_can_be_undone_by_another_item() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await pick(d, "abandon")
        await d.type("hung up")
        await d.press("enter")
        await pick(d, "undo it by")
        assert "Resume it by hand" in d.text
        await d.press("1", "enter")

    assert at_run(script, sample.STEP).here.asked[1:] == [a.UndoWith("resume-by-hand")]


def test_a_role_is_taken_over_while_the_run_is_on_hold() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("f2")
        await d.type("gone home")
        await d.press("enter")
        await pick(d, "take over")
        assert "shift lead" in d.text
        await d.press("1", "tab")
        await d.type("she is ill")
        await d.press("enter")

    assert at_run(script, sample.STEP).here.asked[1:] == [a.TakeRole("supervisor", "she is ill")]


def test_the_words_to_say_are_copied_as_they_are() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("f5")
        assert d.app.clipboard == sample.STEP.say
        assert "copied" in d.text

    at_run(script)


def test_help_says_keys_item_controls_and_marks() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("f1")
        for words in ("lets go of a field", "A step: do what it says", "Sentence about consent.", "an end"):
            assert words in d.text
        await d.press("escape")
        assert "Enter Done" in d.text

    at_run(script, size=(120, 70))


def test_a_broken_world_is_told_with_what_to_do_and_costs_nothing_typed() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        await d.type("1234")
        desk.here.fail_next = AppendFailed("the disk is full", hint="Make room and try again.")
        await d.press("enter")
        assert "COULD NOT: the disk is full" in d.text
        assert "Make room and try again." in d.text
        await d.press("enter")

    assert (
        at_run(script, sample.READ_BACK, sample.APPLY).here.asked
        == [a.Answer("read-back", "done", {"account": "1234"})] * 2
    )


def test_quitting_holds_the_run() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        d.send("ctrl+q")
        while d.app.is_running:
            await d.pilot.pause(0)

    assert at_run(script).here.closed == ["quit"]


def test_a_crash_shows_where_it_was_but_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        await d.type("sesame")
        desk.here.fail_next = ZeroDivisionError("our mistake")
        d.send("enter")
        while d.app.is_running:
            await d.pilot.pause(0)

    with pytest.raises(ZeroDivisionError):
        at_run(script, sample.READ_BACK)
    said = "".join(capsys.readouterr())
    assert "our mistake" in said
    assert "sesame" not in said
