"""What a reviewer's screens share: the verdict that always stands on them, and the desk they read."""

from ..clerk import Clerk
from ..drawing.reviewing import verdict_paras, verdict_text
from ..ui import Ui
from ..verifying import Verifying
from ..widgets.paper import Paper
from .base import SopScreen
from .dialogs import TextDialog


class ReviewScreen(SopScreen):
    """A screen with the verdict at its foot."""

    def __init__(self, ui: Ui, clerk: Clerk, verifying: Verifying) -> None:
        super().__init__(ui, clerk)
        self.verifying = verifying
        self.verdict = Paper(id="verdict")

    def on_screen_resume(self) -> None:
        self.show_verdict()

    def show_verdict(self) -> None:
        """Draw the verdict as it stands."""
        now = self.verifying
        self.verdict.show(verdict_paras(self.ui, now.standing, now.size, now.said_at))

    def action_verdict(self) -> None:
        """Show the verdict with every finding; Enter verifies again."""
        dialog = TextDialog(self.ui, "Verdict", verdict_text(self.verifying.standing), accept="verify again")
        self.app.push_screen(dialog, lambda again: self.verifying.begin() if again else None)
