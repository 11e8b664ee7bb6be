"""Reading another system's log against the record: statements one by one, and the extract."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sop_runner.run.actions import Action, Answer
from sop_runner.run.views import Prompt

from ..messages import Act, Review
from .pane import FormPane


class LogReviewPane(FormPane):
    """The extract is read when everything else is answered; its digest and lines are kept."""

    def questions(self, values: Mapping[str, Any]) -> Sequence[Prompt]:
        """An extract that is on record already is asked for no more, but may be replaced."""
        asked = []
        for prompt in self.item.prompts:
            if prompt.kind == "extract" and prompt.state == "answered":
                prompt = replace(prompt, required=False, help=prompt.answer)
            asked.append(prompt)
        return asked

    def send(self, values: dict[str, Any]) -> None:
        name = next((prompt.id for prompt in self.item.prompts if prompt.kind == "extract"), "extract")
        extract = values.pop(name, None)
        if extract is None:
            self.post_message(Act(Answer(self.item.node, "done", values)))
        else:
            self.post_message(Review(extract, partial(_answer, self.item.node, values, name)))


def _answer(node: str, values: Mapping[str, Any], name: str, extract: Mapping[str, Any]) -> Action:
    return Answer(node, "done", {**values, name: extract})
