"""The terminal interface: which screen comes after which. Everything else is in the screens.

Only what paints the first frame is imported here; the screens are imported while it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sop_runner.base.clock import Clock
from sop_runner.base.i18n import Translator

from .screens.opening import OpeningScreen
from .terminal import TerminalApp

if TYPE_CHECKING:
    from sop_runner.desk.port import DeskPort, PersonInfo, ProcedureInfo, Recap

    from .screens.board import BoardScreen
    from .screens.run import RunScreen
    from .screens.run_work import Opened
    from .screens.sign_in import SignInScreen
    from .screens.start import StartScreen

    # What opening a desk answers: language and theme where they were left to its settings, the desk, its people.
    _Opened = tuple[tuple[str, str] | None, DeskPort, tuple[PersonInfo, ...], tuple[str, ...]]


class SopApp(TerminalApp):
    """One person at one terminal. Returns a sentence to print after the screen is gone, or nothing.

    `desk` may be a function that opens it: it is called on the desk's own thread, after the first
    frame. `person` is asked for the passphrase only; a PersonInfo has been verified already. With `follow`
    the language turns to that of whoever signs in. `looks` says language and theme once the desk is being
    opened, for a desk whose settings are not read before the first frame.
    """

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
        super().__init__(language=language, theme=theme, ascii=ascii, say=say, clock=clock, settle_s=settle_s)
        self._follow = follow
        self._open_desk: Callable[[], DeskPort] = desk if callable(desk) else lambda: desk
        self._wanted_person = person
        self._wanted_run, self._wanted_procedure, self._ticket = run, procedure, ticket or ""
        self._case = dict(case or {})
        self._looks = looks

    def on_mount(self) -> None:
        self.push_screen(OpeningScreen(self.ui, self.clerk))
        self.keep_measured()
        # The first frame is painted before the desk's libraries are loaded.
        self.call_after_refresh(lambda: self.clerk.ask(self, self._opening, self._desk_opened))

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
        if self.screen is self.board:
            self._ask_case(event.procedure, "", {})

    def _ask_case(self, procedure: ProcedureInfo, ticket: str, case: Mapping[str, Any]) -> None:
        from .screens.start import TICKET, StartScreen

        known = {**case, TICKET: ticket} if ticket else case
        self.push_screen(
            StartScreen(self.ui, self.clerk, self.desk, self.person, procedure, self.language, known)
        )

    def on_start_screen_left(self) -> None:
        from .screens.start import StartScreen

        if isinstance(self.screen, StartScreen):
            self.pop_screen()

    def on_start_screen_started(self, event: StartScreen.Started) -> None:
        from .screens.run import RunScreen

        self.switch_screen(RunScreen(self.ui, self.clerk, event.opened))

    def on_board_screen_resume(self, event: BoardScreen.Resume) -> None:
        if self.screen is self.board:
            self._take_up(event.run)

    def _take_up(self, run: str) -> None:
        from .screens.run_work import resumed

        if self.board.work():
            work = partial(resumed, self.desk, self.person.id, run, self.language)
            self.clerk.ask(self.board, work, self._taken_up)

    def _taken_up(self, answer: tuple[Opened, Recap]) -> None:
        from sop_runner.run.actions import Resume

        from .drawing.recap import recap_paras
        from .screens.dialogs import TextDialog
        from .screens.run import RunScreen

        self.board.free()
        self.board.notice([])
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
