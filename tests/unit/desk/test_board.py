"""The board: written with the entries, rebuilt from them alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sop_runner.base.clock import ManualClock
from sop_runner.desk.board import board_rows, rebuild
from sop_runner.desk.desk import Desk
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import Abandon, Answer, GoBack, Hold, OfferHandOver
from sop_runner.wiring import open_desk

from .conftest import PASSPHRASES
from .test_session import to_identity, to_sign_off


def test_a_run_is_open_held_and_ended(session: DeskSession, desk: Desk) -> None:
    (row,) = desk.board()
    assert (row.run, row.ticket, row.state, row.at) == (session.run, "CR-000123", "open", "open-ticket")
    session.perform(Answer("open-ticket"))
    session.perform(Hold("the caller fetches a paper"))
    (row,) = desk.board()
    assert (row.state, row.hold_reason, row.holders) == ("held", "the caller fetches a paper", ("ana",))
    session.perform(Abandon("they hung up"))
    assert desk.board() == ()
    (row,) = board_rows(desk.context, ended=True)
    assert (row.state, row.result) == ("ended", "abandoned")


def test_a_run_waits_for_whom_it_is_offered_to(session: DeskSession, desk: Desk) -> None:
    session.perform(Answer("open-ticket"))
    session.perform(OfferHandOver("chen", "the request is not written down yet"))
    (row,) = desk.board()
    assert (row.state, row.waiting_for) == ("waiting", ("chen",))


def test_a_run_waits_for_a_role_that_nobody_holds_yet(session: DeskSession, desk: Desk) -> None:
    to_sign_off(session)
    (row,) = desk.board()
    assert (row.state, row.waiting_for, row.at) == ("waiting", ("supervisor",), "supervisor-approval")


def test_a_ticket_past_its_service_level_is_overdue(folder: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    desk = open_desk(folder, training=True, clock=clock)
    desk.sign_in("ana", PASSPHRASES["ana"])
    assert isinstance(desk.start("ana", "account-change", "CR-000123", {}, "en"), DeskSession)
    assert desk.board()[0].state == "open"
    clock.advance(timedelta(hours=2))  # it is urgent, and was opened ten minutes ago
    assert desk.board()[0].state == "overdue"
    desk.close()


def test_a_run_of_a_text_past_its_review_says_so_on_the_board_and_to_whoever_comes_back(folder: Path) -> None:
    clock = ManualClock(datetime(2027, 1, 15, 12, tzinfo=UTC))
    desk = open_desk(folder, training=True, clock=clock)
    desk.sign_in("ana", PASSPHRASES["ana"])
    session = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(session, DeskSession)
    assert not desk.board()[0].review_due
    clock.advance(timedelta(days=1))
    assert desk.board()[0].review_due
    assert desk.resume("ana", session.run, "en").recap().review_due
    assert next(info for info in desk.procedures("en") if info.id == "account-change").review_due
    desk.close()


def test_an_item_past_its_limit_is_overdue(folder: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    desk = open_desk(folder, training=True, clock=clock)
    desk.sign_in("ana", PASSPHRASES["ana"])
    session = desk.start("ana", "account-change", "CR-000124", {}, "en")
    assert isinstance(session, DeskSession)
    session.perform(Answer("open-ticket"))
    session.perform(Answer("change-request", values={"ticket": "CR-000124", "change": "email", "new_value": "a@b.example", "recent_reset": False, "account_value": "1"}))  # fmt: skip
    (row,) = desk.board()
    assert row.due == clock.now().wall + timedelta(minutes=6)
    clock.advance(timedelta(minutes=7))
    assert desk.board()[0].state == "overdue"
    desk.close()


def test_rebuilding_gives_the_same_board(session: DeskSession, desk: Desk) -> None:
    to_identity(session)
    session.perform(GoBack("open-ticket", "asked again"))
    session.perform(Answer("no-such-item"))
    second = desk.start("chen", "account-change", "CR-000125", {}, "en")
    assert isinstance(second, DeskSession)
    second.perform(Abandon("wrong number"))
    before = desk.context.ledger.summaries(ended=True)
    desk.context.ledger.rebuild(())
    assert desk.board() == ()
    assert rebuild(desk.context) == 2
    assert desk.context.ledger.summaries(ended=True) == before


def test_one_ticket_has_one_run_at_a_time(session: DeskSession, desk: Desk) -> None:
    refused = desk.start("chen", "account-change", "CR-000123", {}, "en")
    assert not isinstance(refused, DeskSession)
    assert session.run in str(refused.message)
    session.perform(Abandon("they hung up"))
    assert isinstance(desk.start("chen", "account-change", "CR-000123", {}, "en"), DeskSession)


def test_two_terminals_that_start_one_ticket_in_the_same_instant_open_one_run(
    session: DeskSession, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one looked before the first was on record: the append decides."""
    monkeypatch.setattr(desk, "_barred", lambda *_: None)
    refused = desk.start("chen", "account-change", "CR-000123", {}, "en")
    assert not isinstance(refused, DeskSession)
    assert session.run in str(refused.message)
    assert [row.run for row in desk.board()] == [session.run]
