"""A written record, and a value typed again."""

from typing import Any

from sop_runner.run.actions import Answer

from ..messages import Act
from .pane import FormPane


class RecordPane(FormPane):
    """Fields are typed one by one and recorded as a whole."""

    def send(self, values: dict[str, Any]) -> None:
        self.post_message(Act(Answer(self.item.node, "done", values)))


class ReadBackPane(RecordPane):
    """A value is typed again; no key alone can pass it."""

    @property
    def enter_word(self) -> str:
        return self.ui.t._("compare")
