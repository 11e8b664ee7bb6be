"""A desk from its settings: live and training apart, nothing overwritten, nothing half made."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sop_runner.base.errors import NotApproved, StoreFailed, UsageError
from sop_runner.desk.desk import Desk
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.factors.attested import attestation
from sop_runner.run.actions import Answer
from sop_runner.wiring import (
    create_desk,
    open_desk,
    opened_people,
    opened_publishing,
    shipped_procedures,
)
from tests.publishing import APPROVER, FAST, approve_all, approve_file, person, proofs

REQUEST = {"ticket": "CR-000200", "change": "phone", "new_value": "+36 1 555 0100", "recent_reset": False, "account_value": "1"}  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live desk without a customer file: its factors are attested by the agent."""
    folder = tmp_path_factory.mktemp("template") / "desk"
    create_desk(folder, timezone="Europe/Budapest", hasher=FAST)
    with (folder / "sop.toml").open("a", encoding="utf-8") as file:
        file.write('\n[factors]\naccount-passphrase = "attested"\nbranch-id-document = "attested"\n')
    (shipped,) = (path for path in shipped_procedures() if path.name == "account-change.yaml")
    shutil.copy(shipped, folder / "procedures")
    with opened_people(folder, "os:test", hasher=FAST) as (enrolment, _):
        enrolment.add("ana", "Ana", ["agent"])
        enrolment.passphrase("ana", "a boat on the lake")
    approve_all(folder)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "desk"))


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    desk = open_desk(folder)
    desk.sign_in("ana", "a boat on the lake")
    yield desk
    desk.close()


def closed(desk: Desk, tmp_path: Path) -> str:
    """Walk a case to its receipt."""
    session = desk.start("ana", "account-change", "CR-000200", {}, "en")
    assert isinstance(session, DeskSession)
    session.perform(Answer("open-ticket"))
    assert session.perform(Answer("change-request", values=REQUEST)).accepted
    for factor in ("account-passphrase", "branch-id-document"):
        session.begin_factor(factor)
        assert session.check_factor(factor, attestation(True, "seen and heard")).accepted
    session.perform(Answer("consent", "affirmed"))
    assert session.perform(Answer("apply-change")).accepted
    extract = tmp_path / "extract.log"
    extract.write_text("one line\n")
    checks = {"1": True, "2": True, "3": True, "extract": session.extract(extract)}
    session.perform(Answer("system-log", values=checks))
    return session.perform(
        Answer("notify-customer", values={"notice-before": "done", "notice-after": "done"})
    ).receipt


def test_a_live_desk_closes_a_real_ticket(desk: Desk, folder: Path, tmp_path: Path) -> None:
    assert not desk.training
    assert desk.demo_hint == ()
    receipt = closed(desk, tmp_path)
    assert "sop_runner/live/" in receipt
    assert desk.context.tickets.find("CR-000200").status == "closed"  # type: ignore[union-attr]
    assert str(verify_desk(folder).trust) == "FIRST-USE"
    assert verify_desk(folder).findings == ()


def test_training_leaves_the_live_side_untouched(desk: Desk, folder: Path, tmp_path: Path) -> None:
    entries = verify_desk(folder).entries
    training = open_desk(folder, training=True)
    training.sign_in("ana", "a boat on the lake")
    assert "sop_runner/training/" in closed(training, tmp_path)
    training.close()
    assert verify_desk(folder).entries == entries
    assert desk.context.tickets.find("CR-000200") is None
    assert not (folder / "receipts").exists()
    assert desk.board() == ()


def test_a_live_desk_sends_no_codes_and_shows_no_inbox(desk: Desk) -> None:
    session = desk.start("ana", "account-change", "CR-000200", {}, "en")
    assert isinstance(session, DeskSession)
    assert session.inbox() == ()


def test_a_procedure_does_not_run_live_before_its_day(desk: Desk, folder: Path) -> None:
    path = folder / "procedures" / "account-change.yaml"
    text = path.read_text().replace("effective_from: 2026-10-15", "effective_from: 2126-10-15")
    path.write_text(text.replace("revision: 4\n", "revision: 5\n", 1))
    with opened_publishing(folder) as publishing:
        approve_file(publishing, path)
        publishing.withdraw(
            publishing.find("account-change@4"), person(publishing, APPROVER), proofs(), "a test"
        )
    info = next(info for info in desk.procedures("en") if info.id == "account-change")
    assert not info.runnable
    with pytest.raises(NotApproved, match="2126-10-15"):
        desk.start("ana", "account-change", "CR-000200", {}, "en")
    training = open_desk(folder, training=True)
    training.sign_in("ana", "a boat on the lake")
    assert isinstance(training.start("ana", "account-change", "CR-000200", {}, "en"), DeskSession)
    training.close()


def test_a_desk_is_not_made_over_the_remains_of_another(tmp_path: Path) -> None:
    create_desk(tmp_path / "desk", hasher=FAST)
    (tmp_path / "desk" / "sop.toml").unlink()
    with pytest.raises(UsageError, match="was not finished or has lost"):
        create_desk(tmp_path / "desk", hasher=FAST)


def test_what_is_missing_is_named(folder: Path) -> None:
    (folder / "vault.key").unlink()
    with pytest.raises(UsageError, match=r"vault\.key"):
        open_desk(folder)


def test_a_server_that_does_not_answer_is_named_without_its_password(folder: Path) -> None:
    with (folder / "sop.toml").open("a", encoding="utf-8") as file:
        file.write('\n[store]\nurl = "postgresql://ana:pass-word@127.0.0.1:1/name"\n')
    with pytest.raises(StoreFailed, match=r"'postgresql://127\.0\.0\.1:1/name' does not answer") as refused:
        open_desk(folder)
    assert "pass-word" not in str(refused.value) + str(refused.value.hint)
