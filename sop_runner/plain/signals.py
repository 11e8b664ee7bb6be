"""A lost terminal and an interrupt, delivered only where the run can be put on hold properly."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_LOSING = tuple(
    getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)
)  # Windows has no SIGHUP


class Hangup(Exception):
    """The terminal was closed, or the program was asked to stop."""


class Signals:
    """While open, signals become exceptions; inside `held_off` they wait until it is left."""

    def __init__(self) -> None:
        self._off = 0
        self._pending: int | None = None

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Take the signals for as long as this lasts. Only in the main thread; elsewhere nothing changes."""
        before = {}
        try:
            for number in (signal.SIGINT, *_LOSING):
                before[number] = signal.signal(number, self._take)
        except ValueError:
            pass
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """What is done in here is done whole: an interrupt is delivered after it."""
        self._off += 1
        try:
            yield
        finally:
            self._off -= 1
        if self._pending is not None and not self._off:
            number, self._pending = self._pending, None
            self._raise(number)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._off:
            self._pending = number
        else:
            self._raise(number)

    @staticmethod
    def _raise(number: int) -> None:
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Hangup
