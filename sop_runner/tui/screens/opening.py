"""The first frame, painted before anything heavy is loaded."""

from typing import ClassVar

from textual.app import ComposeResult

from ..clerk import Clerk
from ..ui import Ui
from ..widgets.paper import Paper, Para
from .base import SopScreen


class OpeningScreen(SopScreen):
    """Says that the desk is being opened, or why it could not be."""

    CSS_PATH: ClassVar[str | None] = None  # the styles of the other screens are read while this one stands

    def __init__(self, ui: Ui, clerk: Clerk) -> None:
        super().__init__(ui, clerk)
        self.said = Paper(Para(ui.t._("Opening the desk…")), id="said")

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.said
        yield self.keys

    def on_mount(self) -> None:
        self.head.show(self.ui.t._("SOP runner"), [])
        self.keys.show([("Ctrl+Q", self.ui.t._("quit"))])

    def failed(self, paras: list[Para]) -> None:
        self.said.show(paras)
