"""A lock among processes: a file that one of them holds, and that the system lets go of when it dies."""

import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks there: each goes ahead
    fcntl = None  # type: ignore[assignment]  # in place of a module, and asked for below


def lock_file(handle: int, *, wait: bool) -> bool:
    """Lock an open file; False where another process has it and `wait` is off. Raises OSError."""
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
    return True


def unlock_file(handle: int) -> None:
    """Let go of an open file that stays open. Raises OSError."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class Lock:
    """The lock at a path; not held before `take`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1

    def take(self, *, wait: bool) -> bool:
        """Hold the lock; False where another process has it and `wait` is off. Raises OSError."""
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not lock_file(self._handle, wait=wait):
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let go; again is no error."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
