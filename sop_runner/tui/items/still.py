"""Items without a form: a step, a passed limit, a run on hold."""

from sop_runner.run.actions import Answer, Resume, TakeLimit
from sop_runner.run.views import ItemView

from ..drawing.card import limit_way, main_way
from ..messages import Act
from ..ui import Ui
from ..widgets.paper import Para
from .pane import ItemPane


class StepPane(ItemPane):
    """A step is reported done."""

    still = True

    @property
    def enter_word(self) -> str:
        way = main_way(self.item)
        return self.ui.t(way.label) if way is not None else self.ui.t._("done")

    def enter(self) -> None:
        self.post_message(Act(Answer(self.item.node, "done")))


class LimitPane(ItemPane):
    """The limit has passed: one way is left, and a person takes it."""

    still = True

    def __init__(self, ui: Ui, item: ItemView) -> None:
        super().__init__(ui, item)
        self._tell()

    @property
    def enter_word(self) -> str:
        return self.ui.t._("take the only way left")

    def show(self, item: ItemView) -> None:
        self.item = item
        self._tell()

    def enter(self) -> None:
        self.post_message(Act(TakeLimit(self.item.node)))

    def _tell(self) -> None:
        t, way = self.ui.t, limit_way(self.item)
        title = t.labelled(way.label, way.title) if way is not None else ""
        text = t._("The time limit has passed. The only way left is: {way}", way=title)
        self.others.show([Para(text, "warn", f"{self.ui.glyphs.caution} ")])


class HeldPane(ItemPane):
    """The run is on hold; nothing is answered before somebody takes it up again."""

    still = True

    def __init__(self, ui: Ui, item: ItemView) -> None:
        super().__init__(ui, item)
        text = ui.t._("The run is on hold. Enter takes it up where it stands.")
        self.others.show([Para(text, "warn", f"{ui.glyphs.banner} ")])

    @property
    def enter_word(self) -> str:
        return self.ui.t._("resume")

    def show(self, item: ItemView) -> None:
        self.item = item

    def enter(self) -> None:
        self.post_message(Act(Resume()))
