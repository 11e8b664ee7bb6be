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

try:
    import fcntl
except ImportError:  # Windows: SQLite's waiting alone
    fcntl = None  # type: ignore[assignment]

_NUMBER = struct.Struct("<Q")
_DRAWN, _SERVED = 0, _NUMBER.size  # where the next number and the one being served are kept
_LARGEST = 2**60
_GATE = 64  # held while drawing; the bytes of the numbers follow it
_GATE_PAUSE_S = 0.00005
_PAUSE_S = 0.00005  # of the next in line; those further back sleep as the line moves
_FIRST_GUESS_S = 0.0003  # for one writer's turn, until the line was seen to move
_EARLY = 0.7  # share of the expected wait after which to look again
_LONGEST_PAUSE_S = 0.02
PATIENCE_S = 10.0  # then go without the queue: its head may be a stopped process


class Turn:
    """One process's place in the queue of a file; not for use by several threads at once."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

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

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
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
            number = self._read(_DRAWN) % _LARGEST or 1
            self._write(_DRAWN, number + 1)
            self._try_lock(number)
        finally:
            self._unlock(0)
        return number

    def _wait(self, number: int) -> None:
        waited, each = 0.0, _FIRST_GUESS_S
        ahead = self._ahead(number)
        while number > 1 and not self._try_lock(number - 1):
            if waited > PATIENCE_S:
                return
            pause = min(_PAUSE_S + ahead * each * _EARLY, _LONGEST_PAUSE_S)
            time.sleep(pause)
            waited += pause
            before, ahead = ahead, self._ahead(number)
            if before:
                each = pause / max(before - ahead, 0.5)
        if number > 1:
            self._unlock(number - 1)
        self._write(_SERVED, number)

    def _ahead(self, number: int) -> int:
        return max(number - 1 - self._read(_SERVED), 0)

    def _read(self, where: int) -> int:
        found = os.pread(self._file, _NUMBER.size, where)
        return int(_NUMBER.unpack(found)[0]) if len(found) == _NUMBER.size else 0

    def _write(self, where: int, number: int) -> None:
        os.pwrite(self._file, _NUMBER.pack(number), where)

    def _try_lock(self, number: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _GATE + number)
        except OSError:
            return False
        return True

    def _unlock(self, number: int) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _GATE + number)
