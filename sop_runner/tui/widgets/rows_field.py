"""A list of rows: each is typed in a dialog of its own, shown as one line, and can be taken out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from sop_runner.run.views import Prompt

from ..drawing.words import choice_said
from ..ui import Ui
from .own_keys import OwnKeys
from .row_list import Row, RowList

_ADD = "+"


class RowsField(OwnKeys, Vertical):
    """Rows of `prompt.columns`. Enter adds or edits, Delete takes out."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete", "remove", show=False)]

    @dataclass
    class Changed(Message):
        """A row was added, edited or taken out."""

    def __init__(self, ui: Ui, prompt: Prompt) -> None:
        super().__init__()
        self.ui, self.prompt = ui, prompt
        self._values: tuple[Mapping[str, Any], ...] = ()
        self.list = RowList(ui, self._rows(), cursor=_ADD, classes="choices")

    @property
    def values(self) -> tuple[Mapping[str, Any], ...]:
        """The rows as typed, each by column."""
        return self._values

    @values.setter
    def values(self, values: tuple[Mapping[str, Any], ...]) -> None:
        self._values = values
        self.list.show(self._rows())

    def compose(self) -> ComposeResult:
        yield self.list

    def enter(self) -> bool:
        """Open the dialog of the row under the cursor, or of a new one."""
        from ..screens.dialogs import FormDialog  # a form holds fields, and a field may hold rows

        chosen = self.list.chosen
        drafts = dict(self._values[int(chosen)]) if chosen.isdigit() else {}
        columns = tuple(replace(column, state="open") for column in self.prompt.columns)
        dialog = FormDialog(self.ui, self.prompt.label or self.prompt.id, columns, drafts=drafts)
        self.app.push_screen(dialog, lambda row: self._put(chosen, row))
        return True

    def action_remove(self) -> None:
        """Take out the row under the cursor."""
        if (chosen := self.list.chosen).isdigit():
            at = int(chosen)
            self.values = (*self._values[:at], *self._values[at + 1 :])
            self.post_message(self.Changed())

    def _put(self, chosen: str, row: Mapping[str, Any] | None) -> None:
        if row is None:
            return
        if chosen.isdigit():
            at = int(chosen)
            self.values = (*self._values[:at], row, *self._values[at + 1 :])
        else:
            self.values = (*self._values, row)
        self.list.choose(_ADD)
        self.post_message(self.Changed())

    def _rows(self) -> list[Row]:
        dot = f" {self.ui.glyphs.dot} "
        rows = [
            Row(str(at), dot.join(self._cell(column, row.get(column.id)) for column in self.prompt.columns))
            for at, row in enumerate(self._values)
        ]
        return [*rows, Row(_ADD, self.ui.t._("add a row (Enter); Delete takes one out"), lead="+")]

    def _cell(self, column: Prompt, value: Any) -> str:
        if isinstance(value, bool):
            return self.ui.t._("yes") if value else self.ui.t._("no")
        labels = {choice.id: choice_said(self.ui, choice) for choice in column.choices}
        return labels.get(value, str(value)) if value is not None else "-"
