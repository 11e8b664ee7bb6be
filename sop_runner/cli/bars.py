"""A progress bar on stderr, where somebody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sop_runner.base.textsafe import visible

Step = Callable[[str], None]
"""One more is done; what it was."""


@contextmanager
def progress(total: int) -> Iterator[Step]:
    """A bar on stderr while `total` things are done, where somebody watches; else nothing until the end."""
    if sys.stderr is None or not sys.stderr.isatty() or not total:
        yield lambda doing: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda doing: bar.update(task, advance=1, description=visible(doing, lines=False))
