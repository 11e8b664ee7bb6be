"""Items answered by one of their ways: a statement, a decision by a person or by what was answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from sop_runner.run.actions import Answer
from sop_runner.run.views import Choice, ItemView, Prompt

from ..drawing.card import answering_ways
from ..messages import Act, Say
from ..ui import Ui
from .pane import FormPane

WAY, REASON = "way", "reason"


def way_question(ui: Ui, item: ItemView, label: str) -> Prompt:
    """The ways as one question, those that cannot be taken now saying why."""
    choices = []
    for way in answering_ways(item):
        title = ui.t.labelled(way.label, way.title) if way.title else ui.t(way.label)
        choices.append(Choice(way.choice, ui.t.aside(title, way.refused or "")))
    return Prompt(WAY, "choice", label, choices=tuple(choices))


def reason_question(ui: Ui, item: ItemView, chosen: Any) -> Prompt | None:
    """The reason, where the chosen way or the item wants one."""
    way = next((way for way in item.ways if way.choice == chosen), None)
    if way is None or not (way.needs_reason or item.reason_required):
        return None
    return Prompt(REASON, "text", ui.t._("Reason"))


class ChoicePane(FormPane):
    """One of the ways is chosen by digit and then taken with Enter."""

    @property
    def enter_word(self) -> str:
        return self.ui.t._("record the choice")

    def questions(self, values: Mapping[str, Any]) -> Sequence[Prompt]:
        asked = [*self.item.prompts, way_question(self.ui, self.item, self.ui.t._("What is the answer?"))]
        if (reason := reason_question(self.ui, self.item, values.get(WAY))) is not None:
            asked.append(reason)
        return asked

    def send(self, values: dict[str, Any]) -> None:
        choice, reason = str(values.pop(WAY)), str(values.pop(REASON, ""))
        self.post_message(Act(Answer(self.item.node, choice, values, reason)))

    def enter(self) -> None:
        if WAY not in self.form.values:
            self.post_message(Say(self.ui.t._("Choose one first, by its digit or the arrows.")))
            self.form.fields[WAY].take_focus()
        else:
            super().enter()
