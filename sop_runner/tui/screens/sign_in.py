"""Who is at this terminal: a person of the desk and their passphrase."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message as Event

from sop_runner.base.message import Message
from sop_runner.desk.port import DeskPort, PersonInfo
from sop_runner.run.views import Choice, Prompt

from ..clerk import Clerk
from ..drawing.words import person_said
from ..ui import Ui
from ..widgets.form import Form
from ..widgets.paper import Paper, Para
from .base import SopScreen

WHO, PASSPHRASE = "who", "passphrase"


class SignInScreen(SopScreen):
    """Nobody acts unverified; a wrong passphrase is told in words and costs nothing else."""

    @dataclass
    class SignedIn(Event):
        """A person proved who they are."""

        person: PersonInfo

    def __init__(
        self,
        ui: Ui,
        clerk: Clerk,
        desk: DeskPort,
        people: tuple[PersonInfo, ...],
        hint: tuple[str, ...],
        person: str = "",
    ) -> None:
        super().__init__(ui, clerk)
        self.desk, self.hint = desk, hint
        t = ui.t
        choices = tuple(Choice(p.id, person_said(ui, p)) for p in people)
        questions = [
            Prompt(WHO, "choice", t._("Who are you?"), choices=choices),
            Prompt(PASSPHRASE, "text", t._("Passphrase"), secret=True),
        ]
        self.form = Form(ui, questions, drafts={WHO: person} if person else None)

    def compose(self) -> ComposeResult:
        yield self.head
        if self.hint:
            with VerticalScroll(id="hint", can_focus=False):
                yield Paper(*(Para(line, "dim") for line in self.hint))
        yield self.form
        yield self.status
        yield self.keys

    def on_mount(self) -> None:
        t = self.ui.t
        training = [(t._("TRAINING"), "mark")] if self.desk.training else []
        self.head.show(t._("Sign in at {desk}", desk=self.desk.name), training)
        self.keys.show([("Enter", t._("sign in")), ("1-9", t._("choose")), ("Ctrl+Q", t._("quit"))])
        self.form.enter()

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            if not self.busy and self.form.enter():
                self._sign_in(self.form.values)
            self.ui.turn.end()

    def type_ahead(self, event: events.Key) -> bool:
        """Take what is typed while the people have the cursor: a digit chooses, text goes on to the passphrase.

        Called before the key is queued for a widget, so that what is typed fast keeps its order.
        """
        here = self.form.focused
        if (here is not None and here.types_text) or not event.is_printable or event.character in (None, " "):
            return False
        if self.busy:
            return True
        character = event.character or ""
        digit = character.isdecimal() and self.form.digit(int(character))
        return digit or self.form.type(character)

    def failed(self, paras: list[Para]) -> None:
        super().failed(paras)
        self.form.clear_secrets()

    def _sign_in(self, values: dict[str, Any]) -> None:
        if self.work():
            work = partial(self.desk.sign_in, values[WHO], values[PASSPHRASE])
            self.clerk.ask(self, work, self._answered)

    def _answered(self, answer: PersonInfo | Message) -> None:
        self.free()
        self.form.clear_secrets()
        if isinstance(answer, PersonInfo):
            self.post_message(self.SignedIn(answer))
        else:
            self.say(self.ui.t(answer), "bad")
