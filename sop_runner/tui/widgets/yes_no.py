"""Yes or no on one line, chosen with 1 and 2 or the arrows; neither to begin with."""

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sop_runner.base.textsafe import cell_width

from ..ui import Ui
from .own_keys import OwnKeys


class YesNo(OwnKeys, Widget, can_focus=True):
    """`chosen` is `yes`, `no` or empty."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"yes-no--chosen", "yes-no--focus"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "choose('yes')", show=False),
        Binding("right,down", "choose('no')", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """One of the two was chosen."""

        field: "YesNo"

    def __init__(self, ui: Ui, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ui = ui
        self.chosen = ""

    def choose_digit(self, digit: int) -> bool:
        """1 is yes, 2 is no; False for any other."""
        if digit not in (1, 2):
            return False
        self.action_choose("yes" if digit == 1 else "no")
        return True

    def action_choose(self, answer: str) -> None:
        """Choose `answer`."""
        self.chosen = answer
        self.refresh()
        self.post_message(self.Highlighted(self))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def on_click(self, event: events.Click) -> None:
        yes = self._parts()[0][1]
        self.action_choose("yes" if event.x < cell_width(yes) + 2 else "no")

    def render_line(self, y: int) -> Strip:
        segments = []
        for answer, text in self._parts():
            style = self.rich_style
            if answer == self.chosen:
                style += self.get_component_rich_style("yes-no--chosen", partial=True)
            segments.append(Segment(text, style))
            segments.append(Segment("  ", self.rich_style))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _parts(self) -> list[tuple[str, str]]:
        mark = self.ui.glyphs.cursor
        yes = f"{mark if self.chosen == 'yes' else ' '} 1 {self.ui.t._('yes')}"
        no = f"{mark if self.chosen == 'no' else ' '} 2 {self.ui.t._('no')}"
        return [("yes", yes), ("no", no)]
