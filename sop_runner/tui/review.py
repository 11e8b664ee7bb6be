"""The reviewer's app: find runs, step through them, mark what is found; the verdict is always on the screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sop_runner.desk.reviewing import Dossier, Reviewing

from .screens.opening import OpeningScreen
from .screens.review_base import ReviewScreen
from .screens.review_list import ReviewListScreen
from .screens.review_run import ReviewRunScreen
from .terminal import TerminalApp
from .verifying import Verifying

_LOOK_S = 0.5


class ReviewApp(TerminalApp):
    """One reviewer at one terminal; `opens` opens the desk, on the desk's own thread."""

    def __init__(self, opens: Callable[[], Reviewing], *, query: str = "", **looks: Any) -> None:
        super().__init__(language="en", **looks)  # what a reviewer is told is in English
        self._opens, self._query = opens, query
        self.reviewing: Reviewing | None = None

    def on_mount(self) -> None:
        self.push_screen(OpeningScreen(self.ui, self.clerk))
        self.keep_measured()
        self.call_after_refresh(lambda: self.clerk.ask(self, self._opens, self._opened))

    def _opened(self, reviewing: Reviewing) -> None:
        self.reviewing = reviewing
        self.verifying = Verifying(self.ui, reviewing, self._news)
        self.list = ReviewListScreen(self.ui, self.clerk, self.verifying, reviewing, self._query)
        self.switch_screen(self.list)
        self.verifying.begin()
        self.set_interval(_LOOK_S, self.verifying.look)

    def _news(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, ReviewScreen) and screen.is_mounted:
                screen.show_verdict()

    def on_review_list_screen_open(self, event: ReviewListScreen.Open) -> None:
        assert self.reviewing is not None
        if self.screen is self.list and self.list.work():
            self.clerk.ask(self.list, partial(self.reviewing.open, event.run), self._show_run)

    def _show_run(self, dossier: Dossier) -> None:
        assert self.reviewing is not None
        self.list.free()
        self.list.notice([])
        self.push_screen(ReviewRunScreen(self.ui, self.clerk, self.verifying, self.reviewing, dossier))

    def on_review_run_screen_left(self, event: ReviewRunScreen.Left) -> None:
        if isinstance(self.screen, ReviewRunScreen):
            self.pop_screen()

    def parting(self, reason: str) -> Callable[[], None] | None:
        """What is being verified is not waited for."""
        return None if self.reviewing is None else self.reviewing.close
