"""Ctrl-C with several processes: the one who was asked hears it, and ends the others."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """What starts meanwhile takes no Ctrl-C from the terminal: the one who was asked ends the others."""
    resource_tracker.ensure_running()  # which a pool starts as well, and lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
