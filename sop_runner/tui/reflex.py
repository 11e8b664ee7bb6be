"""Keys in their turn: none that came too early answers anything, none overtakes what chose or moved before it."""

import asyncio
from contextlib import suppress
from math import inf
from time import monotonic

from textual import events


class Reflex:
    """Knows since when the present item has been on the screen; Textual stamps keys by the same clock."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._changed = self._shown = monotonic()

    def changed(self) -> None:
        """Something else stands there from now on; nobody can have read it before it is painted."""
        self._changed, self._shown = monotonic(), inf

    def shown(self) -> None:
        """It has just been painted."""
        self._shown = monotonic()

    @property
    def is_settled(self) -> bool:
        """Whether what stands there could have been read by now."""
        return monotonic() >= self._shown + self._settle_s

    def is_stale(self, event: events.Key) -> bool:
        """Whether this key was pressed while something else stood there."""
        return event.time < self._changed

    def is_early(self, event: events.Key) -> bool:
        """Whether nobody can have read what stands there when this key was pressed."""
        return event.time < self._shown + self._settle_s


class Turn:
    """Enter may move the cursor, and a digit chooses where it is; what is typed after them waits until they have.

    Otherwise keys typed ahead on a slow machine would go to the field that was left.
    """

    def __init__(self) -> None:
        self._taken = asyncio.Event()

    def begin(self) -> None:
        """Such a key is on its way."""
        self._taken.clear()

    def end(self) -> None:
        """It was taken."""
        self._taken.set()

    async def over(self, patience_s: float = 0.5) -> None:
        """Wait until it was taken; not for ever, for it may have gone to something else."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._taken.wait(), patience_s)
