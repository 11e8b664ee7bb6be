"""Plain mode at a real pseudo-terminal: echo, secrets, widths, and every way a terminal is lost."""

import re
from pathlib import Path

import pytest

from sop_runner.base.textsafe import cell_width
from sop_runner.wiring import create_demo, open_desk

from .sop_process import AtTerminal

ANA = "seven quiet boats"


def signed_in(folder: Path, columns: int = 80) -> AtTerminal:
    """Ana at the first item of a sample case."""
    create_demo(folder).close()
    run = ("run", "account-change", "--ticket", "CR-000123", "--plain", "--training", "--desk", str(folder))
    terminal = AtTerminal(*run, "--language", "en", columns=columns)
    terminal.answer("Who are you?", "ana")
    terminal.answer("Passphrase of ana:", ANA)
    return terminal


def held(folder: Path) -> tuple[str, str]:
    (row,) = open_desk(folder, training=True).board()
    return row.state, row.hold_reason


def test_typing_is_echoed_but_no_secret_is(tmp_path: Path) -> None:
    with signed_in(tmp_path / "desk") as terminal:
        terminal.answer("How does it go on?", "done")
        terminal.answer("Ticket number:", "CR-000123")
        terminal.answer("What changes:", "phone")
        terminal.answer("New value:", "+36 30 111 2233")
        terminal.answer("last 7 days", "no")
        terminal.answer("Account value", "12")
        terminal.answer("How does it go on?", "1")
        terminal.answer("Which factor?", "1")
        terminal.answer("The answer:", "blue garden gate")
        terminal.answer("Which factor?", ":q")
        assert terminal.wait() == 0
        assert "CR-000123\r\n" in terminal.said
        typed = terminal.said.split("Signed in:")[1]
        assert "blue garden gate" not in typed
        assert ANA not in typed
    assert held(tmp_path / "desk") == ("held", "left")


def test_ctrl_c_holds_the_run_and_exits_as_interrupted(tmp_path: Path) -> None:
    with signed_in(tmp_path / "desk") as terminal:
        terminal.answer("How does it go on?")
        terminal.type("\x03")
        assert terminal.wait() == 130
    assert held(tmp_path / "desk") == ("held", "interrupted")


def test_ctrl_d_holds_the_run_and_leaves(tmp_path: Path) -> None:
    with signed_in(tmp_path / "desk") as terminal:
        terminal.answer("How does it go on?")
        terminal.type("\x04")
        assert terminal.wait() == 0
    assert held(tmp_path / "desk") == ("held", "the input ended")


def test_a_lost_terminal_holds_the_run(tmp_path: Path) -> None:
    with signed_in(tmp_path / "desk") as terminal:
        terminal.answer("How does it go on?")
        terminal.hang_up()
        assert terminal.wait() == 130
    state, reason = held(tmp_path / "desk")
    assert state == "held"
    assert reason == "the terminal was lost"


def test_a_terminal_lost_while_a_secret_is_typed_holds_the_run_too(tmp_path: Path) -> None:
    with signed_in(tmp_path / "desk") as terminal:
        terminal.answer("How does it go on?", ":u")
        terminal.answer("Who acts now?", "bela")
        terminal.answer("Which factor of bela?", "passphrase")
        terminal.answer("passphrase of bela:")
        terminal.hang_up()
        assert terminal.wait() == 130
    assert held(tmp_path / "desk") == ("held", "the terminal was lost")


def test_a_demo_whose_terminal_is_lost_ends_as_one(tmp_path: Path) -> None:
    with AtTerminal("demo", str(tmp_path / "desk"), "--plain", "--language", "en") as terminal:
        terminal.answer("Who are you?", "nobody-here")
        terminal.answer("Type a number from 1 to 4, or the word.", "1")
        terminal.answer("Passphrase of ana:", ANA)
        terminal.answer("How does it go on?")
        terminal.hang_up()
        assert terminal.wait() == 130
    assert held(tmp_path / "desk") == ("held", "the terminal was lost")


def test_a_request_to_stop_holds_the_run(tmp_path: Path) -> None:
    with signed_in(tmp_path / "desk") as terminal:
        terminal.answer("How does it go on?")
        terminal.process.terminate()
        assert terminal.wait() == 130
    assert held(tmp_path / "desk") == ("held", "the terminal was lost")


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_lines_fit_the_terminal_and_nothing_moves_the_cursor(tmp_path: Path, columns: int) -> None:
    with signed_in(tmp_path / "desk", columns) as terminal:
        terminal.answer("How does it go on?", ":h")
        terminal.answer("How does it go on?", ":q")
        assert terminal.wait() == 0
        assert "\x1b" not in terminal.said
        assert not re.search("[\x00-\x06\x08\x0b\x0c\x0e-\x1f]", terminal.said)
        assert max(cell_width(line) for line in terminal.said.split("\r\n")) <= columns
