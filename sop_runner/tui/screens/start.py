"""The form before a run: the ticket, and the facts of the case that the procedure asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message as Event

from sop_runner.desk.port import DeskPort, Performed, PersonInfo, ProcedureInfo, Session
from sop_runner.run.naming import fields_in, labelled
from sop_runner.run.views import Prompt

from ..clerk import Clerk
from ..ui import Ui
from ..widgets.form import Form
from ..widgets.paper import Paper, Para
from .base import SopScreen, screen_key
from .run_work import Opened, opened

TICKET = "ticket number"  # with a space, which no field of a procedure has


class StartScreen(SopScreen):
    """Starts one procedure. A refusal is told in words and what was typed stays."""

    BINDINGS = [screen_key("escape", "back")]  # noqa: RUF012 - Textual declares it so

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
        self._given = frozenset(known)
        self._read: tuple[str, Mapping[str, Any]] | None = None  # a ticket, and what it says of the case
        self.form = Form(ui, self._questions, drafts=known)

    def compose(self) -> ComposeResult:
        yield self.head
        with VerticalScroll(id="purpose", can_focus=False):
            yield Paper(*self._purpose())
        yield self.form
        yield self.status
        yield self.keys

    def _purpose(self) -> list[Para]:
        paras = [Para(self.procedure.title, "title"), Para(self.procedure.purpose, "dim")]
        if self.procedure.review_due:
            paras.append(Para(self.ui.t._("The review of this procedure is overdue."), "warn"))
        return paras

    def on_mount(self) -> None:
        t, procedure = self.ui.t, self.procedure
        name = f"{procedure.number or procedure.id} r{procedure.revision}"
        marks = [(name, "dim"), (self.person.id, ""), (t._("TRAINING") if self.desk.training else "", "mark")]
        self.head.show(t._("Start: {title}", title=procedure.title), marks)
        self.keys.show([("Enter", t._("next, start")), ("Tab", t._("next")), ("Esc", t._("back"))])
        if self.form.enter():
            self._look_up(self._start_complete)

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            if self.busy:
                self.ui.turn.end()
            elif self._ticket and (self._read is None or self._read[0] != self._ticket):
                self._look_up(self._next)
            else:
                self._next()
        elif event.character and event.character.isdecimal() and self.form.digit(int(event.character)):
            event.stop()
            self.ui.turn.end()

    def action_back(self) -> None:
        """Leave without starting."""
        self.post_message(self.Left())

    @property
    def _ticket(self) -> str:
        return str(self.form.values.get(TICKET, ""))

    def _questions(self, values: Mapping[str, Any]) -> list[Prompt]:
        """The ticket, and of the case what it does not say; before it is known any of it can be typed."""
        case = self.procedure.case
        if self._read is None:
            or_else = self.ui.t._("left empty: as the ticket has it")
            case = tuple(replace(prompt, required=False, help=prompt.help or or_else) for prompt in case)
        else:
            said = self._read[1].keys() - self._given
            case = tuple(replace(p, state="not-asked") if p.id in said else p for p in case)
        return [Prompt(TICKET, "text", self.ui.t._("Ticket")), *case]

    def _look_up(self, then: Callable[[], None]) -> None:
        if self.work():
            ticket = self._ticket

            def read(said: Mapping[str, Any]) -> None:
                self.free()
                self._read = ticket, said
                self.form.ask(self._questions)
                then()

            self.clerk.ask(self, partial(self.desk.ticket_facts, self.procedure.id, ticket), read)

    def failed(self, paras: list[Para]) -> None:
        super().failed(paras)
        self.ui.turn.end()

    def _next(self) -> None:
        if self.form.enter():
            self._start(self.form.values)
        self.ui.turn.end()

    def _start_complete(self) -> None:
        """Start where nothing is left to ask, as on a command line that says it all."""
        if self.form.values.keys() == self.form.fields.keys():
            self._start(self.form.values)

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
            said = labelled(answer.message, self.procedure.case)
            self.notice([Para(t(said), "bad", t.lead(t._("REFUSED")))])
            self.form.point_at(fields_in(answer.message))
