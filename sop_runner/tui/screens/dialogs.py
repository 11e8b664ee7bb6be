"""The small screens that stand before another one and hand back one typed result."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input

from ..glyphs import ASCII
from ..reflex import Reflex
from ..ui import Ui
from ..widgets.filter import Filter
from ..widgets.form import Form, Questions
from ..widgets.paper import Paper, Para
from ..widgets.row_list import Row, RowList

Result = TypeVar("Result")


class Dialog(ModalScreen[Result | None]):
    """Esc puts it away and does nothing."""

    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, ui: Ui, title: str, keys: str) -> None:
        super().__init__()
        self.ui = ui
        self.set_class(ui.glyphs is ASCII, "-ascii")
        self.heading = Paper(Para(title, "title"), classes="dialog-title")
        self.keys = Paper(Para(keys, "dim"), classes="dialog-keys")

    def body(self) -> ComposeResult:
        """What stands between title and keys."""
        yield from ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield self.heading
            yield from self.body()
            yield self.keys

    def on_key(self, event: events.Key) -> None:
        """The only handler of keys: Textual calls those of all base classes, so none may override it."""
        if event.key == "escape":
            event.stop()
            self.put_away()
        elif event.key == "enter":
            event.stop()
            self.enter(event)
            self.ui.turn.end()
        elif self.takes(event):
            event.stop()
            self.ui.turn.end()

    def takes(self, event: events.Key) -> bool:
        """Do something with another key; False to leave it to what has the cursor."""
        return False

    def put_away(self) -> None:
        """Leave without a result."""
        self.dismiss(None)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Hand back a result and go, once: keys that were typed ahead must not take other screens with it."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def enter(self, event: events.Key) -> None:
        """Do what the dialog is for."""


class FormDialog(Dialog[dict[str, Any]]):
    """Asks some questions and hands back the answers, or None.

    `drafts` is filled with what stands there, so that nothing is lost where it is refused. Of a dialog that
    is put away only what was typed comes back: a choice costs a key, and would be taken unseen.
    """

    def __init__(
        self,
        ui: Ui,
        title: str,
        questions: Questions,
        *,
        intro: Sequence[Para] = (),
        submit: str = "",
        drafts: dict[str, Any] | None = None,
    ) -> None:
        t = ui.t
        super().__init__(ui, title, f"Enter {submit or t._('done')}   Tab {t._('next')}   Esc {t._('back')}")
        self.intro = intro
        self.kept = drafts if drafts is not None else {}
        self.form = Form(ui, questions, drafts=self.kept)

    def body(self) -> ComposeResult:
        if self.intro:
            with VerticalScroll(classes="dialog-intro", can_focus=False):
                yield Paper(*self.intro)
        yield self.form

    def on_mount(self) -> None:
        if self.form.enter():  # all is answered: what was refused is shown again, to be changed
            self.form.point_at(self.form.fields)

    def takes(self, event: events.Key) -> bool:
        digit = event.character if event.character and event.character.isdecimal() else ""
        return bool(digit) and self.form.digit(int(digit))

    def enter(self, event: events.Key) -> None:
        if self.form.enter():
            self._keep(self.form.drafts)
            self.dismiss(self.form.values)

    def put_away(self) -> None:
        fields = self.form.fields
        self._keep({name: text for name, text in self.form.drafts.items() if not fields[name].is_choice})
        self.dismiss(None)

    def _keep(self, drafts: dict[str, Any]) -> None:
        self.kept.clear()
        self.kept.update(drafts)


class TextDialog(Dialog[bool]):
    """Shows something to read. Enter hands back True where `accept` says what it does, Esc None."""

    def __init__(self, ui: Ui, title: str, paras: Sequence[Para], *, accept: str = "") -> None:
        t = ui.t
        keys = f"Enter {accept}   Esc {t._('back')}" if accept else f"Esc {t._('back')}"
        super().__init__(ui, title, keys)
        self.paras, self.accepts = paras, bool(accept)
        self.reflex = Reflex(ui.settle_s)
        self.scroller = VerticalScroll(Paper(*paras), can_focus=True)

    def body(self) -> ComposeResult:
        yield self.scroller

    def on_mount(self) -> None:
        self.scroller.focus()
        self.call_after_refresh(self.reflex.shown)

    def enter(self, event: events.Key) -> None:
        if self.accepts and not self.reflex.is_early(event):
            self.dismiss(True)


class PickDialog(Dialog[str]):
    """Picks one of many rows; typing filters them. Hands back the row's id, or None."""

    def __init__(self, ui: Ui, title: str, rows: Sequence[Row], at: str = "") -> None:
        """`at` is the row that the cursor stands at; else the first."""
        t = ui.t
        super().__init__(ui, title, f"Enter {t._('choose')}   {t._('type to filter')}   Esc {t._('back')}")
        self.all = tuple(rows)
        cursor = at or (self.all[0].id if self.all else "")
        self.list = RowList(ui, self.all, cursor=cursor, can_focus=True)
        self.filter = Filter(ui, self.list)
        self._narrowed = ""

    def body(self) -> ComposeResult:
        yield self.filter
        yield self.list

    def on_mount(self) -> None:
        self.filter.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._narrow()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.row)

    def enter(self, event: events.Key) -> None:
        self._narrow()
        if self.list.chosen:
            self.dismiss(self.list.chosen)

    def _narrow(self) -> None:
        """Show what matches. An Enter typed fast is here before word of the letters in front of it is."""
        if self.filter.value == self._narrowed:
            return
        self._narrowed = self.filter.value
        wanted = self._narrowed.strip().casefold()
        rows = [row for row in self.all if wanted in f"{row.text} {row.right}".casefold()]
        self.list.show(rows, cursor=rows[0].id if rows else "")
