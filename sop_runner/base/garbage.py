"""Letting the garbage collector look for rings less often, where a great many objects are made and few rings."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW, _OLD, _OLDEST = 2_000_000, 20, 50


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for rings only after hundreds of thousands of new objects; afterwards as it was set."""
    before = gc.get_threshold()
    gc.set_threshold(_NEW, _OLD, _OLDEST)
    try:
        yield
    finally:
        gc.set_threshold(*before)
