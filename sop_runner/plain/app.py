"""The plain front end: from sign-in to the end of a run, in lines, at a terminal or through a pipe."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TextIO

from sop_runner.base.clock import Clock, SystemClock
from sop_runner.base.errors import ExitCode, SopError
from sop_runner.base.i18n import Translator
from sop_runner.base.message import msg
from sop_runner.desk.port import DeskPort, Performed, PersonInfo, Session
from sop_runner.run.views import RunView

from . import show, start
from .commands import Quit
from .console import Console, EndOfInput, Lost
from .signals import Hangup, Signals
from .talk import Back, Talk
from .walk import walk
from .walker import Walker

_LOST = msg("the terminal was lost")
_INTERRUPTED = msg("interrupted")
_INPUT_ENDED = msg("the input ended")


def run_plain(
    desk: DeskPort,
    *,
    person: str | None = None,
    run: str | None = None,
    procedure: str | None = None,
    ticket: str | None = None,
    case: Mapping[str, Any] | None = None,
    language: str = "en",
    follow: bool = False,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    clock: Clock | None = None,
    width: int | None = None,
) -> ExitCode:
    """Walk runs in linear prompts; with `run` or `procedure` that one, else from the board.

    With `follow` the language turns to that of whoever signs in.
    0: walked to an end, or left at the board or with `:q`; 3: refused, abandoned, or the piped
    input ended before the run did; 130: interrupted. Whatever leaves a run puts it on hold.
    """
    talk = Talk(Console(stdin or sys.stdin, stdout or sys.stdout, width=width), Translator(language))
    app = _App(desk, talk, clock or SystemClock(), follow)
    with app.signals.caught():
        return app.main(person, run, procedure, ticket, case)


class _Left(Exception):
    """A run was left before its end, and that ends the program."""

    def __init__(self, code: ExitCode) -> None:
        super().__init__(code)
        self.code = code


class _App:
    def __init__(self, desk: DeskPort, talk: Talk, clock: Clock, follow: bool) -> None:
        self.follow = follow
        self.desk = desk
        self.talk = talk
        self.clock = clock
        self.signals = Signals()

    def main(
        self,
        person: str | None,
        run: str | None,
        procedure: str | None,
        ticket: str | None,
        case: Mapping[str, Any] | None,
    ) -> ExitCode:
        """Sign in and do what was asked for. Every way out of here has left the run held or ended."""
        try:
            return self._signed_in(person, run, procedure, ticket, case)
        except SopError as error:
            with suppress(Lost):
                self.talk.error(error)
            return error.exit_code
        except _Left as left:
            return left.code
        except (Quit, Back):
            return ExitCode.OK
        except EndOfInput:
            asked_for = run is not None or procedure is not None
            return ExitCode.REFUSED if asked_for and not self.talk.console.interactive else ExitCode.OK
        except (KeyboardInterrupt, Hangup, Lost):
            return ExitCode.INTERRUPTED

    def _signed_in(
        self,
        person: str | None,
        run: str | None,
        procedure: str | None,
        ticket: str | None,
        case: Mapping[str, Any] | None,
    ) -> ExitCode:
        self._before()
        start.greet(self.talk, self.desk)
        who = start.sign_in(self.talk, self.desk, person)
        if who is None:
            return ExitCode.REFUSED
        if self.follow and who.language:
            self.talk.t = Translator(who.language)
        if run is not None:
            return self._resume(who, run)
        if procedure is not None:
            return self._start(who, procedure, ticket, case)
        return self._board(who)

    def _before(self) -> None:
        self.talk.obey = lambda command: start.obey_before(self.talk, command)

    def _board(self, who: PersonInfo) -> ExitCode:
        """From the board until the person leaves; one run after the other."""
        while True:
            self._before()
            try:
                choice = start.board(self.talk, self.desk, self.clock)
            except Quit:
                return ExitCode.OK
            except Back:
                continue
            if start.is_leave(choice):
                return ExitCode.OK
            try:
                if start.is_new(choice):
                    self._start(who, None, None, None)
                else:
                    self._resume(who, choice)
            except (Back, Quit):
                continue
            except SopError as error:
                self.talk.error(error)

    def _start(
        self, who: PersonInfo, procedure: str | None, ticket: str | None, case: Mapping[str, Any] | None
    ) -> ExitCode:
        info = start.find_procedure(self.talk, self.desk, procedure)
        wanted = procedure or (info.id if info is not None else "")
        session = start.start(self.talk, self.desk, who, info, wanted, ticket, case)
        if isinstance(session, Performed):
            return ExitCode.REFUSED
        return self._walk(session, resumed=False)

    def _resume(self, who: PersonInfo, run: str) -> ExitCode:
        self.talk.say(self.talk.t._("Opening run {run} …", run=run))
        return self._walk(self.desk.resume(who.id, run, self.talk.t.language), resumed=True)

    def _walk(self, session: Session, *, resumed: bool) -> ExitCode:
        """Walk a run; however it is left, it is held first and said afterwards."""
        walker = Walker(self.desk, session, self.talk, self.clock, self.signals)
        try:
            if resumed:
                show.recap(self.talk, session.recap(), session.view().zone)
            return _code_of(walk(walker))
        except Quit:
            self._leave(session, "")
            return ExitCode.OK
        except EndOfInput as ended:
            self._leave(session, self.talk.t(_INPUT_ENDED))
            raise _Left(ExitCode.OK if self.talk.console.interactive else ExitCode.REFUSED) from ended
        except KeyboardInterrupt as interrupt:
            self._leave(session, self.talk.t(_INTERRUPTED))
            raise _Left(ExitCode.INTERRUPTED) from interrupt
        except (Hangup, Lost) as lost:
            self._leave(session, self.talk.t(_LOST))
            raise _Left(ExitCode.INTERRUPTED) from lost
        except BaseException:
            with suppress(SopError):
                self._hold(session, "")
            raise

    def _hold(self, session: Session, reason: str) -> None:
        with self.signals.held_off():
            session.close(reason)

    def _leave(self, session: Session, reason: str) -> None:
        """Hold the run, then say where it waits; a terminal that is gone is told nothing."""
        t = self.talk.t
        try:
            self._hold(session, reason)
        except SopError as error:
            with suppress(Lost):
                self.talk.error(error)
            return
        with suppress(Lost):
            self.talk.say()
            self.talk.say(
                t._("Run {run} waits where it stands. 'sop resume {run}' comes back.", run=session.run)
            )


def _code_of(view: RunView) -> ExitCode:
    return ExitCode.REFUSED if view.result == "abandoned" else ExitCode.OK
