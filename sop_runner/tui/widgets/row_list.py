"""A virtual list: draws the lines that are on the screen, however many rows there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sop_runner.base.textsafe import cell_width, clip, visible, wrap

from ..ui import Ui
from .own_keys import OwnKeys
from .rows import LazyRows
from .rows import Row as Row


class RowList(OwnKeys, ScrollView):
    """Rows with a cursor; `numbered` puts the digit before it that chooses it.

    Nothing is under the cursor until somebody puts it there, unless `cursor` says otherwise.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"rows--{name}"
        for name in ("cursor", "heading", "dim", "current", "good", "bad", "warn", "key", "off-cursor")
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row."""

        rows: "RowList"
        row: str

    @dataclass
    class Chosen(Message):
        """A row was clicked."""

        rows: "RowList"
        row: str

    def __init__(
        self,
        ui: Ui,
        rows: Sequence[Row] = (),
        *,
        numbered: bool = False,
        wrapped: bool = False,
        cursor: str = "",
        can_focus: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.can_focus = can_focus
        self.ui = ui
        self._numbered, self._wraps = numbered, wrapped
        self._rows: Sequence[Row] = _kept(rows)
        self._digits = self._number()
        self._laid: tuple[int, list[tuple[int, str]]] = (-1, [])
        self.cursor = self._find(cursor)

    @property
    def rows(self) -> Sequence[Row]:
        """What is in it, on the screen or not."""
        return self._rows

    @property
    def chosen(self) -> str:
        """The id of the row under the cursor; empty where there is none."""
        return self._rows[self.cursor].id if 0 <= self.cursor < len(self._rows) else ""

    def show(self, rows: Sequence[Row], *, cursor: str | None = None) -> None:
        """Put other rows in; the cursor stays on the same id where that is still there."""
        stays = self.chosen if cursor is None else cursor
        rows = _kept(rows)
        if rows != self._rows:
            resized = len(rows) != len(self._rows) or self._wraps
            self._rows = rows
            self._digits = self._number()
            self._laid = (-1, [])
            self.cursor = self._find(stays)
            self._measure()
            self.refresh(layout=resized)
        elif cursor is not None:
            self.cursor = self._find(stays)
            self.refresh()
        if self.cursor >= 0:
            self.call_after_refresh(self.reveal, self.cursor)

    def choose(self, row: str) -> None:
        """Put the cursor on `row`."""
        self._go(self._find(row))

    def choose_digit(self, digit: int) -> bool:
        """Put the cursor on the row with this digit; False where there is none."""
        index = next((i for i, number in self._digits.items() if number == digit), -1)
        if not self._numbered or index < 0:
            return False
        self._go(index)
        return True

    def reveal(self, index: int) -> None:
        """Scroll so that the row at `index` can be seen."""
        if self.size.height and index < len(self._rows):
            top, height = self._span(index)
            self.scroll_to_region(Region(0, top, 1, height), animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Move the cursor by rows, passing over headings."""
        at = self.cursor + by if self.cursor >= 0 or by > 0 else len(self._rows) - 1
        while 0 <= at < len(self._rows) and not self._rows[at].id:
            at += by
        if 0 <= at < len(self._rows):
            self._go(at)

    def action_page(self, by: int) -> None:
        """Move the cursor by what fits the screen."""
        step = max(1, self.size.height - 1)
        self.action_edge(0 if by < 0 else -1, self.cursor + by * step)

    def action_edge(self, end: int, near: int | None = None) -> None:
        """Move to the first or the last row, or to the one nearest to `near`."""
        count = len(self._rows)
        start = min(max(near if near is not None else end % max(count, 1), 0), count - 1)
        for off in range(count):
            for index in (start - off, start + off):
                if 0 <= index < count and self._rows[index].id:
                    self._go(index)
                    return

    def on_resize(self) -> None:
        self._measure()
        if self.cursor >= 0:
            self.call_after_refresh(self.reveal, self.cursor)

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.scroll_offset.y
        if not self.can_focus or not 0 <= y < self._count(self._width):
            return
        index = self._line(y, self._width)[0]
        if self._rows[index].id:
            self._go(index)
            self.post_message(self.Chosen(self, self.chosen))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._count(width)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        y += self.scroll_offset.y
        base = self.rich_style
        if y >= self._count(self._width):
            return Strip.blank(width, base)
        index, text = self._line(y, self._width)
        row = self._rows[index]
        style = base
        if name := row.style or ("heading" if not row.id else ""):
            style += self.get_component_rich_style(f"rows--{name}", partial=True)
        if index == self.cursor and row.id and self.can_focus:
            name = "cursor" if self.has_focus else "off-cursor"
            style += self.get_component_rich_style(f"rows--{name}", partial=True)
        return Strip([Segment(text, style)]).adjust_cell_length(width, style)

    def _go(self, index: int) -> None:
        if index < 0 or index == self.cursor:
            return
        self.cursor = index
        self._laid = (-1, [])  # the cursor's own glyph is part of the line
        self.reveal(index)
        self.refresh()
        self.post_message(self.Highlighted(self, self.chosen))

    def _find(self, row: str) -> int:
        if isinstance(self._rows, LazyRows):
            return self._rows.find(row)
        return next((i for i, r in enumerate(self._rows) if row and r.id == row), -1)

    def _number(self) -> dict[int, int]:
        if not self._numbered:
            return {}
        with_id = islice((index for index, row in enumerate(self._rows) if row.id), 9)
        return {index: number for number, index in enumerate(with_id, 1)}

    def _measure(self) -> None:
        self.virtual_size = Size(self._width, self._count(self._width))

    def _count(self, width: int) -> int:
        return len(self._lay(width)) if self._wraps else len(self._rows)

    def _line(self, y: int, width: int) -> tuple[int, str]:
        return self._lay(width)[y] if self._wraps else (y, self.one_line(y, width))

    def _span(self, index: int) -> tuple[int, int]:
        if not self._wraps:
            return index, 1
        laid = [y for y, (row, _) in enumerate(self._lay(self._width)) if row == index]
        return (laid[0], len(laid)) if laid else (0, 1)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def _lay(self, width: int) -> list[tuple[int, str]]:
        if self._laid[0] != width:
            lines = [(i, line) for i in range(len(self._rows)) for line in self._wrapped(i, width)]
            self._laid = (width, lines)
        return self._laid[1]

    def _lead(self, index: int) -> str:
        row = self._rows[index]
        mark = ""
        if self.can_focus:
            mark = (self.ui.glyphs.cursor if index == self.cursor and row.id else " ") + " "
        if self._numbered:
            mark += f"{self._digits.get(index, ' ')} "
        return mark + (row.lead + " " if row.lead else "")

    def _wrapped(self, index: int, width: int) -> list[str]:
        row, lead = self._rows[index], self._lead(index)
        hang = cell_width(lead)
        right = f"  {visible(row.right, lines=False)}" if row.right else ""
        lines = wrap(visible(row.text), max(width - hang, 2))
        lines = [(" " * hang if number else lead) + line for number, line in enumerate(lines)]
        if right:
            room = width - cell_width(right)
            if cell_width(lines[0]) <= room:
                lines[0] += " " * (room - cell_width(lines[0])) + right
            else:
                lines.append(" " * max(0, width - cell_width(right)) + clip(right, width, self.ui.glyphs.cut))
        return lines

    def one_line(self, index: int, width: int) -> str:
        """The row at `index` cut to one line of `width` cells."""
        row = self._rows[index]
        right = f" {visible(row.right, lines=False)}" if row.right else ""
        room = max(width - cell_width(right), 0)
        left = clip(self._lead(index) + visible(row.text, lines=False), room, self.ui.glyphs.cut)
        return left + " " * (room - cell_width(left)) + clip(right, width, self.ui.glyphs.cut)


def _kept(rows: Sequence[Row]) -> Sequence[Row]:
    return rows if isinstance(rows, LazyRows) else tuple(rows)
