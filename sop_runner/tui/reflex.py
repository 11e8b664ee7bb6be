"""Against reflexes: a key that was pressed before the item could be read answers nothing."""

from time import monotonic

from textual import events


class Reflex:
    """Knows since when the present item has been on the screen; Textual stamps keys by the same clock."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._shown = monotonic()

    def shown(self) -> None:
        """Something new has just been painted."""
        self._shown = monotonic()

    def is_early(self, event: events.Key) -> bool:
        """Whether this key was meant for what stood there before."""
        return event.time < self._shown + self._settle_s
