"""Wrapped text, line by line: the one widget through which sentences reach the screen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from sop_runner.base.textsafe import cell_width, visible, wrap


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph: data, never markup. `lead` stands before its first line, the rest hangs under it."""

    text: str
    style: str = ""
    lead: str = ""
    indent: int = 0


class Paper(Widget):
    """Paragraphs, made harmless and wrapped by cells.

    Lines are wrapped here and drawn as they are, so no markup of anybody is ever looked for.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"paper--{name}"
        for name in ("title", "caution", "do", "say", "ask", "dim", "good", "bad", "warn", "key", "label")
    }

    def __init__(self, *paras: Para, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._paras = paras
        self._wrapped: tuple[int, list[tuple[str, str]]] = (-1, [])
        self.display = bool(paras)

    @property
    def text(self) -> str:
        """Everything on it, unwrapped; for tests and for the clipboard."""
        return "\n".join(para.lead + para.text for para in self._paras)

    def show(self, paras: Iterable[Para]) -> None:
        """Put other paragraphs on it; lays out anew only where the number of lines changes."""
        new = tuple(paras)
        if new == self._paras:
            return
        width = self._wrapped[0]
        before = len(self._wrapped[1])
        self._paras = new
        self.display = bool(new)
        self._wrapped = (-1, [])
        if width > 0:
            self.refresh(layout=len(self.lines(width)) != before)
        else:
            self.refresh(layout=True)

    def lines(self, width: int) -> list[tuple[str, str]]:
        """The lines at `width` cells, each with the name of its style."""
        if self._wrapped[0] != width:
            self._wrapped = (width, [line for para in self._paras for line in _lines(para, width)])
        return self._wrapped[1]

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return max((cell_width(text) for text, _ in self.lines(container.width)), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width)) if width > 0 else 0

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        lines = self.lines(width) if width else []
        style = self.rich_style
        if y >= len(lines):
            return Strip.blank(width, style)
        text, name = lines[y]
        if name:
            style += self.get_component_rich_style(f"paper--{name}", partial=True)
        return Strip([Segment(text, style)]).adjust_cell_length(width, self.rich_style)


def _lines(para: Para, width: int) -> Iterable[tuple[str, str]]:
    lead, text = visible(para.lead, lines=False), visible(para.text).rstrip("\n")
    if cell_width(lead) > width // 2:
        lead, text = "", lead + text  # too long to hang anything under it
    first = " " * para.indent + lead
    margin = " " * cell_width(first)
    for number, line in enumerate(wrap(text, width - len(margin))):
        yield (margin if number else first) + line, para.style
