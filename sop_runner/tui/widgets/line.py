"""One line made of spans: the heading of the screen and the line of keys."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sop_runner.base.textsafe import cell_width, clip, visible

from ..ui import Ui

Span = tuple[str, str]
WORDS = 32  # cells that what a key does may take


class HeadLine(Widget):
    """Text at the left, cut where it must be, and marks at the right that are never cut."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--mark", "line--dim"}

    def __init__(self, ui: Ui, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ui = ui
        self._left: str = ""
        self._right: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """Everything on it."""
        return "  ".join([self._left, *(text for text, _ in self._right)])

    def show(self, left: str, right: Sequence[Span]) -> None:
        """Say something else."""
        new = visible(left, lines=False), tuple((visible(t, lines=False), s) for t, s in right if t)
        if new != (self._left, self._right):
            self._left, self._right = new
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def render_line(self, y: int) -> Strip:
        base, width, cut = self.rich_style, self.size.width, self.ui.glyphs.cut
        marks: list[Segment] = []
        used = 1
        for text, style in self._right:
            room = width // 3 if style != "mark" else width
            text = "  " + clip(text, room, cut)
            used += cell_width(text)
            look = self.get_component_rich_style(f"line--{style}", partial=True) if style else None
            marks.append(Segment(text, base + look if look else base))
        left = clip(" " + self._left, max(width - used, 0), cut)
        gap = " " * max(width - used - cell_width(left), 0)
        return Strip([Segment(left + gap, base), *marks]).adjust_cell_length(width, base)


class KeyLine(Widget):
    """The keys that do something now. Those that do not fit are left out from the end; F6 has them all."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--key"}

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The keys and their words, whether they fit or not."""
        return "  ".join(f"{key} {word}" for key, word in self._keys)

    def show(self, keys: Sequence[Span]) -> None:
        """Show other keys, in order of importance."""
        new = tuple((key, clip(visible(word, lines=False), WORDS, "~")) for key, word in keys)
        if new != self._keys:
            self._keys = new
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def on_click(self, event: events.Click) -> None:
        at = 0
        for key, word in self._fitting():
            end = at + cell_width(f" {key} {word} ")
            if at <= event.x < end:
                self.post_message(self.Pressed(key))
            at = end

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        look = base + self.get_component_rich_style("line--key", partial=True)
        segments = []
        for key, word in self._fitting():
            segments += [Segment(f" {key}", look), Segment(f" {word} ", base)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _fitting(self) -> list[Span]:
        room, fitting = self.size.width, []
        for key, word in self._keys:
            room -= cell_width(f" {key} {word} ")
            if room < 0:
                break
            fitting.append((key, word))
        return fitting
