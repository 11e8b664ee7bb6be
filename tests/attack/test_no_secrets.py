"""Canaries: what was typed as a secret or as a personal value is in no file, whatever way it was typed."""

import asyncio
import re
import shutil
import traceback
from pathlib import Path

import pytest

from sop_runner.base.errors import AppendFailed, SopError
from sop_runner.desk.desk import Desk
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import Answer
from sop_runner.tui.app import SopApp
from sop_runner.wiring import create_demo
from tests.attack.canaries import found_in
from tests.attack.clerk import Clerks, Fault, cannot_trace
from tests.attack.conftest import At
from tests.attack.hostile import OPENED
from tests.attack.walking import NEW_VALUE, PHRASES, TICKET, opened
from tests.e2e.sop_process import sop
from tests.tui.driving import driving
from tests.tui.test_real_desk import identify, record, to_the_record
from tests.unit.desk.test_secrets import CARD

CUSTOMER = "blue garden gate"
WRONG = ("canary-wrong-phrase", "739201", "canary-of-bela")
PEOPLES = (*PHRASES.values(), CUSTOMER)


def codes_in(folder: Path) -> list[str]:
    """The one-time codes that were sent."""
    text = (folder / "training" / "inbox.jsonl").read_text()
    return re.findall(r"\b\d{6}\b(?= is)", text)


def test_after_a_run_in_plain_lines(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    request = ("CR-000123", "email", NEW_VALUE, "no", "350.25", "1")
    identity = ("1", WRONG[0], "1", CUSTOMER, "2", WRONG[1], "2", ":i 1")
    proofs = ("passphrase", WRONG[2], "passphrase", PHRASES["bela"], ":i bela")
    sign_off = ("sign", "bela", *proofs, "approve", NEW_VALUE, "heard it")
    close = ("1", "yes", "yes", "yes", "2", "10:01 ana changed email", ".", "1", "done", "done", "1")
    lines = ["ana", PHRASES["ana"], "1", *request, *identity, "affirmed", *sign_off, *close]
    walked = sop("demo", str(folder), "--plain", "--language", "en", lines=lines)
    assert "Change made and proved (completed)" in walked.stdout, walked.stdout
    assert found_in(folder, NEW_VALUE, *WRONG, *PEOPLES, *codes_in(folder)) == []
    shown = walked.stdout.split("Signed in:")[1]
    assert [secret for secret in (WRONG[0], WRONG[2], PHRASES["bela"], CUSTOMER) if secret in shown] == []


def test_after_a_run_on_the_screen(tmp_path: Path) -> None:
    desk = create_demo(tmp_path / "desk")
    tokens: list[str] = []

    async def go() -> None:
        app = SopApp(lambda: desk, person="ana", procedure="account-change", ticket="CR-000123", settle_s=0)
        async with driving(app) as d:
            await to_the_record(d)
            await record(d)
            await identify(d)
            await d.press("enter")
            tokens.extend(re.findall(r"token of bela: (\d{6})", " ".join(d.run.session.inbox())))

    asyncio.run(go())
    desk.close()
    codes = codes_in(tmp_path / "desk")
    assert codes
    assert tokens
    assert found_in(tmp_path / "desk", "x@example.org", *PEOPLES, *codes, *tokens) == []


@pytest.mark.skipif(bool(cannot_trace()), reason=cannot_trace())
@pytest.mark.parametrize(
    "place", [("fdatasync", 4), ("unlink", 1), ("pwrite64", 40), ("fdatasync", 8), ("unlink", 2)], ids=str
)
def test_after_a_death_between_vault_and_log(place: tuple[str, int], desk_at: At, clerks: Clerks) -> None:
    folder = desk_at("change-request")
    told = clerks.work(folder, "step", Fault(*place))
    assert not told.finished
    assert found_in(folder, NEW_VALUE, *PEOPLES) == []
    assert found_in(folder, TICKET), "what is no secret is found this way"


@pytest.fixture
def card(templates: At, tmp_path: Path) -> tuple[Desk, DeskSession]:
    folder = tmp_path / "desk"
    shutil.copytree(templates(""), folder)
    (folder / "procedures" / "card-check.yaml").write_text(CARD)
    desk = opened(folder)
    OPENED.append(desk)
    desk.sign_in("ana", PHRASES["ana"])
    session = desk.start("ana", "card-check", "T-9", {"caller": "Canary Caller"}, "en")
    assert isinstance(session, DeskSession)
    return desk, session


GOOD = {
    "security_code": "739",
    "card_number": "CANARY-CARD-4477",
    "email": "canary@example.org",
    "birthday": "1971-03-14",
}


def test_no_view_refusal_or_error_says_them(
    card: tuple[Desk, DeskSession], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, session = card
    said: list[str] = []
    for name, wrong in (
        ("security_code", "canary-cvc"),
        ("card_number", "canary card!"),
        ("email", "canary at"),
        ("birthday", "canary-1971"),
    ):
        done = session.perform(Answer("card", values={**GOOD, name: wrong}))
        assert not done.accepted
        said += [str(done.message), repr(done)]
    with monkeypatch.context() as patch:

        def broken(*_: object, **__: object) -> None:
            raise AppendFailed("the disk is gone")

        patch.setattr(desk.context.ledger, "append", broken)
        with pytest.raises(SopError) as failed:
            session.perform(Answer("card", values=GOOD))
        said += [
            "".join(traceback.format_exception(failed.value)),
            repr(failed.value),
            str(failed.value.hint),
        ]
    assert session.perform(Answer("card", values=GOOD)).accepted
    view = repr(session.view())
    said.append(view.replace("canary@example.org", "").replace("1971-03-14", "").replace("Canary Caller", ""))
    assert "canary@example.org" in view, "an erasable value is shown to who works at the run"
    done = session.perform(Answer("again", values={"card_number": "CANARY-CARD-0000"}))
    said += [str(done.message), str(session.recap()), repr(desk.board())]
    assert not done.accepted
    assert [text for text in said if re.search("canary|CANARY|739", text)] == []
    assert found_in(tmp_path / "desk", "canary", "CANARY", "Canary Caller", "1971-03-14") == []
