"""What every app of ours does at a terminal: keys in order, the terminal's size, themes, leaving safely.

Only what paints the first frame is imported here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scrollbar import ScrollBar, ScrollBarRender

from sop_runner.base.clock import Clock
from sop_runner.base.errors import SopError
from sop_runner.base.i18n import Translator

from .clerk import Clerk
from .glyphs import ASCII
from .messages import Answered, Failed
from .screens.base import SopScreen, error_paras
from .themes import HIGH_CONTRAST, PLAIN, AsciiScrollBarRender
from .ui import Ui


class TerminalApp(App[str]):
    """One terminal. Returns a sentence to print after the screen is gone, or nothing."""

    CSS_PATH = "opening.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", show=False, priority=True)]

    def __init__(
        self,
        *,
        language: str = "en",
        theme: str = "default",
        ascii: bool = False,
        say: Translator | None = None,
        clock: Clock | None = None,
        settle_s: float | None = None,
    ) -> None:
        super().__init__()
        ui = Ui(say or Translator(language))
        if ascii:
            ui = replace(ui, glyphs=ASCII)
        if clock is not None:
            ui = replace(ui, clock=clock)
        self.ui = ui if settle_s is None else replace(ui, settle_s=settle_s)
        self.clerk = Clerk()
        self.language = language
        self.register_theme(PLAIN)
        self.register_theme(HIGH_CONTRAST)
        # Set before the styles are read, which would otherwise be done twice before the first frame.
        self._wear(theme)
        self._closed = False

    async def on_event(self, event: events.Event) -> None:
        """Keys go on one by one, so that what is typed fast lands where it was meant to."""
        if not isinstance(event, events.Key) or event.is_forwarded or not self.screen_stack:
            await super().on_event(event)
        elif event.key in ("tab", "shift+tab"):
            self.screen.focus_next() if event.key == "tab" else self.screen.focus_previous()
        elif not self._typed_ahead(event):
            from textual.widgets import TextArea

            from .screens.dialogs import Dialog
            from .widgets.field import Field

            waits = event.key == "enter" and not isinstance(self.focused, TextArea)
            if event.character and event.character.isdecimal() and self.focused is not None:
                field = self.focused.parent  # a Tab behind a digit that chooses must not overtake it
                waits = isinstance(field, Field) and field.is_choice
            self.ui.turn.begin()
            await super().on_event(event)
            if waits and isinstance(self.screen, (SopScreen, Dialog)):
                await self.ui.turn.over()

    def _typed_ahead(self, event: events.Key) -> bool:
        ahead = getattr(self.screen, "type_ahead", None)
        return ahead is not None and bool(ahead(event))

    def keep_measured(self) -> None:
        """Look at the terminal's size from time to time."""
        if not self.is_headless:
            self.set_interval(1.0, self.measure)

    def _wear(self, theme: str) -> None:
        """Take the look of a theme; screens made from now on have it whole."""
        if theme == "ascii":
            self.ui = replace(self.ui, glyphs=ASCII)
        self.theme = (HIGH_CONTRAST if theme == "high-contrast" else PLAIN).name
        # The renderer is the class's: another app of this process may have set its own.
        ScrollBar.renderer = AsciiScrollBarRender if self.ui.glyphs is ASCII else ScrollBarRender

    def measure(self) -> None:
        """Draw to the terminal's size, where word of a change was lost between the kernel and the screen."""
        try:
            size = Size(*os.get_terminal_size(2))
        except OSError:
            return
        if self.size != size:
            self.post_message(events.Resize(size, size))
        elif self.screen.size != size:
            self.screen.post_message(events.Resize(size, size))

    def on_answered(self, event: Answered) -> None:
        event.run()

    def on_failed(self, event: Failed) -> None:
        screens = [screen for screen in self.screen_stack if isinstance(screen, SopScreen)]
        screens[-1].failed(error_paras(self.ui, event.error))

    async def action_quit(self) -> None:
        """Leave; an open run is held where it stands, on record before the screen is gone."""
        await self._leave(self.ui.t._("quit"))

    async def on_unmount(self) -> None:
        await self._leave("")

    async def _leave(self, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        said = ""
        try:
            await asyncio.to_thread(self.clerk.close, self.parting(reason))
        except SopError as error:
            said = f"{self.ui.t(error.message)}\n{self.ui.t(error.hint)}".rstrip()
        self.exit(said, return_code=self.return_code or 0)  # a mistake of ours stays one

    def parting(self, reason: str) -> Callable[[], None] | None:
        """What the desk's thread does last: the run on the screen is held."""
        from .screens.run import RunScreen

        runs = [screen for screen in self.screen_stack if isinstance(screen, RunScreen)]
        return partial(runs[-1].session.close, reason) if runs else None

    def _fatal_error(self) -> None:
        """A mistake of ours ends the app with its traceback, but without the values: they may be secrets."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        self.bell()
        shown = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(shown, self.console.options)))
        self._close_messages_no_wait()
