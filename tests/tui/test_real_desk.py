"""The account change from sign-in to its closed end, on the real demo desk, through the keyboard alone."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sop_runner.desk.demo import CUSTOMER_PHRASE, PEOPLE
from sop_runner.desk.desk import Desk
from sop_runner.desk.verified import verify_desk
from sop_runner.tui.app import SopApp
from sop_runner.tui.screens.run import RunScreen
from sop_runner.wiring import create_demo

from .driving import Driver, driving

PHRASES = {person.id: person.passphrase for person in PEOPLE}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = create_demo(tmp_path / "desk")
    yield desk
    desk.close()


async def to_the_record(d: Driver) -> None:
    await d.type(PHRASES["ana"])
    await d.press("enter")
    assert "STEP  Open the ticket" in d.text
    await d.press("enter")


async def record(d: Driver, change: str = "3") -> None:
    await d.type("CR-000123")
    await d.press("enter", change, "enter")
    await d.type("x@example.org [/]")
    await d.press("enter", "2", "enter")
    await d.type("900")
    await d.press("enter")
    assert "Is the caller the account holder?" in d.text


async def identify(d: Driver) -> None:
    await d.press("1")
    await d.type(CUSTOMER_PHRASE)
    await d.press("enter", "2")
    code = re.search(r"(\d{6}) is", " ".join(d.run.session.inbox()))
    assert code is not None
    await d.type(code[1])
    await d.press("enter")
    assert "CONFIRMATION  Consent" in d.text


async def sign(d: Driver) -> None:
    await d.press("1", "enter")
    await d.type(PHRASES["bela"])
    token = re.search(r"token of bela: (\d{6})", " ".join(d.run.session.inbox()))
    assert token is not None
    await d.press("enter")
    await d.type(token[1])
    await d.press("enter")
    await d.type("x@example.org [/]")
    await d.press("enter", "1", "enter")
    await d.type("the customer said so on the recording")
    await d.press("enter")
    assert "STEP  Make the change" in d.text


def test_the_account_change_to_its_closed_end(desk: Desk, tmp_path: Path) -> None:
    extract = tmp_path / "extract.log"
    extract.write_text("12:04 update email\n")

    async def go() -> None:
        app = SopApp(lambda: desk, person="ana", procedure="account-change", ticket="CR-000123", settle_s=0)
        async with driving(app) as d:
            await to_the_record(d)
            await record(d)
            await identify(d)
            await d.press("1", "enter")
            await sign(d)
            await d.press("enter", "1", "enter", "1", "enter", "1", "enter")
            await d.type(str(extract))
            await d.press("enter")
            assert "CHECKLIST  Change notice" in d.text
            await d.press("1", "enter", "1", "enter", "enter")
            assert "Change made and proved (completed)" in d.text
            assert "Receipt, put with ticket CR-000123" in d.text
            await d.press("enter")
            await d.until("Start a procedure")

    asyncio.run(go())
    assert verify_desk(tmp_path / "desk", training=True).exit_code == 0


def test_quitting_holds_and_coming_back_recaps(desk: Desk) -> None:
    async def first() -> str:
        app = SopApp(lambda: desk, person="ana", procedure="account-change", ticket="CR-000123", settle_s=0)
        async with driving(app) as d:
            await to_the_record(d)
            run: str = d.run.session.run
            d.send("ctrl+q")
            while d.app.is_running:
                await d.pilot.pause(0)
            return run

    async def second(run: str) -> None:
        async with driving(SopApp(lambda: desk, person="ana", run=run, settle_s=0), (100, 40)) as d:
            await d.type(PHRASES["ana"])
            await d.press("enter")
            assert "Recap of run" in d.text
            assert "quit" in d.text
            await d.press("enter")
            assert isinstance(d.app.screen, RunScreen)
            assert "CONFIRMATION  Written change request" in d.text

    run = asyncio.run(first())
    held = [row for row in desk.board() if row.run == run]
    assert [row.state for row in held] == ["held"]
    asyncio.run(second(run))
