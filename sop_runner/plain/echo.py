"""Typing that is not shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def hidden(stream: TextIO, *, on: bool) -> Iterator[None]:
    """While inside, a terminal echoes nothing of what is typed; it echoes again whatever happens.

    What was typed ahead stays, so that nothing is lost. Not `getpass`, which opens a terminal of
    its own and would read past whoever gave us this one.
    """
    if not on:
        yield
        return
    import termios

    descriptor = stream.fileno()
    before = termios.tcgetattr(descriptor)
    quiet = list(before)
    quiet[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
