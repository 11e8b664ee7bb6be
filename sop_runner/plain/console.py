"""Lines in, lines out: the only door to the terminal, through which all text goes as data."""

import os
import select
from typing import Protocol, TextIO

from sop_runner.base.textsafe import cell_width, visible, wrap

from .echo import hidden

_DEFAULT_WIDTH = 80
_LEAST_WIDTH = 20
_MARK = "> "
_LONGEST = 1_000_000
"""Characters of one line that are read; a longer one is somebody's file and not an answer."""


class EndOfInput(Exception):
    """Nothing more will be typed: Ctrl+D, or the end of a piped script."""


class Lost(Exception):
    """The terminal is gone: it takes no more output."""


class Watch(Protocol):
    """What happens while nothing is typed."""

    def seconds(self) -> float | None:
        """How long until something is due; None where nothing is."""
        ...

    def due(self) -> None:
        """Say it."""
        ...


class Console:
    """A terminal or a pipe, used line by line: no colour, no cursor movement, no alternate screen."""

    def __init__(self, stdin: TextIO, stdout: TextIO, *, width: int | None = None) -> None:
        self._in = stdin
        self._out = stdout
        self._width = width
        self.interactive = _is_terminal(stdin)
        self._draws = _is_terminal(stdout)

    @property
    def width(self) -> int:
        """Columns of the terminal now; 80 where there is none."""
        if self._width is not None:
            return self._width
        if self._draws:
            try:
                return max(os.get_terminal_size(self._out.fileno()).columns, _LEAST_WIDTH)
            except OSError:
                pass
        return _DEFAULT_WIDTH

    def say(self, text: str = "", lead: str = "", *, fold: bool = True) -> None:
        """Write a paragraph behind `lead`, its later lines indented as far; harmless, wrapped unless `fold` is off.

        Raises Lost where the terminal is gone.
        """
        lead = visible(lead, lines=False)
        indent = " " * cell_width(lead)
        for raw in visible(text).split("\n"):
            for line in wrap(raw, max(self.width - len(indent), _LEAST_WIDTH // 2)) if fold else [raw]:
                self._write((lead + line).rstrip() + "\n")
                lead = indent

    def bell(self) -> None:
        """Ring, where somebody may hear it."""
        if self._draws:
            self._write("\a")

    def read(self, *, secret: bool = False, watch: Watch | None = None) -> str:
        """Read one line, without its end; a secret one is neither shown nor echoed.

        `watch` gets its turn while nothing is typed at a terminal. Raises EndOfInput and Lost.
        """
        try:
            # Hidden before it is asked for, or a fast typist shows the first letters.
            with hidden(self._in, on=secret and self.interactive):
                self._write(_MARK)
                if self.interactive:
                    self._wait(watch)
                line = self._in.readline(_LONGEST)
        except (OSError, ValueError) as error:
            raise EndOfInput from error
        if not line:
            self._write("\n")
            raise EndOfInput
        line = line.rstrip("\r\n")
        if secret and self.interactive:
            self._write("\n")
        elif not self.interactive:
            # A transcript reads like a session only when what was answered stands in it.
            self._write(("***" if secret else visible(line, lines=False)) + "\n")
        return line

    def _wait(self, watch: Watch | None) -> None:
        while watch is not None and (seconds := watch.seconds()) is not None:
            try:
                ready, _, _ = select.select([self._in], [], [], max(seconds, 0.0))
            except (OSError, ValueError):
                return  # this terminal cannot be waited for; what passed is said at the next answer
            if ready:
                return
            self._write("\n")
            watch.due()
            self._write(_MARK)

    def _write(self, text: str) -> None:
        try:
            self._out.write(_writable(text, self._out))
            self._out.flush()
        except (OSError, ValueError) as error:
            raise Lost from error


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty() and stream.fileno() >= 0
    except (OSError, ValueError):
        return False


def _writable(text: str, stream: TextIO) -> str:
    """What the encoding of `stream` cannot say becomes an escape that can be read, never an error."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return (
        text
        if encoding.lower() in ("utf-8", "utf8")
        else text.encode(encoding, "backslashreplace").decode(encoding)
    )
