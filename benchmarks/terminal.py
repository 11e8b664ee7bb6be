"""A program at a pseudo-terminal of 80 by 24, and when something is written to it."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence

PATIENCE_S = 60.0


class Terminal:
    """Runs one program until it is closed."""

    def __init__(self, command: Sequence[str]) -> None:
        self.started = time.perf_counter()
        self._process, self._end = pty.fork()
        if not self._process:
            os.execvpe(command[0], [*command], {**os.environ, "TERM": "xterm-256color"})
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._said = b""

    def type(self, text: str) -> float:
        """Type, and say when."""
        self._said = b""
        when = time.perf_counter()
        os.write(self._end, text.encode())
        return when

    def until(self, text: str) -> float:
        """Read until `text` is written after what was typed last, and say when that was."""
        marker = text.encode()
        while marker not in self._said:
            self._read(PATIENCE_S, text)
        return time.perf_counter()

    def rest(self, seconds: float) -> None:
        """Go on reading for a while, as a terminal does."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._end], [], [], left)[0]:
                self._said += os.read(self._end, 65536)

    def close(self) -> None:
        """End the program."""
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._end)

    def _read(self, patience_s: float, wanted: str) -> None:
        if not select.select([self._end], [], [], patience_s)[0]:
            raise AssertionError(f"'{wanted}' was not written: {self._said[-2000:].decode(errors='replace')}")
        self._said += os.read(self._end, 65536)
