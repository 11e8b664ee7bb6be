"""The author's preview: every panel and language, read again at each save, walked in memory."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from sop_runner.desk.linted import linted
from sop_runner.tui.preview import PreviewApp
from sop_runner.tui.screens.preview import PreviewScreen
from sop_runner.tui.screens.preview_run import PreviewRunScreen

from .driving import Driver, driving

PROCEDURES = Path(__file__).resolve().parents[2] / "procedures"
Script = Callable[[Driver, Path], Awaitable[None]]


def previewing(
    script: Script, folder: Path, size: tuple[int, int] = (80, 24), name: str = "account-change.yaml"
) -> None:
    """Preview a copy of a shipped procedure."""
    for one in (name, "identity-check.yaml"):
        (folder / one).write_bytes((PROCEDURES / one).read_bytes())
    path = folder / name

    async def go() -> None:
        app = PreviewApp(path, today=date(2026, 11, 26), settle_s=0.0)
        async with driving(app, size) as driver:
            await driver.until("Open the ticket" if name == "account-change.yaml" else "Identity check")
            await driver.settle()
            await script(driver, path)

    asyncio.run(go())


def save(path: Path, old: str, new: str) -> None:
    """Save the file with something changed, so that its time differs as well."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))


async def reread(driver: Driver) -> None:
    """What the timer does; a test does not wait for it."""
    screen = driver.app.screen_stack[-1]
    assert isinstance(screen, PreviewScreen)
    screen.poll()
    await driver.settle()


def test_while_the_file_is_read_the_screen_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "account-change.yaml"
    path.write_bytes((PROCEDURES / path.name).read_bytes())
    go_on = Event()

    def waiting(*args: Any) -> Any:
        go_on.wait(60)
        return linted(*args)

    monkeypatch.setattr("sop_runner.tui.preview.linted", waiting)

    async def go() -> None:
        app = PreviewApp(path, today=date(2026, 11, 26), settle_s=0.0)
        async with app.run_test(size=(80, 24)) as pilot:
            driver = Driver(pilot, app)
            await driver.until("Reading the file…")
            go_on.set()
            await driver.until("Open the ticket")

    asyncio.run(go())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_screen_of_the_node_under_the_cursor_and_the_panels(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async def script(driver: Driver, path: Path) -> None:
        assert "PREVIEW" in driver.text
        assert "Say: What would you like me" in driver.text
        await driver.press("down", "down", "down")
        await driver.until("Say: This is what I am about to change")
        await driver.press("down")
        assert "A rule decides here." in driver.text
        await driver.press("2")
        await driver.until("high ↓ supervisor-approval")
        await driver.press("3")
        assert "Nothing to report" in driver.text
        await driver.press("1", "end")
        await driver.until("All right, nothing was changed")

    previewing(script, tmp_path, size)


def test_the_graph_comes_up_at_the_node_under_the_cursor(tmp_path: Path) -> None:
    async def script(driver: Driver, path: Path) -> None:
        await driver.press("end", "2")
        await driver.until("withdrawn            Withdrawn by the customer")

    previewing(script, tmp_path)


def test_every_language_by_one_key(tmp_path: Path) -> None:
    async def script(driver: Driver, path: Path) -> None:
        await driver.press("down", "f8")
        await driver.until("变更申请书面记录")
        assert "确认" in driver.text
        await driver.press("f8")
        await driver.until("變更申請書面紀錄")
        await driver.press("f8")
        await driver.until("A kérés írásos rögzítése")
        await driver.press("f8")
        await driver.until("Written change request")

    previewing(script, tmp_path)


def test_a_save_is_read_and_errors_keep_the_last_good_text(tmp_path: Path) -> None:
    async def script(driver: Driver, path: Path) -> None:
        await driver.press("down")
        save(path, "en: Written change request", "en: The wish in writing")
        await reread(driver)
        await driver.until("The wish in writing")
        save(path, "then: apply-change", "then: nowhere")
        await reread(driver)
        await driver.until("and it cannot be used")
        assert "nowhere" in driver.text
        assert "The wish in writing" in driver.text
        save(path, "then: nowhere", "then: apply-change")
        await reread(driver)
        await driver.until("no findings")
        text = path.read_bytes()
        path.unlink()
        await reread(driver)
        await driver.until("COULD NOT")
        assert "The wish in writing" in driver.text
        path.write_bytes(text)
        await reread(driver)
        assert "COULD NOT" not in driver.text

    previewing(script, tmp_path)


def test_a_walk_with_samples_to_the_end_and_back(tmp_path: Path) -> None:
    async def script(driver: Driver, path: Path) -> None:
        await driver.press("enter")
        run = driver.app.screen_stack[-1]
        assert isinstance(run, PreviewRunScreen)
        assert "PREVIEW: in memory alone" in driver.text
        await driver.press("f1")
        assert "no run is held, for there is none" in driver.text
        assert "answers the item at hand with a sample" in driver.text
        await driver.press("escape")
        for _ in range(8):
            await driver.press("f8")
        assert run.view.result == "completed"
        assert {row.control for row in run.view.controls if row.state == "held"} >= {"consent", "four-eyes"}
        await driver.press("enter")
        assert isinstance(driver.app.screen_stack[-1], PreviewScreen)

    previewing(script, tmp_path)


def test_a_walk_answered_by_hand(tmp_path: Path) -> None:
    async def script(driver: Driver, path: Path) -> None:
        await driver.press("enter", "enter", "f8")
        run = driver.app.screen_stack[-1]
        assert isinstance(run, PreviewRunScreen)
        assert run.view.item is not None
        assert run.view.item.node == "caller-identity"
        await driver.press("1")
        await driver.press("enter")
        await driver.type("wrong")
        await driver.press("enter")
        assert run.view.item.attempts_left == 2
        assert "wrong" in driver.text
        await driver.press("escape", "escape")
        assert isinstance(driver.app.screen_stack[-1], PreviewScreen)

    previewing(script, tmp_path)


def test_what_is_called_stands_under_its_call(tmp_path: Path) -> None:
    async def script(driver: Driver, path: Path) -> None:
        assert "A call begins here." in driver.text
        await driver.press("down")
        screen = driver.app.screen_stack[-1]
        assert isinstance(screen, PreviewScreen)
        assert screen.nodes.chosen.startswith("identity/")
        outline = [line.partition("│")[0] for line in driver.text.splitlines()]
        call, inside = (
            next(line for line in outline if word in line) for word in ("Identity check", "Say why we ask")
        )
        left = [len(line) - len(line.lstrip(" ▶·")) for line in (call, inside)]
        assert left[0] + 2 == left[1]  # also where the call stands in a section

    previewing(script, tmp_path, name="plan-change.yaml")
