"""Waking the next in a queue of processes, with a bound on every wait.

A blocking file lock would wake its waiter at once, but could not be given up. So the one that
leaves rings: an empty datagram to a socket named by file and number. Nobody relies on it: who
hears nothing looks again after a short while.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

_LOOK_S = 0.02  # without a ring: a killed process rings no more
_RING_S = 0.0001  # so that ringing for nothing cannot keep a process here for ever
_POLL_S = 0.001  # where there are no such sockets


class Bell:
    """Rings and hears for one open file. On Linux; elsewhere hearing is looking often."""

    def __init__(self, file: int) -> None:
        found = os.fstat(file)
        # Names in Linux's abstract space leave no files behind; anybody may ring, to no effect.
        self._name = f"\0sop_runner-turn-{found.st_dev:x}-{found.st_ino:x}-"
        self._socket = _socket() if sys.platform == "linux" else None

    def ring(self, number: int) -> None:
        """Wake the process that waits under `number`, if there is one."""
        if self._socket is not None:
            try:
                self._socket.sendto(b"", f"{self._name}{number}")
            except OSError:
                return  # nobody waits, or its bell is full

    @contextmanager
    def heard_by(self, number: int) -> Iterator[Callable[[], float]]:
        """A function that waits for a ring and returns the seconds that passed without one."""
        if self._socket is None:
            yield _sleep
            return
        import select

        ear = _socket()
        try:
            ear.bind(f"{self._name}{number}")
        except OSError:  # somebody holds the name
            ear.close()
            yield _sleep
            return
        poll = select.poll()
        poll.register(ear, select.POLLIN)

        def wait() -> float:
            if poll.poll(_LOOK_S * 1000):
                ear.recv(1)
                return _RING_S
            return _LOOK_S

        try:
            yield wait
        finally:
            ear.close()

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()


def _socket() -> "socket.socket":
    import socket  # only writers pay for it

    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


def _sleep() -> float:
    time.sleep(_POLL_S)
    return _POLL_S
