"""From the start of the process to the first painted frame, on a real terminal."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Case, Row, against, interleaved
from benchmarks.terminal import Terminal
from sop_runner.wiring import create_desk

TITLE = "(g) First frame"
EMPTY, RUN = "empty Textual app", "sop run"
MOST = 1.3
APP = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("Opening the desk")

Empty().run()
"""
SOP = "import sys; sys.argv = ['sop', *{args!r}]; from sop_runner.cli.main import main; main()"


def main() -> list[Row]:
    """Whole processes, in turns."""
    with TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        create_desk(desk)
        args = ["run", "account-change", "--ticket", "T-1", "--desk", str(desk)]
        cases = {EMPTY: _frame(APP), RUN: _frame(SOP.format(args=args))}
        return against(EMPTY, interleaved(cases, 15), {RUN: MOST})


def _frame(code: str) -> Case:
    def case() -> float:
        terminal = Terminal([sys.executable, "-c", code])
        try:
            return terminal.until("Opening the desk") - terminal.started
        finally:
            terminal.close()

    return case
