"""A form: questions one under the other, Enter goes from one to the next and then says it is complete."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message

from sop_runner.run.views import Prompt

from ..ui import Ui
from .field import Field

Questions = Sequence[Prompt] | Callable[[Mapping[str, Any]], Sequence[Prompt]]
"""The questions, or a function from the answers so far to the questions that then are asked."""


class Form(VerticalScroll, can_focus=False):
    """Holds fields and their answers; what an answer means is for whoever asked."""

    @dataclass
    class Changed(Message):
        """An answer changed."""

        form: "Form"
        prompt: str

    def __init__(
        self,
        ui: Ui,
        questions: Questions,
        *,
        drafts: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.ui = ui
        self._questions = questions
        self._drafts = dict(drafts or {})
        self.fields: dict[str, Field] = {}
        while new := [prompt for prompt in self._asked() if prompt.id not in self.fields]:
            for prompt in new:  # a draft may have answered what decides over further questions
                self._make(prompt)
        self.fields = {prompt.id: self.fields[prompt.id] for prompt in self._asked()}

    def compose(self) -> ComposeResult:
        yield from self.fields.values()

    @property
    def values(self) -> dict[str, Any]:
        """The answers that there are, by the ids of their prompts."""
        return {name: field.value for name, field in self.fields.items() if field.value is not None}

    @property
    def drafts(self) -> dict[str, Any]:
        """What stands in the fields now, without secrets, to open the form with again."""
        return {name: draft for name, field in self.fields.items() if (draft := field.draft) is not None}

    @property
    def focused(self) -> Field | None:
        """The question that has the cursor."""
        cursor = self.screen.focused
        if cursor is None:
            return None
        around = set(cursor.ancestors_with_self)
        return next((field for field in self.fields.values() if field in around), None)

    def ask(self, questions: Questions) -> None:
        """Ask other questions; those that stay keep what was typed."""
        self._questions = questions
        self._sync()

    def enter(self) -> bool:
        """Go to the next empty question; True when the form is complete and Enter means all of it."""
        here = self.focused
        if here is not None and here.enter():
            return False
        names = list(self.fields)
        at = names.index(here.prompt.id) if here is not None else -1
        later = [self.fields[name] for name in names[at + 1 :]]
        wanted = next((f for f in later if f.is_missing or (f.value is None and here is not None)), None)
        if here is not None and here.is_missing:
            here.demand()
            wanted = here
        wanted = wanted or next((f for f in self.fields.values() if f.is_missing), None)
        if wanted is None:
            return True
        wanted.take_focus()
        if here is None:
            wanted.enter()  # the cursor is shown in a list of rows before it is there
        return False

    def digit(self, digit: int) -> bool:
        """Choose by digit in the focused question, else in the first one that is not answered.

        A list of rows has nothing to choose: from there it is the first one as well.
        """
        field = self.focused
        if field is None or field.is_rows:
            field = self._first_empty()
        if field is not None and field.digit(digit):
            field.take_focus()
            return True
        return False

    def type(self, character: str) -> bool:
        """Type where the cursor is, else in the first question that is not answered, if text goes there.

        From an answered choice the text goes on to that question: who chose by a digit types the next answer.
        """
        field = self.focused
        if field is None or not (field.types_text or field.value is None):
            field = self._first_empty()
        if field is None or not field.types_text:
            return False
        field.take_focus()
        field.type(character)
        return True

    def point_at(self, names: Iterable[str]) -> None:
        """Put the cursor into the first of these fields."""
        field = next((self.fields[name] for name in names if name in self.fields), None)
        if field is not None:
            field.take_focus()

    def clear_secrets(self) -> None:
        """Forget every masked answer."""
        for field in self.fields.values():
            if field.prompt.secret:
                field.clear()

    def on_field_changed(self, event: Field.Changed) -> None:
        event.stop()
        if callable(self._questions):
            self._sync()
        self.post_message(self.Changed(self, event.field.prompt.id))

    def _first_empty(self) -> Field | None:
        return next((field for field in self.fields.values() if field.value is None), None)

    def _asked(self) -> Sequence[Prompt]:
        asked = self._questions(self.values) if callable(self._questions) else self._questions
        return [prompt for prompt in asked if prompt.state != "not-asked"]

    def _make(self, prompt: Prompt) -> Field:
        field = Field(self.ui, prompt, self._drafts.get(prompt.id))
        self.fields[prompt.id] = field
        return field

    def _sync(self) -> None:
        if not self.is_mounted:
            return
        asked = self._asked()
        kept = {prompt.id for prompt in asked}
        for name in [name for name in self.fields if name not in kept]:
            gone = self.fields.pop(name)
            if (draft := gone.draft) is not None:
                self._drafts[name] = draft
            self._drop(gone)
        before: Field | None = None
        for prompt in asked:
            field = self.fields.get(prompt.id)
            if field is not None and (field.prompt.kind, field.prompt.secret) == (prompt.kind, prompt.secret):
                field.update_prompt(prompt)
            else:
                if field is not None:
                    self._drop(field)
                field = self._make(prompt)
                self._place(field, before)
            before = field
        self.fields = {prompt.id: self.fields[prompt.id] for prompt in asked}

    def _drop(self, field: Field) -> None:
        cursor = self.screen.focused
        if cursor is not None and field in cursor.ancestors_with_self:
            self.screen.set_focus(None)  # else the cursor would stay in what is gone
        field.remove()

    def _place(self, field: Field, after: Field | None) -> None:
        if after is not None:
            self.mount(field, after=after)
        else:
            self.mount(field, before=0 if self.children else None)
