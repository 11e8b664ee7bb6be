"""The author's preview as an app: one file, read again at each save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sop_runner.desk.files import ProcedureFiles, saved
from sop_runner.desk.linted import linted

from .screens.preview import PreviewScreen, Source
from .terminal import TerminalApp

if TYPE_CHECKING:
    from datetime import date

    from .screens.run import RunScreen


class PreviewApp(TerminalApp):
    """Shows the file at `path`, its texts in `language` at first; `today` is the day its dates are held against."""

    def __init__(self, path: Path, *, language: str = "en", today: date | None = None, **looks: Any) -> None:
        super().__init__(language="en", **looks)  # what an author is told is in English
        self._path, self._shown_in, self._today = path, language, today

    def on_mount(self) -> None:
        files = ProcedureFiles(self._path.parent)
        source = Source(
            self._path.name,
            look=lambda: linted(files, self._path, self._today),
            mark=lambda: saved([self._path.parent]),
        )
        self.push_screen(PreviewScreen(self.ui, self.clerk, source, self._shown_in))
        self.keep_measured()

    def on_run_screen_left(self, event: RunScreen.Left) -> None:
        from .screens.preview_run import PreviewRunScreen

        if isinstance(self.screen, PreviewRunScreen):
            self.pop_screen()
