"""Where an item is answered: what every kind of it has in common."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from sop_runner.run.views import ItemView, Prompt

from ..drawing.card import other_way_paras
from ..ui import Ui
from ..widgets.form import Form
from ..widgets.paper import Paper


class ItemPane(VerticalScroll, can_focus=False):
    """Takes keys, posts Act and its like. It is made for one item and answers no other."""

    still = False
    """Whether it only confirms what the card says, and so leaves the room to the card."""

    def __init__(self, ui: Ui, item: ItemView) -> None:
        super().__init__(classes="pane")
        self.ui, self.item = ui, item
        self.others = Paper(*other_way_paras(ui, item), classes="others")

    def compose(self) -> ComposeResult:
        yield self.others

    @property
    def enter_word(self) -> str:
        """What Enter does, for the line of keys."""
        return self.ui.t._("done")

    @property
    def digits(self) -> int:
        """How many digits choose something."""
        return 0

    @property
    def at_rows(self) -> bool:
        """Whether the cursor is in a list of rows: Enter adds to it, and Tab leads on."""
        return False

    def show(self, item: ItemView) -> None:
        """The same item in another state; what was typed stays."""
        self.item = item
        self.others.show(other_way_paras(self.ui, item))

    def enter(self) -> None:
        """The primary act."""

    def digit(self, digit: int) -> bool:
        """Choose by digit."""
        return False

    def type(self, character: str) -> bool:
        """A character typed while nothing had the focus."""
        return False

    def tick(self, now: datetime) -> None:
        """A second has passed."""

    def settled(self, accepted: bool) -> None:
        """The act asked for is on record, or was refused; secrets are forgotten either way."""

    def point_at(self, names: Iterable[str]) -> None:
        """Put the cursor into the first of these fields: what was typed there was refused."""


class FormPane(ItemPane):
    """An item that is answered by a form."""

    def __init__(self, ui: Ui, item: ItemView, drafts: Mapping[str, Any] | None = None) -> None:
        super().__init__(ui, item)
        self.form = Form(ui, self.questions, drafts=drafts)

    def compose(self) -> ComposeResult:
        yield self.form
        yield self.others

    @property
    def enter_word(self) -> str:
        return self.ui.t._("a row") if self.at_rows else self.ui.t._("next, record")

    @property
    def at_rows(self) -> bool:
        field = self.form.focused if self.is_mounted else None
        return field is not None and field.is_rows

    @property
    def digits(self) -> int:
        return max((len(field.prompt.choices) or 2 for field in self.form.fields.values()), default=0)

    def questions(self, values: Mapping[str, Any]) -> Sequence[Prompt]:
        """What is asked, given the answers so far."""
        return self.item.prompts

    def send(self, values: dict[str, Any]) -> None:
        """The form is complete: post what it means."""

    def show(self, item: ItemView) -> None:
        super().show(item)
        self.form.ask(self.questions)

    def enter(self) -> None:
        if self.form.enter():
            self.send(self.form.values)

    def digit(self, digit: int) -> bool:
        return self.form.digit(digit)

    def type(self, character: str) -> bool:
        return self.form.type(character)

    def settled(self, accepted: bool) -> None:
        self.form.clear_secrets()

    def point_at(self, names: Iterable[str]) -> None:
        self.form.point_at(names)
