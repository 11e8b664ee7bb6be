"""A written record, and a value typed again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sop_runner.run.actions import Answer
from sop_runner.run.views import ItemView, Prompt

from ..messages import Act
from ..ui import Ui
from .pane import FormPane

Questions = Callable[[Mapping[str, Any]], Sequence[Prompt]]


class RecordPane(FormPane):
    """Fields are typed one by one and recorded as a whole; `asked` says which ones, given those before.

    `drafts` stood in them when the run was put on hold here, or was taken further.
    """

    def __init__(
        self, ui: Ui, item: ItemView, asked: Questions, drafts: Mapping[str, Any] | None = None
    ) -> None:
        self._asked = asked
        super().__init__(ui, item, drafts)

    def drafts(self, *, recorded: bool) -> dict[str, Any]:
        """What stands in the fields: of what is `recorded` by now only what the log holds in clear."""
        plain = {name for name, field in self.form.fields.items() if field.prompt.keep == "plain"}
        return {name: draft for name, draft in self.form.drafts.items() if name in plain or not recorded}

    def questions(self, values: Mapping[str, Any]) -> Sequence[Prompt]:
        prompts = self.item.prompts
        if any(prompt.conditional or prompt.state == "not-asked" for prompt in prompts):
            # The desk has judged the conditions: what it asks is asked for good.
            return [replace(prompt, conditional=False) for prompt in self._asked(values)]
        return prompts

    def send(self, values: dict[str, Any]) -> None:
        self.post_message(Act(Answer(self.item.node, "done", values)))


class ReadBackPane(FormPane):
    """A value is typed again; no key alone can pass it."""

    def send(self, values: dict[str, Any]) -> None:
        self.post_message(Act(Answer(self.item.node, "done", values)))

    @property
    def enter_word(self) -> str:
        return self.ui.t._("compare")
