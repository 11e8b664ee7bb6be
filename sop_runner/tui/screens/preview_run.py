"""The run screen of an author who walks a procedure in memory."""

from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from sop_runner.desk.preview import PreviewSession

from ..clerk import Clerk
from ..drawing.help import help_paras
from ..ui import Ui
from ..widgets.paper import Para
from .base import screen_key
from .dialogs import TextDialog
from .run import RunScreen
from .run_work import Opened, Outcome


class PreviewRunScreen(RunScreen):
    """The agent's own screen; F8 answers the item at hand with samples, Esc goes back to the preview."""

    BINDINGS: ClassVar[list[BindingType]] = [screen_key("f8", "sample")]

    def __init__(self, ui: Ui, clerk: Clerk, session: PreviewSession) -> None:
        super().__init__(ui, clerk, Opened(session, session.view(), session.people()))
        self._preview = session

    @property
    def mark(self) -> str:
        return "PREVIEW"

    @property
    def leave_word(self) -> str:
        return "back to the preview"

    def standing(self) -> list[Para]:
        return [Para("PREVIEW: in memory alone, nothing is recorded", "warn")]

    @property
    def own_keys(self) -> list[tuple[str, str]]:
        return [("F8", "sample answer"), ("Esc", "back")]

    def action_sample(self) -> None:
        """Answer the item at hand with samples."""
        if self.view.item is not None:
            self._ask(partial(_sampled, self._preview))

    def action_help(self) -> None:
        """Say what is other here than at a desk, then what agents are told."""
        keys = (
            ("F8", "answers the item at hand with a sample"),
            ("Esc", "lets go of a field; then leaves the walk, of which nothing is kept"),
            ("Ctrl+Q", "ends the preview; no run is held, for there is none"),
        )
        own = [Para("In a preview", "title"), *(Para(text, "", f"{key:<10}", 1) for key, text in keys)]
        agents = help_paras(self.ui, self.view)
        self.app.push_screen(TextDialog(self.ui, "Help", [*own, Para(""), *agents]))

    def action_back(self) -> None:
        if self.focused is not None:
            self.set_focus(None)
        else:
            self.post_message(self.Left())


def _sampled(session: PreviewSession) -> Outcome:
    return Outcome(session.sample(), session.view())
