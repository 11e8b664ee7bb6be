"""The body of the run screen: outline and controls left, the item in the middle, facts where there is room."""

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll

from sop_runner.run.views import ItemView, RunView

from ..drawing.card import ask_paras, card_paras, end_paras, head_paras
from ..drawing.run_panes import clock_paras, control_paras, fact_paras, outline_rows
from ..items.pane import ItemPane
from ..ui import Ui
from .paper import Paper, Para
from .row_list import RowList


class RunFrame(Horizontal):
    """Draws what changed. The pane in which the item is answered is put into it from outside."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(id="body")
        self.ui = ui
        self.pane: ItemPane | None = None
        self.outline = RowList(ui, id="outline", can_focus=False)
        self.controls = Paper(id="controls")
        self.item_head = Paper(id="item-head")
        self.clocks = Paper(id="clocks")
        self.card = Paper(id="card-text")
        self.card_scroll = VerticalScroll(self.card, id="card", can_focus=False)
        self.question = Paper(id="ask")
        self.facts = Paper(id="facts-text")
        self.column = Vertical(self.item_head, self.clocks, self.card_scroll, self.question, id="item")

    def compose(self) -> ComposeResult:
        t = self.ui.t
        with Vertical(id="left"):
            yield self.outline
            yield Paper(Para(t._("To close"), "label"), id="controls-title")
            yield VerticalScroll(self.controls, id="controls-scroll", can_focus=False)
        yield self.column
        with Vertical(id="facts"):
            yield Paper(Para(t._("Recorded"), "label"))
            yield VerticalScroll(self.facts, can_focus=False)

    def show_run(self, view: RunView, now: datetime) -> None:
        """Draw what stands around the item."""
        rows = outline_rows(self.ui, view)
        self.outline.show(rows)
        at = next((i for i, row in enumerate(view.outline) if row.mark == "current"), len(rows) - 1)
        self.call_after_refresh(self.outline.reveal, at)
        self.controls.show(control_paras(self.ui, view))
        self.facts.show(fact_paras(self.ui, view))
        self.show_clocks(view, now)

    def show_clocks(self, view: RunView, now: datetime) -> None:
        """Draw the times that run."""
        self.clocks.show(clock_paras(self.ui, view, now))
        if self.pane is not None:
            self.pane.tick(now)

    def show_item(self, item: ItemView, roles: Sequence[str], *, from_the_top: bool) -> None:
        """Draw the text of the item for a person with `roles`."""
        ui = self.ui
        self.item_head.show(head_paras(ui, item))
        self.card.show(card_paras(ui, item, roles))
        self.question.show([] if item.evidence == "sign_off" else ask_paras(ui, item))
        if from_the_top:
            self.card_scroll.scroll_home(animate=False)

    def show_end(self, view: RunView, receipt: str) -> None:
        """Draw an ended run."""
        self.item_head.show([])
        self.question.show([])
        self.card.show(end_paras(self.ui, view, receipt))

    def put_pane(self, pane: ItemPane | None) -> None:
        """Answer in another pane from now on, or in none."""
        if self.pane is not None:
            if self.screen.focused is not None:
                self.screen.set_focus(None)
            self.pane.remove()
        self.pane = pane
        self.column.remove_class("-under-way")
        self.column.set_class(pane is None or pane.still, "-still")
        if pane is not None:
            self.column.mount(pane)

    @property
    def has_more_text(self) -> bool:
        """Whether the text of the item is longer than its room."""
        return self.card_scroll.max_scroll_y > 0

    def scroll_card(self, by: int) -> None:
        """Scroll the text of the item by pages."""
        step = max(1, self.card_scroll.size.height - 1) * by
        self.card_scroll.scroll_relative(y=step, animate=False)
