"""Typing that is not shown."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


@contextmanager
def hidden(stream: TextIO, *, on: bool) -> Iterator[None]:
    """While inside, a terminal echoes nothing of what is typed; it echoes again whatever happens.

    What was typed ahead stays, so that nothing is lost. Not `getpass`, which opens a terminal of
    its own and would read past whoever gave us this one. Raises OSError where the terminal is gone.
    """
    if not on:
        yield
        return
    import termios

    descriptor = stream.fileno()
    try:
        before = termios.tcgetattr(descriptor)
        quiet = list(before)
        quiet[3] &= ~termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
    except termios.error as error:
        raise OSError(f"the terminal does not answer: {error}") from error
    try:
        yield
    finally:
        with suppress(termios.error):  # a terminal that is gone has nothing to echo on
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
