"""The terminal interface: which screen comes after which. Everything else is in the screens.

Only what paints the first frame is imported here; the screens are imported while it stands.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

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
from .screens.opening import OpeningScreen
from .themes import HIGH_CONTRAST, PLAIN, AsciiScrollBarRender
from .ui import Ui

if TYPE_CHECKING:
    from sop_runner.desk.port import DeskPort, PersonInfo, ProcedureInfo, Recap

    from .screens.board import BoardScreen
    from .screens.run import RunScreen
    from .screens.run_work import Opened
    from .screens.sign_in import SignInScreen
    from .screens.start import StartScreen

    # What opening a desk answers: language and theme where they were left to its settings, the desk, its people.
    _Opened = tuple[tuple[str, str] | None, DeskPort, tuple[PersonInfo, ...], tuple[str, ...]]


class SopApp(App[str]):
    """One person at one terminal. Returns a sentence to print after the screen is gone, or nothing.

    `desk` may be a function that opens it: it is called on the desk's own thread, after the first
    frame. `person` is asked for the passphrase only; a PersonInfo has been verified already. With `follow`
    the language turns to that of whoever signs in. `looks` says language and theme once the desk is being
    opened, for a desk whose settings are not read before the first frame.
    """

    CSS_PATH = "opening.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", show=False, priority=True)]

    def __init__(
        self,
        desk: DeskPort | Callable[[], DeskPort],
        *,
        person: PersonInfo | str | None = None,
        run: str | None = None,
        procedure: str | None = None,
        ticket: str | None = None,
        case: Mapping[str, Any] | None = None,
        language: str = "en",
        follow: bool = False,
        theme: str = "default",
        ascii: bool = False,
        say: Translator | None = None,
        clock: Clock | None = None,
        settle_s: float | None = None,
        looks: Callable[[], tuple[str, str]] | None = None,
    ) -> None:
        super().__init__()
        ui = Ui(say or Translator(language))
        if ascii:
            ui = replace(ui, glyphs=ASCII)
        if clock is not None:
            ui = replace(ui, clock=clock)
        self.ui = ui if settle_s is None else replace(ui, settle_s=settle_s)
        self.clerk = Clerk()
        self.language, self._follow = language, follow
        self._open_desk: Callable[[], DeskPort] = desk if callable(desk) else lambda: desk
        self._wanted_person = person
        self._wanted_run, self._wanted_procedure, self._ticket = run, procedure, ticket or ""
        self._case = dict(case or {})
        self.register_theme(PLAIN)
        self.register_theme(HIGH_CONTRAST)
        # Set before the styles are read, which would otherwise be done twice before the first frame.
        self._wear(theme)
        self._looks = looks
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

            waits = event.key == "enter" and not isinstance(self.focused, TextArea)
            self.ui.turn.begin()
            await super().on_event(event)
            if waits and isinstance(self.screen, (SopScreen, Dialog)):
                await self.ui.turn.over()

    def _typed_ahead(self, event: events.Key) -> bool:
        ahead = getattr(self.screen, "type_ahead", None)
        return ahead is not None and bool(ahead(event))

    def on_mount(self) -> None:
        self.push_screen(OpeningScreen(self.ui, self.clerk))
        if not self.is_headless:
            self.set_interval(1.0, self.measure)
        # The first frame is painted before the desk's libraries are loaded.
        self.call_after_refresh(lambda: self.clerk.ask(self, self._opening, self._desk_opened))

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

    def _opening(self) -> _Opened:
        from .screens import board, dialogs, run, sign_in, start  # noqa: F401 - loaded beside the desk

        looks = self._looks() if self._looks is not None else None
        desk = self._open_desk()
        return looks, desk, desk.people(), desk.demo_hint

    def _desk_opened(self, opened: _Opened) -> None:
        from .screens.sign_in import SignInScreen

        looks, self.desk, people, hint = opened
        if looks is not None:
            self.language, theme = looks
            self.ui = replace(self.ui, t=Translator(self.language))
            self._wear(theme)
        wanted = self._wanted_person
        if wanted is not None and not isinstance(wanted, str):
            self._signed_in(wanted)
        else:
            self.switch_screen(SignInScreen(self.ui, self.clerk, self.desk, people, hint, wanted or ""))

    def on_sign_in_screen_signed_in(self, event: SignInScreen.SignedIn) -> None:
        self._signed_in(event.person)

    def _signed_in(self, person: PersonInfo) -> None:
        from .screens.board import BoardScreen

        self.person = person
        if self._follow and person.language:
            self.ui = replace(self.ui, t=Translator(person.language))
            self.language = self.ui.t.language
        self.board = BoardScreen(self.ui, self.clerk, self.desk, person, self.language)
        self.switch_screen(self.board)
        if self._wanted_run:
            self._take_up(self._wanted_run)
        elif self._wanted_procedure:
            self.clerk.ask(self, partial(self.desk.procedures, self.language), self._start_wanted)

    def _start_wanted(self, procedures: tuple[ProcedureInfo, ...]) -> None:
        wanted = self._wanted_procedure
        found = next((p for p in procedures if wanted in (p.id, p.number)), None)
        if found is not None and found.runnable:
            self._ask_case(found, self._ticket, self._case)
        else:
            why = found.why_not if found is not None else None
            said = (
                self.ui.t(why) if why else self.ui.t._("There is no procedure '{name}'.", name=wanted or "")
            )
            self.board.say(said, "bad")

    def on_board_screen_start(self, event: BoardScreen.Start) -> None:
        self._ask_case(event.procedure, "", {})

    def _ask_case(self, procedure: ProcedureInfo, ticket: str, case: Mapping[str, Any]) -> None:
        from .screens.start import TICKET, StartScreen

        known = {**case, TICKET: ticket} if ticket else case
        self.push_screen(
            StartScreen(self.ui, self.clerk, self.desk, self.person, procedure, self.language, known)
        )

    def on_start_screen_left(self) -> None:
        self.pop_screen()

    def on_start_screen_started(self, event: StartScreen.Started) -> None:
        from .screens.run import RunScreen

        self.switch_screen(RunScreen(self.ui, self.clerk, event.opened))

    def on_board_screen_resume(self, event: BoardScreen.Resume) -> None:
        self._take_up(event.run)

    def _take_up(self, run: str) -> None:
        from .screens.run_work import resumed

        work = partial(resumed, self.desk, self.person.id, run, self.language)
        self.clerk.ask(self, work, self._taken_up)

    def _taken_up(self, answer: tuple[Opened, Recap]) -> None:
        from sop_runner.run.actions import Resume

        from .drawing.recap import recap_paras
        from .screens.dialogs import TextDialog
        from .screens.run import RunScreen

        opened, recap = answer
        screen = RunScreen(self.ui, self.clerk, opened)
        self.push_screen(screen)
        if not recap.lines and "resume" not in opened.view.can:
            return
        t, held = self.ui.t, "resume" in opened.view.can
        paras = recap_paras(self.ui, opened.view, recap)
        accept = t._("take it up") if held else t._("go on")
        dialog = TextDialog(self.ui, t._("Recap of run {run}", run=opened.view.run), paras, accept=accept)
        self.push_screen(dialog, lambda goes_on: screen.send(Resume()) if goes_on and held else None)

    def on_run_screen_left(self, event: RunScreen.Left) -> None:
        from .screens.run import RunScreen

        if isinstance(self.screen, RunScreen):
            session = self.screen.session
            self.clerk.ask(self, session.close, lambda _: None)
            self.pop_screen()

    async def action_quit(self) -> None:
        """Leave; an open run is held where it stands, on record before the screen is gone."""
        await self._leave(self.ui.t._("quit"))

    async def on_unmount(self) -> None:
        await self._leave("")

    async def _leave(self, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        from .screens.run import RunScreen

        runs = [screen for screen in self.screen_stack if isinstance(screen, RunScreen)]
        said = ""
        try:
            last = partial(runs[-1].session.close, reason) if runs else None
            await asyncio.to_thread(self.clerk.close, last)
        except SopError as error:
            said = f"{self.ui.t(error.message)}\n{self.ui.t(error.hint)}".rstrip()
        self.exit(said)

    def _fatal_error(self) -> None:
        """A mistake of ours ends the app with its traceback, but without the values: they may be secrets."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        self.bell()
        shown = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(shown, self.console.options)))
        self._close_messages_no_wait()
