"""The command `sop` as a process of its own: through pipes, and at a real terminal."""

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

_MAIN = "from sop_runner.cli.main import main; raise SystemExit(main())"
_PATIENCE_S = 90


def sop(*arguments: str, lines: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run `sop` with `lines` as its whole input."""
    return subprocess.run(
        [sys.executable, "-c", _MAIN, *arguments],
        input="".join(line + "\n" for line in lines),
        capture_output=True, encoding="utf-8", timeout=_PATIENCE_S, env=_environment(), check=False,
    )  # fmt: skip


class Terminal:
    """A program at a pseudo-terminal of its own, as somebody sits before it."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], *, cwd: Path | None = None, columns: int = 80
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def own_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=own_terminal,
            env=env, cwd=cwd,
        )  # fmt: skip
        os.close(slave)
        # A read may end in the middle of a character.
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self.said = ""
        self._read_to = 0

    def until(self, text: str) -> str:
        """Read until `text` is said, and return what was said since the last time."""
        while text not in self.said[self._read_to :]:
            ready, _, _ = select.select([self._master], [], [], _PATIENCE_S)
            try:
                chunk = os.read(self._master, 65536) if ready else b""
            except OSError:  # the program has left its terminal
                chunk = b""
            assert chunk, f"'{text}' was not said: {self.said[self._read_to :]}"
            self.said += self._decode(chunk)
        end = self.said.index(text, self._read_to) + len(text)
        heard, self._read_to = self.said[self._read_to : end], end
        return heard

    def type(self, text: str) -> None:
        """Type some keys."""
        os.write(self._master, text.encode())

    def answer(self, asked: str, *lines: str) -> None:
        """Wait for a question, then type lines as its answer."""
        self.until(asked)
        self.until("> ")
        for line in lines:
            self.type(line + "\n")

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self._master)
        self._master = -1

    def wait(self) -> int:
        """The exit code."""
        return self.process.wait(_PATIENCE_S)

    def to_the_end(self) -> int:
        """Read whatever else is said until the program has left, and return its exit code."""
        while True:
            ready, _, _ = select.select([self._master], [], [], _PATIENCE_S)
            try:
                chunk = os.read(self._master, 65536) if ready else b""
            except OSError:  # the program has left its terminal
                return self.wait()
            assert chunk, f"the program does not end: {self.said[self._read_to :]}"
            self.said += self._decode(chunk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._master >= 0:
            os.close(self._master)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(_PATIENCE_S)


class AtTerminal(Terminal):
    """`sop` at a terminal."""

    def __init__(self, *arguments: str, columns: int = 80) -> None:
        super().__init__([sys.executable, "-c", _MAIN, *arguments], _environment(), columns=columns)


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": root, "PYTHONUTF8": "1", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
