"""What all full screens share."""

from typing import ClassVar

from textual.binding import Binding
from textual.screen import Screen

from sop_runner.base.errors import SopError

from ..clerk import Clerk
from ..glyphs import ASCII
from ..messages import Answered, Failed, Say
from ..ui import Ui
from ..widgets.line import HeadLine, KeyLine
from ..widgets.paper import Paper, Para

BLINK_S = 0.2


def screen_key(keys: str, action: str) -> Binding:
    """A key of a screen, for which no widget has a use of its own: it acts before all that is typed behind it."""
    return Binding(keys, action, show=False, priority=True)


class SopScreen(Screen[None]):
    """A heading, a body, a status that says what happened in words, a line of keys."""

    CSS_PATH: ClassVar[str | None] = "../sop.tcss"
    AUTO_FOCUS: ClassVar[str | None] = ""
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012 - Textual declares it so
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual declares it so

    def __init__(self, ui: Ui, clerk: Clerk) -> None:
        super().__init__()
        self.ui, self.clerk = ui, clerk
        self.set_class(ui.glyphs is ASCII, "-ascii")
        self.head = HeadLine(ui, id="head")
        self.status = Paper(id="status")
        self.keys = KeyLine(id="keys")
        self.busy = False
        self._notice: tuple[Para, ...] = ()

    def on_answered(self, event: Answered) -> None:
        event.stop()
        event.run()

    def on_failed(self, event: Failed) -> None:
        event.stop()
        if not event.quiet:
            self.free()
        self.failed(error_paras(self.ui, event.error))

    def failed(self, paras: list[Para]) -> None:
        """Tell what could not be done."""
        self.notice(paras)

    def on_say(self, event: Say) -> None:
        event.stop()
        self.say(self.ui.t(event.text))

    def on_key_line_pressed(self, event: KeyLine.Pressed) -> None:
        event.stop()
        if event.key.lower() in ("enter", "esc") or event.key[0] in "FC":
            key = {"esc": "escape"}.get(event.key.lower(), event.key.lower().replace("^", "ctrl+"))
            self.app.simulate_key(key)

    def work(self) -> bool:
        """Begin something that keys must wait for; False while something is under way."""
        if self.busy:
            return False
        self.busy = True
        self.set_timer(BLINK_S, self._still_working)
        return True

    def free(self) -> None:
        """What was under way has ended."""
        self.busy = False

    def say(self, text: str, style: str = "dim") -> None:
        """Put a sentence into the status."""
        self.notice([Para(text, style)])

    def notice(self, paras: list[Para]) -> None:
        """Put sentences into the status, above what stays there."""
        self._notice = tuple(paras)
        self.show_status()

    def standing(self) -> list[Para]:
        """What stays in the status."""
        return []

    def show_status(self) -> None:
        """Draw the status anew."""
        self.status.show([*self._notice, *self.standing()])

    def _still_working(self) -> None:
        if self.busy:
            self.say(self.ui.t._("Working…"))


def error_paras(ui: Ui, error: SopError) -> list[Para]:
    """An error in words: what could not be done, and what to do next."""
    paras = [Para(ui.t(error.message), "bad", ui.t.lead(ui.t._("COULD NOT")))]
    if error.hint:
        paras.append(Para(ui.t(error.hint), "dim"))
    return paras
