"""Places to type. What is typed is kept as it is and drawn harmless."""

from rich.text import Text
from textual import events
from textual.widgets import Input, TextArea

from sop_runner.base.textsafe import visible

from ..ui import Ui
from .own_keys import OwnKeys

_UNKNOWN = "\ufffd"


def one_for_one(text: str) -> str:
    """`text` with every acting or hiding character drawn as one visible one, so that offsets hold."""
    shown = visible(text)
    if shown == text:
        return text
    return "".join(one if len(one := visible(character)) == 1 else _UNKNOWN for character in text)


class LineInput(OwnKeys, Input):
    """One line."""

    def __init__(self, ui: Ui, *, secret: bool = False, id: str | None = None) -> None:
        super().__init__(password=secret, compact=True, id=id, select_on_focus=False, placeholder="_" * 12)
        self.ui = ui
        self.cursor_blink = False

    @property
    def _value(self) -> Text:
        shown = self.ui.glyphs.mask * len(self.value) if self.password else one_for_one(self.value)
        return Text(shown, no_wrap=True, overflow="ignore", end="")

    def action_copy(self) -> None:
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        if not self.password:
            super().action_cut()


class LinesInput(OwnKeys, TextArea):
    """Several lines: Enter begins another one, Tab leaves."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(compact=True, id=id, tab_behavior="focus", soft_wrap=True)
        self.cursor_blink = False

    def get_line(self, line_index: int) -> Text:
        return Text(one_for_one(self.document.get_line(line_index)), end="", no_wrap=True)


class ExtractInput(LineInput):
    """A path, or the pasted text itself; pasted lines are kept aside and counted, not shown."""

    def __init__(self, ui: Ui, *, id: str | None = None) -> None:
        super().__init__(ui, id=id)
        self.pasted = ""

    def _on_paste(self, event: events.Paste) -> None:
        if "\n" in event.text.strip("\n"):
            event.stop()
            event.prevent_default()
            self.hold_text(event.text)

    def hold_text(self, text: str) -> None:
        """Keep `text` as the extract; anything typed afterwards takes its place."""
        lines = len(text.splitlines())
        self.pasted = text
        with self.prevent(Input.Changed):
            self.value = self.ui.t.ngettext("pasted text, {n} line", "pasted text, {n} lines", lines)
        self.post_message(self.Changed(self, self.value))

    def watch_value(self, old: str, new: str) -> None:
        if self.pasted and old and new != old:
            self.pasted = ""
            self.value = ""
