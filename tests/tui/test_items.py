"""Every kind of item: what is typed becomes one action, and nothing else does."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sop_runner.base.message import msg
from sop_runner.run.actions import Answer, FactorProof, TakeLimit
from sop_runner.run.views import Choice, Prompt, Way

from . import sample
from .driving import Desk, Driver, at_run
from .fake_desk import item

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


@SIZES
def test_a_step_is_done_with_enter(size: tuple[int, int]) -> None:
    async def script(d: Driver, desk: Desk) -> None:
        assert "Do not read any stored detail" in d.text
        assert (
            d.text.index("Do not read") < d.text.index("Open the ticket, or") < d.text.index("What would you")
        )
        await d.press("enter")
        assert "on record: entry 201, 10:00:00" in d.text

    desk = at_run(script, sample.STEP, sample.APPLY, size=size)
    assert desk.here.asked == [Answer("open-ticket", "done")]


@SIZES
def test_a_record_is_typed_field_by_field_and_sent_whole(size: tuple[int, int]) -> None:
    async def script(d: Driver, desk: Desk) -> None:
        assert d.app.focused is None
        await d.type("CR-000123")
        await d.press("enter", "3", "enter")
        await d.type("x@example.org")
        await d.press("enter", "2", "enter", "enter")

    desk = at_run(script, sample.RECORD, sample.APPLY, size=size)
    assert desk.here.asked == [
        Answer(
            "change-request",
            "done",
            {"ticket": "CR-000123", "change": "email", "new_value": "x@example.org", "recent_reset": False},
        )
    ]


def test_what_stands_in_a_record_outlives_a_hold_and_what_is_plain_going_back() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.type("CR-000123")
        await d.press("enter", "3", "enter")
        await d.type("x@example.org")
        await d.press("f2")
        await d.type("phone rings")
        await d.press("enter", "enter")
        assert "x@example.org" in d.text
        await d.press("enter", "2", "enter", "enter")
        await d.press("f4", "1", "enter")
        await d.type("misheard")
        await d.press("enter")
        assert "CR-000123" in d.text
        assert "x@example.org" not in d.text  # what the log does not hold in clear is typed anew

    at_run(script, sample.RECORD, sample.APPLY)


def test_the_cursor_goes_to_what_was_refused() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.type("CR-1")
        await d.press("enter", "3", "enter")
        await d.type("x@example.org")
        await d.press("enter", "2", "enter")
        desk.here.refuse_next = msg("'{field}': {problem}", field="ticket", problem=msg("no"))
        await d.press("enter")
        await d.type("23")
        await d.press("enter", "enter")  # by way of the optional one that is empty

    (*_, answer) = at_run(script, sample.RECORD, sample.APPLY).here.asked
    assert answer.values["ticket"] == "CR-123"


def test_enter_in_a_record_goes_to_what_is_missing_and_sends_nothing() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        assert "This needs an answer." not in d.text
        await d.press("enter", "enter")
        assert "This needs an answer." in d.text
        assert d.run.pane is not None
        assert d.app.focused is not None
        assert desk.here.asked == []

    at_run(script, sample.RECORD)


def test_a_refusal_is_told_in_words_and_keeps_what_was_typed() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.type("wrong")
        desk.here.refuse_next = msg("'ticket' must look like CR-000123")
        await d.press("enter", "1", "enter", "x", "enter", "1", "enter", "9", "enter")
        assert "REFUSED: 'ticket' must look like CR-000123" in d.text
        fields = d.run.query("Field").results()
        assert [field.draft for field in fields] == ["wrong", "postal-address", "x", "yes", "9"]  # type: ignore[attr-defined]

    desk = at_run(script, sample.RECORD)
    assert len(desk.here.asked) == 1


def test_identity_by_factors() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        assert "Choose a factor first" in d.text
        await d.press("1")
        await d.type("nonsense")
        assert "nonsense" not in d.text
        await d.press("enter")
        assert "2 attempts left" in d.text
        assert "'passphrase' was not right" in d.text
        await d.press("2")
        assert "Please read it to me" in d.text
        assert "sent to +36" in d.text
        await d.type("123456")
        assert "123456" in d.text
        await d.press("enter")
        assert "1 right" in d.text
        await d.press("3", "1", "tab")
        await d.type("seen it")
        await d.press("enter")

    desk = at_run(script, sample.IDENTITY, sample.APPLY)
    assert desk.here.checked == [
        ("passphrase", "nonsense"),
        ("code", "123456"),
        ("document", "right\nseen it"),
    ]
    assert desk.here.at == 1


def test_a_statement_is_affirmed_or_declined_never_by_enter_alone() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter", "enter")
        assert desk.here.asked == []
        await d.press("2", "enter")

    desk = at_run(script, sample.CONSENT, sample.APPLY)
    assert desk.here.asked == [Answer("consent", "declined")]


def test_a_decision_by_a_person_takes_a_reason() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("1", "enter")
        await d.type("odd caller")
        await d.press("enter")

    desk = at_run(script, sample.DECISION, sample.APPLY)
    assert desk.here.asked == [Answer("takeover-risk", "high", {}, "odd caller")]


def test_a_sign_off_by_another_person() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        assert "What changes: email address" in d.text
        assert "Ana Kiss" not in d.text  # only who may sign is offered
        await d.press("1", "enter")
        await d.type("right")
        await d.press("enter")
        await d.type("wrong")
        await d.press("enter")
        await d.type("x@example.org")
        await d.press("enter", "1", "enter")
        await d.type("fine")
        await d.press("enter")
        assert "NOT PROVED: 'totp' of 'bela' was not right" in d.text
        assert desk.here.asked == []
        # The passphrase was right and is not asked for again; nothing else was lost.
        await d.press("escape", "enter")
        await d.type("right")
        await d.press("enter")

    desk = at_run(script, sample.SIGN_OFF, sample.APPLY, size=(80, 40))
    (answer,) = desk.here.asked
    assert isinstance(answer, Answer)
    assert (answer.choice, answer.values, answer.reason) == (
        "approved",
        {"new_value": "x@example.org"},
        "fine",
    )
    assert answer.factors == tuple(
        FactorProof(f, "knowledge", True, f"ref-{f}") for f in ("passphrase", "totp")
    )


def test_a_log_review_takes_a_file_or_pasted_text(tmp_path: Path) -> None:
    extract = tmp_path / "extract.txt"
    extract.write_text("one\ntwo\n")

    async def by_path(d: Driver, desk: Desk) -> None:
        await d.press("1", "enter", "2", "enter")
        await d.type(str(extract))
        await d.press("enter")

    async def by_paste(d: Driver, desk: Desk) -> None:
        await d.press("1", "enter", "1", "enter")
        await d.paste("first\nsecond\nthird\n")
        assert "pasted text, 3 lines" in d.text
        await d.press("enter")

    (answer,) = at_run(by_path, sample.LOG_REVIEW, sample.APPLY).here.asked
    assert isinstance(answer, Answer)
    digest = sha256(b"one\ntwo\n").hexdigest()
    assert answer.values == {
        "1": True,
        "2": False,
        "extract": {"digest": digest, "lines": 2, "name": "extract.txt"},
    }
    (answer,) = at_run(by_paste, sample.LOG_REVIEW, sample.APPLY).here.asked
    assert isinstance(answer, Answer)
    assert answer.values["extract"]["lines"] == 3


def test_who_chose_by_a_digit_types_the_next_answer(tmp_path: Path) -> None:
    """It went nowhere, and Enter then asked for what had been typed."""
    extract = tmp_path / "extract.txt"
    extract.write_text("one\n")

    async def script(d: Driver, desk: Desk) -> None:
        await d.type("/early")  # nothing is chosen yet: it is no answer to anything
        await d.press("1", "enter", "2")
        await d.type(str(extract))
        assert "extract.txt" in d.text.replace("\n", "")
        await d.press("enter")

    (answer,) = at_run(script, sample.LOG_REVIEW, sample.APPLY).here.asked
    assert isinstance(answer, Answer)
    assert (answer.values["1"], answer.values["2"], answer.values["extract"]["lines"]) == (True, False, 1)


def test_a_file_that_is_missing_is_told_and_nothing_is_lost() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("1", "enter", "1", "enter")
        await d.type("/no/such/file")
        await d.press("enter")
        assert "COULD NOT" in d.text
        assert "/no/such/file" in d.text
        assert d.run.busy is False

    assert at_run(script, sample.LOG_REVIEW).here.asked == []


def test_a_checklist_goes_item_by_item_and_is_completed_explicitly() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("2", "enter")
        await d.type("number is gone")
        await d.press("enter")
        await d.press("1", "enter")
        await d.type("Joe")
        await d.press("enter")
        await d.type("42")
        await d.press("enter")
        assert "section complete" in d.text
        await d.press("enter")

    desk = at_run(script, sample.CHECKLIST, sample.APPLY, size=(80, 30))
    assert desk.here.asked == [
        Answer("notify-customer", "", {"notice-before": {"not_applicable": "number is gone"}}),
        Answer("notify-customer", "", {"notice-after": {"answer": "yes", "said_by": "Joe"}}),
        Answer("notify-customer", "", {"gauge": "42"}),
        Answer("notify-customer", "done"),
    ]


def test_a_value_is_read_back() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        await d.type("1234")
        await d.press("enter")

    assert at_run(script, sample.READ_BACK, sample.APPLY).here.asked == [
        Answer("read-back", "done", {"account": "1234"})
    ]


def test_rows_of_a_list_are_added_edited_and_taken_out() -> None:
    columns = (Prompt("day", "date", "Day"), Prompt("amount", "money", "Amount", currency="EUR"))
    record = item(
        "charges",
        "confirmation",
        evidence="record",
        prompts=(Prompt("charges", "list", "Charges", columns=columns),),
    )

    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter", "enter")
        await d.type("2026-01-02")
        await d.press("enter")
        await d.type("10")
        await d.press("enter", "enter")
        await d.type("2026-01-03")
        await d.press("enter")
        await d.type("20")
        await d.press("enter", "up", "up", "delete")
        assert "2026-01-02" not in d.text
        await d.press("escape", "enter")

    desk = at_run(script, record, sample.APPLY)
    assert desk.here.asked == [
        Answer("charges", "done", {"charges": [{"day": "2026-01-03", "amount": "20"}]})
    ]


def test_a_list_of_rows_says_how_one_gets_on() -> None:
    """Enter adds rows for ever: the first one does at once, Tab leads on, and so does a digit that chooses."""
    columns = (Prompt("day", "date", "Day"),)
    places = Prompt("place", "choice", "Place", choices=(Choice("home", "home"), Choice("away", "away")))
    record = item(
        "charges",
        "confirmation",
        evidence="record",
        prompts=(Prompt("charges", "list", "Charges", columns=columns), places),
    )

    async def script(d: Driver, desk: Desk) -> None:
        assert "Enter next, record" in d.text
        await d.press("enter")
        await d.type("2026-01-02")
        await d.press("enter")
        assert "Enter a row  Tab next  1-2 choose" in d.text
        await d.press("2")
        assert "Enter next, record" in d.text
        await d.press("enter")

    desk = at_run(script, record, sample.APPLY)
    assert desk.here.asked == [
        Answer("charges", "done", {"charges": [{"day": "2026-01-02"}], "place": "away"})
    ]


def test_past_its_limit_an_item_has_one_way_left_and_a_person_takes_it() -> None:
    late = item(
        "slow",
        ways=(Way("at_limit", msg("The time is over: go on"), "Refused", primary=True),),
    )

    async def script(d: Driver, desk: Desk) -> None:
        assert d.run.pane is not None
        assert "The only way left is: The time is over: go on: Refused" in d.run.pane.others.text
        await d.press("enter")

    assert at_run(script, late, size=(140, 30)).here.asked == [TakeLimit("slow")]


def test_an_end_shows_result_words_and_receipt_and_leads_to_the_board() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        assert "Change made and proved (completed)" in d.text
        assert "Your change is made." in d.text
        assert "RECEIPT run 7F3K-22QM" in d.text
        await d.press("enter")
        assert "Start a procedure" in d.text

    assert at_run(script, sample.APPLY).here.closed == [""]


def test_a_record_asks_what_the_desk_says_its_conditions_ask_for() -> None:
    kind = Prompt("kind", "choice", "Kind", choices=(Choice("card", "card"), Choice("cash", "cash")))
    number = Prompt("number", "text", "Card number", conditional=True, state="not-asked")
    record = item("payment", "confirmation", evidence="record", prompts=(kind, number))

    async def script(d: Driver, desk: Desk) -> None:
        def questions(values: Mapping[str, Any]) -> tuple[Prompt, ...]:
            asked = "open" if values.get("kind") == "card" else "not-asked"
            return kind, replace(number, state=asked)

        desk.here.questions = questions  # type: ignore[method-assign]
        d.run.show(d.run.view, anew=True)
        await d.settle()
        assert "Card number" not in d.text
        await d.press("1", "enter")
        assert "Card number" in d.text
        await d.type("42")
        await d.press("escape", "up", "tab", "2")
        assert "Card number" not in d.text
        await d.press("enter")

    assert at_run(script, record, sample.APPLY).here.asked == [Answer("payment", "done", {"kind": "cash"})]
