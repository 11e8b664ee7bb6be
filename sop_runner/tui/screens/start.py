"""The form before a run: the ticket, and the facts of the case that the procedure asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message as Event

from sop_runner.desk.port import DeskPort, Performed, PersonInfo, ProcedureInfo, Session
from sop_runner.run.views import Prompt

from ..clerk import Clerk
from ..ui import Ui
from ..widgets.form import Form
from ..widgets.paper import Paper, Para
from .base import SopScreen
from .run_work import Opened, opened

TICKET = "ticket number"  # with a space, which no field of a procedure has


class StartScreen(SopScreen):
    """Starts one procedure. A refusal is told in words and what was typed stays."""

    BINDINGS = [Binding("escape", "back", show=False)]  # noqa: RUF012 - Textual declares it so

    @dataclass
    class Started(Event):
        """The run is open."""

        opened: Opened

    class Left(Event):
        """Nothing was started."""

    def __init__(
        self,
        ui: Ui,
        clerk: Clerk,
        desk: DeskPort,
        person: PersonInfo,
        procedure: ProcedureInfo,
        language: str,
        known: Mapping[str, Any],
    ) -> None:
        super().__init__(ui, clerk)
        self.desk, self.person, self.procedure, self.language = desk, person, procedure, language
        or_else = ui.t._("left empty: as the ticket has it")
        case = [replace(prompt, required=False, help=prompt.help or or_else) for prompt in procedure.case]
        self.form = Form(ui, [Prompt(TICKET, "text", ui.t._("Ticket")), *case], drafts=known)
        self._at_once = TICKET in known and all(prompt.id in known for prompt in case)

    def compose(self) -> ComposeResult:
        yield self.head
        with VerticalScroll(id="purpose", can_focus=False):
            yield Paper(Para(self.procedure.title, "title"), Para(self.procedure.purpose, "dim"))
        yield self.form
        yield self.status
        yield self.keys

    def on_mount(self) -> None:
        t, procedure = self.ui.t, self.procedure
        name = f"{procedure.number or procedure.id} r{procedure.revision}"
        marks = [(name, "dim"), (self.person.id, ""), (t._("TRAINING") if self.desk.training else "", "mark")]
        self.head.show(t._("Start: {title}", title=procedure.title), marks)
        self.keys.show([("Enter", t._("next, start")), ("Tab", t._("next")), ("Esc", t._("back"))])
        if self.form.enter() and self._at_once:
            self._start(self.form.values)

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            if not self.busy and self.form.enter():
                self._start(self.form.values)
            self.ui.turn.end()
        elif event.character and event.character.isdecimal() and self.form.digit(int(event.character)):
            event.stop()

    def action_back(self) -> None:
        """Leave without starting."""
        self.post_message(self.Left())

    def _start(self, values: dict[str, Any]) -> None:
        if self.work():
            ticket = str(values.pop(TICKET))
            who, what = self.person.id, self.procedure.id
            self.clerk.ask(self, partial(self._work, who, what, ticket, values), self._answered)

    def _work(self, who: str, what: str, ticket: str, case: dict[str, Any]) -> Opened | Performed:
        answer: Session | Performed = self.desk.start(who, what, ticket, case, self.language)
        return answer if isinstance(answer, Performed) else opened(self.desk, answer)

    def _answered(self, answer: Opened | Performed) -> None:
        self.free()
        if isinstance(answer, Opened):
            self.post_message(self.Started(answer))
        else:
            t = self.ui.t
            self.notice([Para(t(answer.message), "bad", t.lead(t._("REFUSED")))])
