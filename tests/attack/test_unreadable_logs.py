"""A log that is gone, or is none: a verdict all the same, which says how much there was and what to do."""

import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sop_runner.audit.findings import Code, Outcome
from sop_runner.desk.layout import Layout
from sop_runner.desk.verified import verify_desk
from sop_runner.review.advice import ADVICE, advice_on
from sop_runner.review.verdict import verdict_lines
from sop_runner.stores.schema import TRIGGERS


def _gone(ledger: Path) -> None:
    ledger.unlink()


def _folder(ledger: Path) -> None:
    ledger.unlink()
    ledger.mkdir()


def _empty(ledger: Path) -> None:
    ledger.write_bytes(b"")


def _text(ledger: Path) -> None:
    ledger.write_text("minutes of a meeting\n" * 1_000)


def _of_another_program(ledger: Path) -> None:
    ledger.unlink()
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("CREATE TABLE places (url TEXT)")


def _overwritten(ledger: Path) -> None:
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[:4_096] + b"\xff" * 4_096 + whole[8_192:])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_gone, "moved, renamed or deleted"),
        (_folder, "moved, renamed or deleted"),
        (_empty, "it is empty"),
        (_text, "it is no database"),
        (_of_another_program, "the database of another program"),
        (_overwritten, "it is damaged"),
    ],
)
def test_what_is_no_log_is_no_pass_and_no_silence(
    desk: Path, damage: Callable[[Path], None], said: str
) -> None:
    whole = verify_desk(desk)
    assert whole.outcome is Outcome.CLEAN
    damage(Layout(desk).ledger)
    verdict = verify_desk(desk)
    (finding,) = verdict.findings
    assert (verdict.outcome, finding.code, verdict.exit_code) == (Outcome.UNVERIFIABLE, Code.UNVERIFIABLE, 5)
    assert said in finding.message
    assert f"your last verification is of {whole.entries} entries" in finding.message
    assert verdict.to_json()["verdict"] == "unverifiable"


def test_a_log_that_may_not_be_read(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise error

    monkeypatch.setattr(sqlite3, "connect", refuse)
    (finding,) = verify_desk(desk).findings
    assert "you may not read it. Ask whoever keeps the desk" in finding.message


def _without_guards(desk: Path, *statements: str) -> None:
    with closing(sqlite3.connect(Layout(desk).ledger, isolation_level=None)) as db:
        for name in TRIGGERS:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        for trigger in TRIGGERS.values():
            db.execute(trigger)


def test_a_log_whose_entries_are_all_gone_is_missed(desk: Path) -> None:
    whole = verify_desk(desk)
    _without_guards(desk, "DELETE FROM entry", "DELETE FROM checkpoint", "DELETE FROM node")
    verdict = verify_desk(desk)
    assert [(one.code, one.index) for one in verdict.findings] == [
        (Code.UNVERIFIABLE, None),
        (Code.TAIL_TRUNCATED, 0),
    ]
    assert f"is of {whole.entries} entries, the log has 0" in verdict.findings[1].message


def test_a_log_without_any_signature_is_not_said_to_be_signed_by_another_key(desk: Path) -> None:
    assert verify_desk(desk).outcome is Outcome.CLEAN
    _without_guards(desk, "DELETE FROM checkpoint")
    named = [(one.code, one.index) for one in verify_desk(desk).findings if not one.warning]
    assert named == [(Code.SIG_MISSING, 0)]


def test_each_kind_of_finding_says_what_it_means_and_what_to_do(desk: Path) -> None:
    assert set(ADVICE) == set(Code)
    _without_guards(desk, "UPDATE entry SET leaf = zeroblob(32) WHERE seq IN (3, 5)")
    verdict = verify_desk(desk)
    lines = verdict_lines(verdict)
    advice = advice_on(verdict.findings)
    assert [line for line in lines if line.startswith("FIELD_MODIFIED: ")] == advice[:1]
    assert {line.partition(":")[0] for line in advice} == {"FIELD_MODIFIED", "ERASED_OK"}


def test_a_server_that_does_not_answer_is_a_verdict_too(desk: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens
        with (desk / "sop.toml").open("a") as settings:
            settings.write(
                f'\n[store]\nurl = "postgresql://sop_desk@127.0.0.1:{nobody.getsockname()[1]}/desk"\n'
            )
        (finding,) = verify_desk(desk).findings
    assert finding.code is Code.UNVERIFIABLE
    assert "does not answer" in finding.message
    assert "Check the server and the network" in finding.message
