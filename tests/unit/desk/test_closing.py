"""Closing: only a recorded end closes a ticket, with a receipt that stands alone."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sop_runner.audit.note import BadNote
from sop_runner.base.errors import UsageError
from sop_runner.desk.desk import Desk
from sop_runner.desk.receipt import read_receipt
from sop_runner.desk.session import DeskSession
from sop_runner.desk.tickets import LocalTickets, Ticket, fitting_id
from sop_runner.run.actions import Abandon, Answer

from .conftest import Open
from .test_session import SIGNED, proofs_of, to_sign_off

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def to_closed(session: DeskSession, tmp_path: Path) -> str:
    to_sign_off(session)
    assert session.perform(
        Answer("supervisor-approval", "approved", SIGNED, "ok", proofs_of(session, "bela"))
    ).accepted
    assert session.perform(Answer("apply-change")).accepted
    extract = tmp_path / "extract.log"
    extract.write_text("one line\n")
    checks = {"1": True, "2": True, "3": True, "extract": session.extract(extract)}
    assert session.perform(Answer("system-log", values=checks)).accepted
    done = session.perform(
        Answer("notify-customer", values={"notice-before": "done", "notice-after": "done"})
    )
    assert done.accepted
    assert session.view().status == "ended"
    return done.receipt


def test_a_receipt_proves_the_closing_and_names_its_ledger(
    session: DeskSession, desk: Desk, tmp_path: Path
) -> None:
    text = to_closed(session, tmp_path)
    receipt = read_receipt(text)
    assert not receipt.doubt(desk.context.ledger.opening.key)
    body = json.loads(receipt.body)
    assert (body["type"], body["run"], body["outcome"]) == ("RunEnded", session.run, "completed")
    assert "/training/" in receipt.checkpoint.origin
    withdrawn = replace(receipt, body=receipt.body.replace(b"completed", b"withdrawn"))
    assert withdrawn.doubt(desk.context.ledger.opening.key)
    forged = text.replace(b64encode(receipt.body).decode(), b64encode(b"{}").decode())
    assert read_receipt(forged).doubt(desk.context.ledger.opening.key)
    ticket = desk.context.tickets.find("CR-000123")
    assert ticket is not None
    assert ticket.status == "closed"


@pytest.mark.parametrize(
    "text", ["", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\nx\n"]
)
def test_another_text_is_no_receipt(text: str) -> None:
    with pytest.raises(BadNote):
        read_receipt(text)


def test_a_closed_ticket_takes_no_further_run(session: DeskSession, desk: Desk, tmp_path: Path) -> None:
    to_closed(session, tmp_path)
    refused = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert not isinstance(refused, DeskSession)
    assert "closed already" in str(refused.message)


def test_whoever_waits_for_a_closing_hears_of_it_once_the_ticket_is_closed(
    session: DeskSession, desk: Desk, tmp_path: Path
) -> None:
    heard = list[str]()

    def closed() -> None:
        ticket = desk.context.tickets.find("CR-000123")
        heard.append(ticket.status if ticket else "")

    session._context = replace(session._context, closed=closed)
    to_closed(session, tmp_path)
    assert heard == ["closed"]


def test_a_ticket_that_a_crash_left_open_is_closed_when_the_run_is_seen_again(
    session: DeskSession, opens: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(LocalTickets, "close", broken)
        assert to_closed(session, tmp_path) == ""
    desk = opens()
    assert desk.context.tickets.find("CR-000123").status == "open"  # type: ignore[union-attr]
    desk.resume("ana", session.run, "en")
    assert desk.context.tickets.find("CR-000123").status == "closed"  # type: ignore[union-attr]


def test_an_abandoned_run_closes_nothing(session: DeskSession, desk: Desk) -> None:
    done = session.perform(Abandon("they hung up"))
    assert done.receipt == ""
    assert desk.context.tickets.find("CR-000123").status == "open"  # type: ignore[union-attr]


def test_a_training_ledger_is_never_joined_to_real_tickets(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="training ledger and real tickets"):
        replace(desk.context, tickets=LocalTickets(tmp_path))


# The file that stands in for a ticket system


def test_tickets_survive_a_torn_line(tmp_path: Path) -> None:
    LocalTickets(tmp_path).open(Ticket("T-1", NOW, "urgent"))
    with (tmp_path / "tickets.jsonl").open("ab") as file:
        file.write(b'{"what": "opened", "ticket": "T-2", "at": "2026')
    again = LocalTickets(tmp_path)
    assert again.find("T-2") is None
    again.open(Ticket("T-3", NOW))
    assert [ticket.id for ticket in LocalTickets(tmp_path).all()] == ["T-1", "T-3"]


def test_two_terminals_see_each_others_tickets(tmp_path: Path) -> None:
    one, two = LocalTickets(tmp_path), LocalTickets(tmp_path)
    assert one.all() == two.all() == ()
    one.open(Ticket("T-1", NOW))
    two.close("T-1", "RUN", "receipt\n")
    assert one.find("T-1").status == "closed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "ticket", ["../../etc/passwd", "a/b", "CON", "..", "x" * 190, "tícket", "a b", "-rf"]
)
def test_the_name_of_a_receipt_stays_in_its_folder(tmp_path: Path, ticket: str) -> None:
    tickets = LocalTickets(tmp_path)
    tickets.open(Ticket(ticket, NOW))
    tickets.close(ticket, "7F3K-22QM", "receipt\n")
    (written,) = (tmp_path / "receipts").iterdir()
    assert written == tickets.receipt_path(ticket, "7F3K-22QM")
    assert written.parent == tmp_path / "receipts"
    assert written.read_text() == "receipt\n"


@pytest.mark.parametrize("ticket", ["", "  ", "a\nb", "x" * 201, "a\0b"])
def test_a_ticket_id_is_one_line(ticket: str) -> None:
    with pytest.raises(UsageError, match="no ticket id"):
        fitting_id(ticket)
