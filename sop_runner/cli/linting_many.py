"""Findings of many files, on every core: each process looks at a few files at a time and keeps nothing of them."""

import gc
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sop_runner.base.errors import SopError

from .linting import Linter, Shown

MANY = 20
"""Files from which on other processes are worth starting, and a bar worth looking at."""
_AT_A_TIME = 8
"""Files that share what is read of a folder's callees: enough to save work, few enough to forget soon."""

Few = tuple[Sequence[Path], list[Shown]]


@contextmanager
def linted(paths: Sequence[Path], today: date | None = None) -> Iterator[Iterator[Few]]:
    """The files a few at a time, in their order, each few with its findings.

    The processes are started on the way in, before the caller starts a thread of its own. Raises
    UsageError where a file cannot be read.
    """
    few = [paths[start : start + _AT_A_TIME] for start in range(0, len(paths), _AT_A_TIME)]
    cores = processes(len(few))
    if cores < 2:
        yield ((those, Linter(today).findings(those)) for those in few)
        return
    pool = ProcessPoolExecutor(cores, initializer=_begin)
    try:
        results = pool.map(_look, few, [today] * len(few))
        yield ((those, _or_raised(found)) for those, found in zip(few, results, strict=True))
    finally:
        pool.shutdown(cancel_futures=True)


def processes(parts: int) -> int:
    """How many processes are worth having for so many parts: one for each core that may be used."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, parts)


def _begin() -> None:
    """Ctrl+C is the first process's to answer; what is loaded by now stays, and need not be looked through."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()


def _look(paths: Sequence[Path], today: date | None) -> list[Shown] | SopError:
    try:
        return Linter(today).findings(paths)
    except SopError as error:
        return error
    finally:
        gc.collect()


def _or_raised(found: list[Shown] | SopError) -> list[Shown]:
    if isinstance(found, SopError):
        raise found
    return found
