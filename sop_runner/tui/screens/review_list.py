"""The reviewer's first screen: a line of what is looked for, and the runs that it finds."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.message import Message as Event
from textual.widgets import Input

from sop_runner.base.errors import SopError, UsageError
from sop_runner.desk.reviewing import Reviewing

from ..clerk import Clerk
from ..drawing.reviewing import run_rows, search_help
from ..ui import Ui
from ..verifying import Verifying
from ..widgets.filter import Filter
from ..widgets.paper import Paper, Para
from ..widgets.row_list import RowList
from ..widgets.rows import LazyRows, Row
from .base import error_paras, screen_key
from .dialogs import TextDialog
from .review_base import ReviewScreen

READ_S = 2.0
OFTEN = 10
"""Slices of a long log after which the list shows what they brought."""


class ReviewListScreen(ReviewScreen):
    """Typing searches, the arrows choose, Enter opens."""

    BINDINGS = [  # noqa: RUF012 - Textual declares it so
        screen_key("f1", "help"),
        screen_key("f9", "verdict"),
        screen_key("escape", "clear"),
    ]

    @dataclass
    class Open(Event):
        """A run is to be looked at."""

        run: str

    def __init__(
        self, ui: Ui, clerk: Clerk, verifying: Verifying, reviewing: Reviewing, query: str = ""
    ) -> None:
        super().__init__(ui, clerk, verifying)
        self.reviewing = reviewing
        self.list = RowList(ui, id="rows")
        self.filter = Filter(ui, self.list, id="filter")
        self.filter.value = query
        self._have = self._total = 0
        self._reading = self._searching = self._stale = self._opening = False
        self._found = self._unsearched = 0
        self._newest = True
        self._asked = self._shown = query
        self._wrong: tuple[Para, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.head
        yield Paper(
            Para("What to find: ticket:… person:… refusal from:…  (F1 shows all)", "label"), id="filter-label"
        )
        yield self.filter
        yield self.list
        yield self.status
        yield self.verdict
        yield self.keys

    def on_mount(self) -> None:
        marks = [("REVIEW", "mark"), ("TRAINING" if self.reviewing.training else "", "mark")]
        self.head.show(self.reviewing.name, marks)
        self.keys.show(
            [("Enter", "open"), ("F1", "help"), ("F9", "verdict"), ("Esc", "all"), ("Ctrl+Q", "quit")]
        )
        self.filter.focus()
        self.search()
        self.read_on()
        self.set_interval(READ_S, self.read_on)

    def on_screen_resume(self) -> None:
        if self.is_mounted:
            self.read_on()

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            if self.filter.value == self._shown:
                self._open()
            else:  # what was typed in front of it is not found yet
                self._newest = self._opening = True
                self.search()
            self.ui.turn.end()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._newest = True
        self.search()

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        self._newest = False

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self._open()

    def action_clear(self) -> None:
        """Show every run again."""
        self.filter.value = ""
        self.filter.focus()

    def action_help(self) -> None:
        """Say what can be asked."""
        self.app.push_screen(TextDialog(self.ui, "Help", search_help()))

    def read_on(self) -> None:
        """Read what is new in the log, a slice at a time, so that a search never waits long."""
        if not self._reading:
            self._reading = True
            self.clerk.ask(self, self.reviewing.search.read_on, self._have_read, quiet=True)

    def search(self) -> None:
        """Look for what is typed now; while a search goes on only the newest wish is kept."""
        if self._searching:
            self._stale = True
            return
        self._searching, self._stale, self._asked = True, False, self.filter.value
        self.clerk.ask(self, partial(_found, self.reviewing, self._asked), self._have_found, quiet=True)

    def failed(self, paras: list[Para]) -> None:
        self._reading = self._searching = self._opening = False
        super().failed(paras)

    def standing(self) -> list[Para]:
        if self._wrong:
            return list(self._wrong)
        found = f"{self._found:,} run{'s' if self._found != 1 else ''} found"
        if self._have < self._total:
            return [
                Para(
                    f"{found} so far {self.ui.glyphs.dot} read {self._have:,} of {self._total:,} entries",
                    "warn",
                )
            ]
        where = f" in {self._total:,} entries" if self._total else ""
        return [Para(found + where, "dim")]

    def _have_read(self, answer: tuple[int, int]) -> None:
        self._reading = False
        grew = answer[0] != self._have
        self._have, self._total = answer
        self.verifying.grown(self._total)
        self.show_status()
        self._unsearched += grew
        if self._unsearched >= OFTEN or (self._unsearched and self._have == self._total):
            self._unsearched = 0
            self.search()
        if self._have < self._total:
            self.read_on()

    def _have_found(self, answer: "array[int] | SopError") -> None:
        self._searching = False
        if isinstance(answer, SopError):
            self._wrong = tuple(error_paras(self.ui, answer))
        else:
            self._wrong, self._found = (), len(answer)
            kept = "" if self._newest else self.list.chosen
            rows = LazyRows(answer, self._rows)
            at = kept if rows.find(kept) >= 0 else str(answer[0]) if answer else ""
            self.list.show(rows, cursor=at)
            # Once all is read the cursor stays at its run: nobody opens another one that came above it.
            self._newest = self._have < self._total or not self._total
        self._shown = self._asked
        self.show_status()
        if self._stale:
            self.search()
        elif self._opening:
            self._opening = False
            if not self._wrong:
                self._open()

    def _rows(self, ids: Sequence[int]) -> list[Row]:
        return run_rows(self.ui, ids, self.reviewing.search.facts(ids), self.reviewing.zone)

    def _open(self) -> None:
        if self.list.chosen:
            (facts,) = self.reviewing.search.facts([int(self.list.chosen)])
            if facts:
                self.post_message(self.Open(str(facts["run"])))


def _found(reviewing: Reviewing, query: str) -> "array[int] | SopError":
    """What a query finds; what is wrong with one that is still being typed is an answer too."""
    try:
        return reviewing.search.find(query)
    except UsageError as error:
        return error
