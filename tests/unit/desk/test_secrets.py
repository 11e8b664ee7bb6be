"""What must never be in a file of the desk in clear: typed secrets and personal values."""

from pathlib import Path

import pytest

from sop_runner.desk.desk import Desk
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import Answer
from sop_runner.wiring import open_desk, opened_people
from tests.attack.canaries import found_in

from .conftest import Open
from .test_closing import to_closed
from .test_session import code_in, token_of

CARD = """\
format: sop/1
procedure: card-check
revision: 1
title: Card check
purpose: Check a card.
effective_from: 2026-01-01
review_by: 2030-01-01
roles: {agent: Acts.}
by: agent
controls: {seen: The card was seen.}
case:
  - {field: caller, label: Caller, type: text, keep: erasable}
flow:
  - confirmation: card
    record:
      fields:
        - {field: security_code, type: text, matches: "[0-9]{3}", keep: never}
        - {field: card_number, type: text, matches: "[A-Z0-9-]+", keep: digest}
        - {field: email, type: email, keep: erasable}
        - {field: birthday, type: date, keep: erasable}
    satisfies: [seen]
  - confirmation: again
    read_back: {of: card_number}
  - end: done
    result: completed
    requires: [seen]
"""


def test_no_secret_of_a_whole_run_is_in_a_file(session: DeskSession, folder: Path, tmp_path: Path) -> None:
    to_closed(session, tmp_path)
    secrets = ["x@example.org", "blue garden gate", code_in(session), token_of(session, "bela")]
    secrets += ["seven quiet boats", "amber field north", "+36 30 555 0142 "]
    assert found_in(folder, *secrets) == []


def test_wrong_answers_are_not_kept_either(session: DeskSession, folder: Path) -> None:
    session.perform(Answer("open-ticket"))
    long = "canary-new-value-" + "x" * 200
    values = {
        "ticket": "CR-000123",
        "change": "email",
        "new_value": long,
        "recent_reset": False,
        "account_value": "1",
    }
    assert not session.perform(Answer("change-request", values=values)).accepted
    values["new_value"] = "canary-kept@example.org"
    values["account_value"] = "canary-amount"
    assert not session.perform(Answer("change-request", values=values)).accepted
    values["account_value"] = "12"
    assert session.perform(Answer("change-request", values=values)).accepted
    session.begin_factor("account-passphrase")
    session.check_factor("account-passphrase", "canary-phrase of the caller")
    session.begin_factor("one-time-code")
    session.check_factor("one-time-code", "canary-code")
    session.prove("bela", "passphrase", "canary-of-bela")
    session.prove("bela", "totp", "987654321")
    secrets = [
        "canary-new-value",
        "canary-kept",
        "canary-phrase",
        "canary-code",
        "canary-of-bela",
        "987654321",
    ]
    assert found_in(folder, *secrets) == []


@pytest.fixture
def card(desk: Desk, folder: Path) -> DeskSession:
    (folder / "procedures" / "card-check.yaml").write_text(CARD)
    found = desk.start("ana", "card-check", "T-9", {"caller": "Canary Caller"}, "en")
    assert isinstance(found, DeskSession), found.message
    return found


def test_values_by_how_they_are_kept(card: DeskSession, folder: Path, opens: Open) -> None:
    good = {
        "security_code": "739",
        "card_number": "CANARY-CARD-4477",
        "email": "canary@example.org",
        "birthday": "1971-03-14",
    }
    for wrong in (
        {"security_code": "canary-cvc"},
        {"card_number": "canary card!"},
        {"email": "canary-mail at nowhere"},
        {"birthday": "canary-1971"},
    ):
        assert not card.perform(Answer("card", values={**good, **wrong})).accepted
    assert card.perform(Answer("card", values=good)).accepted
    secrets = ["canary", "CANARY", "Canary Caller", "1971-03-14"]
    assert found_in(folder, *secrets) == []
    # What was committed to is still compared: a wrong one is told apart, and the right one passes.
    again = opens().resume("ana", card.run, "en")
    assert not again.perform(Answer("again", values={"card_number": "CANARY-CARD-0000"})).accepted
    assert found_in(folder, *secrets) == []
    facts = {fact.name: fact.value for fact in again.view().facts}
    assert facts["email"] == "canary@example.org"
    assert "security_code" not in facts


def test_the_passphrases_of_people_are_in_no_file(folder: Path) -> None:
    with opened_people(folder, "os:test") as (enrolment, _):
        enrolment.add("eva", "Éva", ["agent"])
        enrolment.passphrase("eva", "canary under the bridge")
        uri, _ = enrolment.token("eva", "test")
    secret = uri.partition("secret=")[2].partition("&")[0]
    desk = open_desk(folder)
    desk.sign_in("eva", "canary under the bridge")
    desk.sign_in("eva", "canary in the mine")
    desk.close()
    assert found_in(folder, "canary", secret) == []
