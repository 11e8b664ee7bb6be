"""The start screen: what waits for whom, and procedures to start by typing part of their title."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.message import Message as Event
from textual.widgets import Input

from sop_runner.base.message import Message
from sop_runner.desk.port import BoardRow, DeskPort, PersonInfo, ProcedureInfo

from ..clerk import Clerk
from ..drawing.board import RUN, START, board_rows
from ..drawing.help import help_paras
from ..ui import Ui
from ..widgets.filter import Filter
from ..widgets.paper import Paper, Para
from ..widgets.row_list import RowList
from .base import SopScreen, screen_key
from .dialogs import TextDialog

REFRESH_S = 10.0


class BoardScreen(SopScreen):
    """Typing filters, the arrows choose, Enter opens."""

    BINDINGS = [  # noqa: RUF012 - Textual declares it so
        screen_key("f1", "help"),
        screen_key("escape", "clear"),
    ]

    @dataclass
    class Start(Event):
        """A procedure is to be started."""

        procedure: ProcedureInfo

    @dataclass
    class Resume(Event):
        """A run is to be taken up or looked at."""

        run: str

    def __init__(self, ui: Ui, clerk: Clerk, desk: DeskPort, person: PersonInfo, language: str) -> None:
        super().__init__(ui, clerk)
        self.desk, self.person, self.language = desk, person, language
        self.procedures: Sequence[ProcedureInfo] = ()
        self.runs: Sequence[BoardRow] = ()
        self.notices: Sequence[Message] = ()
        self.list = RowList(ui, id="rows")
        self.filter = Filter(ui, self.list, id="filter")
        self._narrowed = ""
        self.hint = Paper(id="hint")

    def compose(self) -> ComposeResult:
        yield self.head
        yield Paper(Para(self.ui.t._("Part of a title, a ticket or a name"), "label"), id="filter-label")
        yield self.filter
        yield self.list
        yield self.status
        yield self.keys

    def on_mount(self) -> None:
        t = self.ui.t
        marks = [(self.person.name, ""), (t._("TRAINING") if self.desk.training else "", "mark")]
        self.head.show(self.desk.name, marks)
        self.keys.show(
            [
                ("Enter", t._("open or start")),
                ("F1", t._("help")),
                ("Esc", t._("clear")),
                ("Ctrl+Q", t._("quit")),
            ]
        )
        self.filter.focus()
        self.load()
        self.set_interval(REFRESH_S, self.load)

    def on_screen_resume(self) -> None:
        self.load()

    def load(self) -> None:
        """Read the board anew."""
        if self.clerk.is_idle and self.is_current:
            self.clerk.ask(
                self,
                lambda: (self.desk.procedures(self.language), self.desk.board(), self.desk.notices()),
                self._loaded,
                quiet=True,
            )

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self._narrow()
            self._open()
            self.ui.turn.end()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._narrow()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self._open()

    def action_clear(self) -> None:
        """Show everything again."""
        self.filter.value = ""
        self.filter.focus()

    def action_help(self) -> None:
        """Say what the keys mean."""
        self.app.push_screen(TextDialog(self.ui, self.ui.t._("Help"), help_paras(self.ui)))

    def standing(self) -> list[Para]:
        return [Para(self.ui.t(notice), "bad") for notice in self.notices]

    def _loaded(self, answer: tuple[Sequence[ProcedureInfo], Sequence[BoardRow], Sequence[Message]]) -> None:
        self.procedures, self.runs, notices = answer
        if notices != self.notices:
            self.notices = notices
            self.show_status()
        self._show(first=not self.list.chosen)

    def _narrow(self) -> None:
        """Show what matches. An Enter typed fast is here before word of the letters in front of it is."""
        if self.filter.value != self._narrowed:
            self._narrowed = self.filter.value
            self._show(first=True)

    def _show(self, *, first: bool) -> None:
        wanted, now = self.filter.value, self.ui.now()
        rows = board_rows(self.ui, self.procedures, self.runs, self.person.id, wanted, now)
        cursor = next((row.id for row in rows if row.id), "") if first else None
        self.list.show(rows, cursor=cursor)
        if not rows:
            self.say(self.ui.t._("Nothing matches; Esc shows everything again."))

    def _open(self) -> None:
        chosen = self.list.chosen
        if chosen.startswith(RUN):
            self.post_message(self.Resume(chosen.removeprefix(RUN)))
        elif chosen.startswith(START):
            wanted = chosen.removeprefix(START)
            procedure = next(p for p in self.procedures if p.key == wanted)
            if procedure.runnable:
                self.post_message(self.Start(procedure))
            else:
                why = procedure.why_not
                self.say(self.ui.t(why) if why is not None else self.ui.t._("It cannot be started."), "bad")
