"""Hostile text on the screen: through the real desk headless, and in a real terminal, which it must not steer."""

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sop_runner.run.actions import Hold
from sop_runner.tui.app import SopApp
from tests.attack.hostile import ACTING, PASSPHRASE, TEXTS, hostile_desk, signed_in
from tests.attack.test_hostile_text import EVERYTHING, TICKET, desk_session, walk
from tests.tui.driving import Driver, driving

_PATIENCE_S = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk of hostile texts with one run, held."""
    folder = hostile_desk(tmp_path / "desk", EVERYTHING)
    walk(desk_session(folder, TICKET), EVERYTHING).perform(Hold(EVERYTHING))
    return folder


def run_of(folder: Path) -> str:
    (listing,) = signed_in(folder).context.ledger.runs()
    return listing.run


@pytest.mark.parametrize("text", [EVERYTHING, TEXTS["wide"]], ids=["everything", "wide"])
def test_typed_pasted_and_shown_a_text_stays_a_text(text: str, tmp_path: Path) -> None:
    folder = hostile_desk(tmp_path / "desk", text)
    walk(desk_session(folder, text[:150].replace("\n", " ")), text).perform(Hold(text))
    run = run_of(folder)

    async def script(d: Driver) -> None:
        await d.type(PASSPHRASE)
        await d.press("enter")
        seen = [d.text]
        await d.press("enter")
        for keys in (("f3",), ("escape",), ("f1",), ("escape",), ("f6",), ("escape",), ("1", "enter")):
            await d.press(*keys)
            seen.append(d.text)
        await d.press("f3")
        await d.paste(text[:500])
        seen.append(d.text)
        await d.press("enter", "enter")
        seen.append(d.text)
        for screen in seen:
            found = ACTING.search(screen.replace("\u200d", ""))
            assert found is None, (hex(ord(found[0])), screen)
        assert len(set(seen)) > 3, "the screens were walked"

    async def go() -> None:
        async with driving(SopApp(lambda: signed_in(folder), person="eva", run=run, settle_s=0)) as driver:
            await script(driver)

    asyncio.run(go())


class Terminal:
    """A program in a terminal of its own: tmux on a private socket, read back cell by cell."""

    def __init__(self, name: str, ended: Path, *command: str) -> None:
        self._ended = ended
        command = ("sh", "-c", f'"$@"; echo $? > {shlex.quote(str(ended))}', "sh", *command)
        self._tmux = ["tmux", "-L", name, "-f", os.devnull]
        self._run("new-session", "-d", "-x", "80", "-y", "24", "-s", "s", *command)
        self._run("set-option", "-g", "remain-on-exit", "on")

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words], capture_output=True, check=True, encoding="utf-8", timeout=_PATIENCE_S
        )
        return done.stdout

    def type(self, *keys: str) -> None:
        self._run("send-keys", "-t", "s", *keys)

    def screen(self) -> str:
        return self._run("capture-pane", "-t", "s", "-p")

    def fact(self, name: str) -> str:
        return self._run("display-message", "-t", "s", "-p", "#{" + name + "}").strip()

    def until(self, text: str, pressing: str = "") -> str:
        """The screen, once it says `text`; a key that comes too early for a new screen is pressed again."""
        end = time.monotonic() + _PATIENCE_S
        while text not in (screen := self.screen()):
            if pressing:
                self.type(pressing)
            assert time.monotonic() < end, f"'{text}' did not come:\n{screen}"
        return screen

    def exit_code(self) -> str:
        """How the program ended, once it has. tmux does not always get to know."""
        end = time.monotonic() + _PATIENCE_S
        while not (code := self._ended.read_text() if self._ended.exists() else ""):
            assert time.monotonic() < end, f"it did not end:\n{self.screen()}"
        return code.strip()

    def close(self) -> None:
        self._run("kill-session", "-t", "s")


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    root = str(Path(__file__).resolve().parents[2])
    code = "from sop_runner.cli.main import main; raise SystemExit(main())"
    words = [
        "resume",
        run_of(folder),
        "--training",
        "--person",
        "eva",
        "--language",
        "en",
        "--desk",
        str(folder),
    ]
    environment = ["env", f"PYTHONPATH={root}", "PYTHONUTF8=1", "LANG=C.UTF-8", "LC_ALL=C.UTF-8"]
    found = Terminal(
        f"sop-attack-{os.getpid()}", folder.parent / "ended", *environment, sys.executable, "-c", code, *words
    )
    yield found
    found.close()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_real_terminal_is_not_steered_by_any_text(terminal: Terminal) -> None:
    terminal.until("assphrase")
    title = terminal.fact("pane_title")
    terminal.type(PASSPHRASE, "Enter")
    first = terminal.until("Recap of run")
    assert len(first.splitlines()) == 24, "the screen is whole: no text cleared or moved it"
    assert "␛[2J␛[Hcleared" in first
    screen = terminal.until("CHECKLIST", pressing="Enter")
    terminal.type("F6")
    terminal.until("Esc")
    terminal.type("Escape")
    assert terminal.fact("pane_title") == title, "no text named the window"
    assert terminal.fact("pane_dead") == "0", "nothing quit"
    assert terminal._run("list-buffers") == "", "nothing was put on the clipboard"
    assert ACTING.search(screen) is None
    terminal.type("C-q")
    assert terminal.exit_code() == "0"
    assert "Traceback" not in terminal.screen()
