"""Progress on stderr, where that is a terminal; nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


class Told:
    """Is told how much is done, and of how much; shows it where there is a bar."""

    def __init__(self, show: Callable[[int, int], None], bar: "Progress | None" = None) -> None:
        self._show, self._bar = show, bar

    def __call__(self, done: int, total: int) -> None:
        self._show(done, total)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Takes the bar away while something is printed, perhaps to the same terminal."""
        if self._bar is not None:
            self._bar.stop()
        yield
        if self._bar is not None:
            self._bar.start()


@contextmanager
def progress(what: str) -> Iterator[Told]:
    """A bar while something slow goes on; what is yielded is told how much is done, and of how much."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Told(lambda done, total: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield Told(lambda done, total: bar.update(task, completed=done, total=total), bar)
