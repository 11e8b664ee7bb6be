"""A checklist: items answered one by one, then completed as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from textual.app import ComposeResult

from sop_runner.run.actions import Answer
from sop_runner.run.views import Choice, ItemView, Prompt

from ..drawing.words import answer_said, prompt_word
from ..messages import Act
from ..ui import Ui
from ..widgets.row_list import Row, RowList
from .pane import FormPane

SAID_BY, WHY_NOT = "said-by", "why-not"
NOT_APPLICABLE = "·"  # no answer of an author is named so: their names are kebab-case


class ChecklistPane(FormPane):
    """The list above, the question of one item below; the arrows on the list choose another one."""

    def __init__(self, ui: Ui, item: ItemView) -> None:
        self.current = _first_open(item)
        super().__init__(ui, item)
        self.list = RowList(ui, self._rows(), cursor=self.current, wrapped=True, classes="checklist")

    def compose(self) -> ComposeResult:
        yield self.list
        yield self.form
        yield self.others

    @property
    def enter_word(self) -> str:
        return self.ui.t._("record the answer") if self.current else self.ui.t._("section complete")

    def questions(self, values: Mapping[str, Any]) -> Sequence[Prompt]:
        prompt = next((p for p in self.item.prompts if p.id == self.current), None)
        if prompt is None:
            return ()
        t = self.ui.t
        asked = [replace(prompt, state="open", required=True)]
        if prompt.may_not_apply and prompt.choices:
            choices = (*prompt.choices, Choice(NOT_APPLICABLE, t._("not applicable")))
            asked = [replace(asked[0], choices=choices)]
            if values.get(prompt.id) == NOT_APPLICABLE:
                return [*asked, Prompt(WHY_NOT, "text", t._("Why it does not apply"))]
        elif prompt.may_not_apply:
            why = Prompt(WHY_NOT, "text", t._("Or: why it does not apply"), required=False)
            if WHY_NOT in values:
                asked = [replace(asked[0], required=False), why]
            elif prompt.id not in values:
                asked.append(why)
        if prompt.said_by:
            asked.append(Prompt(SAID_BY, "text", t._("Said by ({role}), name", role=prompt.said_by)))
        return asked

    def send(self, values: dict[str, Any]) -> None:
        if not self.current:
            self.post_message(Act(Answer(self.item.node, "done")))
            return
        answer = values.get(self.current)
        if WHY_NOT in values and answer in (None, NOT_APPLICABLE):
            answer = {"not_applicable": values[WHY_NOT]}
        elif SAID_BY in values:
            answer = {"answer": answer, "said_by": values[SAID_BY]}
        self.post_message(Act(Answer(self.item.node, "", {self.current: answer})))

    def show(self, item: ItemView) -> None:
        was = next((p.state for p in self.item.prompts if p.id == self.current), "")
        now = next((p.state for p in item.prompts if p.id == self.current), "")
        self.item = item
        if not self.current or was != now:
            self.current = _first_open(item)
        super().show(item)
        self.list.show(self._rows(), cursor=self.current)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        event.stop()
        self.current = event.row
        self.form.ask(self.questions)

    def _rows(self) -> list[Row]:
        asked = [prompt for prompt in self.item.prompts if prompt.state != "not-asked"]
        return [
            Row(
                prompt.id,
                prompt.label or prompt.id,
                self.ui.glyphs.prompt.get(prompt.state, " "),
                answer_said(self.ui, prompt) or prompt_word(self.ui, prompt.state),
                {"open": "", "wrong": "bad"}.get(prompt.state, "good"),
            )
            for prompt in asked
        ]


def _first_open(item: ItemView) -> str:
    return next((prompt.id for prompt in item.prompts if prompt.state == "open"), "")
