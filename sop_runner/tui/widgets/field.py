"""One question of a form: label, the place to answer it by its kind, help. Decides nothing."""

from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, TextArea

from sop_runner.run.views import Prompt

from ..drawing.words import choice_said
from ..ui import Ui
from .inputs import ExtractInput, LineInput, LinesInput
from .paper import Paper, Para
from .row_list import Row, RowList
from .rows_field import RowsField
from .yes_no import YesNo

_YES_NO = ("yes-no", "check")
_CHOICES = ("choice", "item")


class Field(Vertical):
    """A Prompt on the screen."""

    @dataclass
    class Changed(Message):
        """Something was typed or chosen in it."""

        field: "Field"

    def __init__(self, ui: Ui, prompt: Prompt, draft: Any = None) -> None:
        super().__init__()
        self.ui, self.prompt = ui, prompt
        self.label = Paper(*self._label())
        self.help = Paper(*self._help(), classes="help")
        self.control = self._control()
        self._put(draft if draft is not None else self._known())

    def compose(self) -> ComposeResult:
        yield self.label
        yield self.control
        yield self.help

    @property
    def draft(self) -> Any:
        """What stands in it, to be put back with `draft=`; secrets never leave this way."""
        control = self.control
        if isinstance(control, LineInput):
            return None if control.password else control.value
        if isinstance(control, LinesInput):
            return control.text
        if isinstance(control, RowsField):
            return control.values
        return control.chosen if isinstance(control, (RowList, YesNo)) else None

    @property
    def value(self) -> Any:
        """The answer: text as typed, a choice's id, true or false, rows; None where there is none."""
        control = self.control
        if isinstance(control, YesNo):
            return {"yes": True, "no": False}.get(control.chosen)
        if isinstance(control, RowList):
            return control.chosen or None
        if isinstance(control, RowsField):
            return list(control.values) or None
        if isinstance(control, LinesInput):
            return control.text if control.text.strip() else None
        if isinstance(control, ExtractInput) and control.pasted:
            return {"text": control.pasted}
        return control.value if isinstance(control, LineInput) and control.value.strip() else None

    @property
    def is_missing(self) -> bool:
        """Whether an answer must still be given."""
        return self.value is None and self.prompt.required and not self.prompt.conditional

    @property
    def types_text(self) -> bool:
        """Whether characters typed at it go in as they are."""
        return isinstance(self.control, (LineInput, LinesInput))

    def update_prompt(self, prompt: Prompt) -> None:
        """Show another state of the same prompt; what was typed stays."""
        if prompt != self.prompt:
            self.prompt = prompt
            self.label.show(self._label())
            self.help.show(self._help())
            if isinstance(self.control, RowList):
                self.control.show(self._choices())

    def clear(self) -> None:
        """Forget what was typed; secrets are cleared as soon as they were used."""
        if isinstance(self.control, LineInput):
            self.control.value = ""

    def type(self, character: str) -> None:
        """Take one character typed while nothing had the focus."""
        if isinstance(self.control, LineInput):
            self.control.insert_text_at_cursor(character)
        elif isinstance(self.control, LinesInput):
            self.control.insert(character)

    def digit(self, digit: int) -> bool:
        """Choose by digit; False where this is no choice or has no such digit."""
        return isinstance(self.control, (RowList, YesNo)) and self.control.choose_digit(digit)

    @property
    def is_choice(self) -> bool:
        """Whether it is answered by choosing."""
        return isinstance(self.control, (RowList, YesNo))

    @property
    def is_rows(self) -> bool:
        """Whether it is answered by rows, each typed in a dialog of its own."""
        return isinstance(self.control, RowsField)

    def demand(self) -> None:
        """Say that it has to be answered, until it is."""
        self.help.show([Para(self.ui.t._("This needs an answer."), "bad"), *self._help()])

    def enter(self) -> bool:
        """What Enter does inside it; False where Enter means the form."""
        return isinstance(self.control, RowsField) and self.control.enter()

    def take_focus(self) -> None:
        """Put the cursor here and bring the whole question into view."""
        target = self.control.list if isinstance(self.control, RowsField) else self.control
        self.screen.set_focus(target, scroll_visible=False)  # at once, so that the next key goes there
        self.scroll_visible(animate=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._changed(event)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self._changed(event)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        self._changed(event)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()

    def on_yes_no_highlighted(self, event: YesNo.Highlighted) -> None:
        self._changed(event)

    def on_rows_field_changed(self, event: RowsField.Changed) -> None:
        self._changed(event)

    def _changed(self, event: Message) -> None:
        event.stop()
        self.help.show(self._help())
        self.post_message(self.Changed(self))

    def _control(self) -> Widget:
        prompt = self.prompt
        if prompt.kind in _YES_NO:
            return YesNo(self.ui)
        if prompt.kind in _CHOICES:
            return RowList(self.ui, self._choices(), numbered=True, wrapped=True, classes="choices")
        if prompt.kind == "list":
            return RowsField(self.ui, prompt)
        if prompt.kind == "lines":
            return LinesInput()
        if prompt.kind == "extract":
            return ExtractInput(self.ui)
        return LineInput(self.ui, secret=prompt.secret)

    def _known(self) -> Any:
        """An earlier answer that may be shown again, so that a correction does not mean typing all anew."""
        prompt = self.prompt
        if prompt.kind == "check":
            return {"right": "yes", "wrong": "no"}.get(prompt.state)
        if prompt.secret or prompt.keep != "plain" or prompt.state != "answered" or prompt.kind == "typed":
            return None
        return prompt.answer or None

    def _put(self, draft: Any) -> None:
        control = self.control
        if draft is None:
            return
        if isinstance(control, LineInput) and isinstance(draft, str):
            control.value = draft
            control.cursor_position = len(draft)
        elif isinstance(control, LinesInput) and isinstance(draft, str):
            control.load_text(draft)
        elif isinstance(control, RowList):
            by_label = {choice.label: choice.id for choice in self.prompt.choices}
            control.choose(by_label.get(draft, draft))
        elif isinstance(control, YesNo) and draft in ("yes", "no"):
            control.chosen = draft
        elif isinstance(control, RowsField) and isinstance(draft, (list, tuple)):
            control.values = tuple(draft)

    def _choices(self) -> list[Row]:
        return [Row(c.id, choice_said(self.ui, c)) for c in self.prompt.choices]

    def _label(self) -> list[Para]:
        prompt, t = self.prompt, self.ui.t
        text = prompt.label or prompt.id
        if prompt.kind == "extract":
            text = t._("Extract of the log: {source}", source=text)
        if prompt.currency:
            text = t.aside(text, prompt.currency)
        if prompt.conditional:
            text = t.aside(text, t._("leave empty where it does not apply"))
        elif not prompt.required:
            text = t.aside(text, t._("optional"))
        if prompt.by:
            text += f" [{t.listed(prompt.by)}]"
        return [Para(text, "label")]

    def _help(self) -> list[Para]:
        prompt = self.prompt
        said = [prompt.help] if prompt.help else []
        if (shape := _shape(self.ui, prompt.kind)) and not prompt.help:
            said.append(shape)
        return [Para(text, "dim") for text in said]


def _shape(ui: Ui, kind: str) -> str:
    """How an answer of this kind is written, for those that have a form of their own."""
    t = ui.t
    return {
        "date": t._("YYYY-MM-DD"),
        "time": t._("HH:MM"),
        "datetime": t._("YYYY-MM-DD HH:MM"),
        "duration": t._("for example 45s, 15m, 2h"),
        "extract": t._("the path of the file, or paste its text here"),
        "lines": t._("Enter begins a new line, Tab leaves"),
    }.get(kind, "")
