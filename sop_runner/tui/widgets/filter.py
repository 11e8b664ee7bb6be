"""A line that filters a list below it: typing narrows, the arrows choose."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from ..ui import Ui
from .inputs import LineInput
from .row_list import RowList


class Filter(LineInput):
    """Has the cursor while the rows move; what is typed comes as `Input.Changed`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    def __init__(self, ui: Ui, rows: RowList, *, id: str | None = None) -> None:
        super().__init__(ui, id=id)
        self._rows = rows

    def action_move(self, by: int) -> None:
        """Move the cursor of the list by rows."""
        self._rows.action_move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor of the list by what fits the screen."""
        self._rows.action_page(by)
