"""`sop review` as a process: on a real terminal, where the verdict comes from a process beside it; and in a pipe."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sop_runner.cli.demo_walk import walk_demo
from sop_runner.wiring import create_demo
from tests.e2e.test_tmux_run import _MAIN, TMUX, Terminal

HOSTILE = "T \x1b]0;x\x07\u202e"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review") / "desk"
    desk = create_demo(folder)
    assert list(walk_demo(desk, folder, "en"))
    desk.start("ana", "account-change", HOSTILE, {}, "en")
    desk.close()
    return folder


def review(folder: Path, *args: str) -> list[str]:
    return [sys.executable, "-c", _MAIN, "review", "--desk", str(folder), "--training", *args]


@pytest.mark.skipif(TMUX is None, reason="tmux is not installed here")
def test_on_a_terminal_the_log_is_verified_beside_the_screen(folder: Path) -> None:
    terminal = Terminal(*review(folder, "CR-000124"))
    try:
        terminal.until("1 run found in")
        terminal.until("CLEAN up to entry")
        terminal.enter()
        terminal.until("25 of 25")
        assert "CLEAN up to entry" in terminal.screen
        terminal._tmux("send-keys", "F7")
        terminal.until("refused at")
        terminal._tmux("send-keys", "C-q")
        terminal.until("ended with 0")
    finally:
        terminal.close()


def test_in_a_pipe_it_prints_what_it_finds(folder: Path) -> None:
    done = subprocess.run(review(folder), capture_output=True, encoding="utf-8", check=True, timeout=60)
    first, second = done.stdout.splitlines()
    assert not {"\x1b", "\x07", "\u202e"} & set(first)
    assert "closed (completed)" in second
    assert "2 refusals" in second
    done = subprocess.run(review(folder, "open", "--json"), capture_output=True, check=True, timeout=60)
    (row,) = json.loads(done.stdout)
    assert (row["ticket"], row["end"], row["refusal"]) == (HOSTILE.strip(), None, 0)
    done = subprocess.run(review(folder, "foo:1"), capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
