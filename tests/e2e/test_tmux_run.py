"""The screen on a real terminal: 'sop demo' inside tmux, seen through what tmux would show."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from sop_runner.desk.demo import CUSTOMER_PHRASE, PEOPLE

TMUX = shutil.which("tmux")
PATIENCE_S = 60.0
_MAIN = "from sop_runner.cli.main import main; raise SystemExit(main())"

pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is not installed here")


class Terminal:
    """A terminal of 80 by 24 with one command in it."""

    def __init__(self, *command: str) -> None:
        self._socket = f"sop-{os.getpid()}"
        # The shell says how the command ended, and keeps the terminal open.
        kept = ("sh", "-c", '"$@"; echo "ended with $?"; exec cat', "sh", *command)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", *kept)

    @property
    def screen(self) -> str:
        """What stands on it now."""
        return self._tmux("capture-pane", "-p")

    def until(self, shown: Callable[[str], bool] | str) -> str:
        """Look until something is shown, and return the whole screen."""
        test = shown if callable(shown) else lambda screen: shown in screen
        end = monotonic() + PATIENCE_S
        while not test(screen := self.screen):
            assert monotonic() < end, f"{shown!r} was not shown:\n{screen}"
        return screen

    def press(self, key: str, shown: str) -> str:
        """Press a key once the line of keys says that Enter is taken, and look until `shown` comes of it."""
        self.until(" Enter ")
        self._tmux("send-keys", key)
        return self.until(shown)

    def enter(self) -> None:
        """Press Enter once it is taken."""
        self.until(" Enter ")
        self._tmux("send-keys", "Enter")

    def type(self, text: str, *, hidden: bool = False) -> None:
        """Type a text into a field and wait until it stands there, masked where it is hidden."""
        self._tmux("send-keys", "-l", text)
        field = "•" * len(text) if hidden else text
        self.until(
            lambda screen: any(f"{line} ".rpartition("│")[2].strip() == field for line in screen.splitlines())
        )

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        assert TMUX is not None
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        done = subprocess.run(
            [TMUX, "-L", self._socket, "-u", *arguments],
            env=environment, capture_output=True, encoding="utf-8", check=True, timeout=PATIENCE_S,
        )  # fmt: skip
        return done.stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(sys.executable, "-c", _MAIN, "demo", str(tmp_path / "desk"))
    yield terminal
    terminal.close()


def test_the_demo_at_80_by_24(terminal: Terminal) -> None:
    ana = PEOPLE[0]
    terminal.until("Sign in at Demo desk")
    terminal.press("1", "▶ 1 Ana")
    terminal.enter()
    terminal.type(ana.passphrase, hidden=True)
    terminal.enter()
    screen = terminal.until(
        lambda screen: "Start a procedure" in screen or "Start: " in screen or "STEP" in screen
    )
    if "Start a procedure" in screen:
        terminal.enter()
        screen = terminal.until("Start: ")
    if "Start: " in screen:
        if "CR-000123" not in screen:
            terminal.type("CR-000123")
        terminal.enter()
    terminal.until("STEP  Open the ticket")
    terminal.press("Enter", "CONFIRMATION  Written")
    terminal.type("CR-000123")
    terminal.enter()
    terminal.press("2", "▶ 2 phone number")
    terminal.enter()
    terminal.type("+36 30 555 0177")
    terminal.enter()
    terminal.press("2", "▶ 2 no")
    terminal.enter()
    terminal.type("900")
    terminal.press("Enter", "Is the caller the account holder?")
    terminal.press("1", "Please tell me the passphrase")
    terminal.type(CUSTOMER_PHRASE, hidden=True)
    terminal.press("Enter", "1 right")
    screen = terminal.press("2", "Sample inbox")
    code = re.search(r": (\d{6})", screen)
    assert code is not None
    terminal.type(code[1])
    terminal.press("Enter", "CONFIRMATION  Consent")
    terminal.resize(120, 40)
    wide = terminal.until("Recorded")
    assert "phone number" in wide
    terminal.resize(80, 24)
    terminal.until(lambda screen: "Recorded" not in screen and "CONFIRMATION  Consent" in screen)
    terminal._tmux("send-keys", "C-q")
    terminal.until("ended with 0")
