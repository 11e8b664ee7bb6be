"""Waking a process that waits at a seat, with a bound on every wait.

A ring is an empty datagram to a socket named by file and seat. Nobody relies on it: who hears
nothing looks again after a short while.
"""

import os
import socket
import struct
import time

_LOOK_S = 0.04  # without a ring: a killed process rings no more
_TIME = struct.Struct("@ll")  # struct timeval
_RING_S = 0.0001  # so that ringing for nothing cannot keep a process here for ever
_POLL_S = 0.001  # where somebody else holds the name


class Bell:
    """Rings and hears for one open file, on Linux."""

    def __init__(self, file: int) -> None:
        found = os.fstat(file)
        # Names in Linux's abstract space leave no files behind; anybody may ring, to no effect.
        self._name = f"\0sop_runner-bell-{found.st_dev:x}-{found.st_ino:x}-"
        self._mouth = _socket()
        self._ear: socket.socket | None = None

    def hang(self, seat: int) -> None:
        """Hear from now on what is rung at `seat`."""
        ear = _socket()
        try:
            ear.bind(f"{self._name}{seat}")
        except OSError:
            ear.close()
            return
        ear.setblocking(True)
        ear.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIME.pack(*divmod(int(_LOOK_S * 1_000_000), 1_000_000))
        )
        self._ear = ear

    def ring(self, seat: int) -> bool:
        """Wake the process at `seat`; False where none waits there, or its bell is full."""
        try:
            self._mouth.sendto(b"", f"{self._name}{seat}")
        except OSError:
            return False
        return True

    def wait(self) -> float:
        """Wait for a ring, not for long; the seconds that passed without one."""
        if self._ear is None:
            time.sleep(_POLL_S)
            return _POLL_S
        try:
            self._ear.recv(1)
        except BlockingIOError:
            return _LOOK_S
        return _RING_S

    def close(self) -> None:
        """Let go of the sockets."""
        self._mouth.close()
        if self._ear is not None:
            self._ear.close()


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made
