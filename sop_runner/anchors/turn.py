"""Whose turn it is to place heads: one process at a time, and at most one more that waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sop_runner.stores.lock import Lock


@contextmanager
def turn(folder: Path, *, patient: bool) -> Iterator[bool]:
    """Wait for the turn, and hold it. False at once, unless `patient`, where somebody waits for it already.

    Whoever waits reads the newest head once it is its turn, so nobody else has to. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    queue, own = Lock(folder / "next.lock"), Lock(folder / "turn.lock")
    if not queue.take(wait=patient):
        yield False
        return
    try:
        own.take(wait=True)
        queue.release()
        yield True
    finally:
        queue.release()
        own.release()
