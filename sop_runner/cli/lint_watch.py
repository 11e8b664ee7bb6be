"""`sop lint --watch`: the findings of files, refreshed in place at each save."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sop_runner.base.errors import SopError
from sop_runner.desk.files import saved, with_subfolders

from .common import out
from .lint_text import as_text, summary
from .linting import Linter, files_in

PAUSE_S = 0.4
"""Between two looks at the files' times: soon enough after a save, and next to no work."""
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def watch(linter: Linter, paths: Sequence[Path]) -> None:
    """Show the findings, and again whenever a file is saved, made or gone; ends with KeyboardInterrupt.

    Raises UsageError where a path is missing at the start; one that goes missing later is waited for.
    """
    files_in(paths, empty=True)
    seen: object = None
    while True:
        mark = saved(
            folder
            for path in paths
            for folder in (with_subfolders(path) if path.is_dir() else (path.parent,))
        )
        if mark != seen:
            seen = mark
            _show(linter, paths)
        time.sleep(PAUSE_S)


def _show(linter: Linter, paths: Sequence[Path]) -> None:
    try:
        files = files_in(paths, empty=True)
        found = linter.findings(files)
        lines = [as_text(one.finding, one.line, one.because) for one in found]
        lines.append(summary(found) or _clean(len(files)))
    except (SopError, OSError) as error:
        lines = [f"sop: {error}"]
    if sys.stdout is not None and sys.stdout.isatty():
        sys.stdout.write(_CLEAR)
    for line in lines:
        out(line)
    out("watching; Ctrl+C ends")


def _clean(count: int) -> str:
    return "1 file, nothing to report" if count == 1 else f"{count} files, nothing to report"
