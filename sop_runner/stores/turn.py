"""A fair queue among writer processes, beside the database.

SQLite's own waiting is sleeping and trying again: with two busy writers one can starve for
seconds. Here a writer draws a number and waits until the writer with the number before is gone.
Each holds a file lock on the byte of its number, so the system lets go for a killed one. The
queue only orders; mutual exclusion stays SQLite's, so a lost place costs fairness and no data.
"""

import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sop_runner.stores.bell import Bell

try:
    import fcntl
except ImportError:  # Windows: SQLite's waiting alone
    fcntl = None  # type: ignore[assignment]

_NUMBER = struct.Struct("<Q")
_LARGEST = 2**60
_GATE = 64  # held while drawing; the bytes of the numbers follow it
_GATE_PAUSE_S = 0.00005
PATIENCE_S = 10.0  # then go without the queue: its head may be a stopped process


class Turn:
    """One process's place in the queue of a file; not for use by several threads at once."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._bell = Bell(self._file)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for the turn, and give it on afterwards; after PATIENCE_S go without."""
        number = self._draw()
        if number is None:
            yield
            return
        try:
            self._wait(number)
            yield
        finally:
            self._unlock(number)
            self._bell.ring(number + 1)

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self._file >= 0:
            self._bell.close()
            os.close(self._file)
            self._file = -1

    def _draw(self) -> int | None:
        if fcntl is None:
            return None
        waited = 0.0
        while not self._try_lock(0):
            if waited > PATIENCE_S:
                return None
            time.sleep(_GATE_PAUSE_S)
            waited += _GATE_PAUSE_S
        try:
            # A short or damaged file starts the numbers anew, which costs order once.
            found = os.pread(self._file, _NUMBER.size, 0)
            drawn = int(_NUMBER.unpack(found)[0]) if len(found) == _NUMBER.size else 0
            number = drawn % _LARGEST or 1
            os.pwrite(self._file, _NUMBER.pack(number + 1), 0)
            self._try_lock(number)
        finally:
            self._unlock(0)
        return number

    def _wait(self, number: int) -> None:
        before = number - 1
        if before and not self._try_lock(before):
            with self._bell.heard_by(number) as wait:
                waited = 0.0
                # Tried again before the first wait: the turn may have come before the bell hung.
                while not self._try_lock(before):
                    if waited > PATIENCE_S:
                        return
                    waited += wait()
        if before:
            self._unlock(before)

    def _try_lock(self, number: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _GATE + number)
        except OSError:
            return False
        return True

    def _unlock(self, number: int) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _GATE + number)
