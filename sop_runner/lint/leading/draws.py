"""Choices that are the same every time: the plainest at first, then others, drawn from a number."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")
MOST_OPTIONS = 32
LOOSE = 8


class Draws:
    """Chooses among options for one try of one step. `open` says whether there was a choice at all.

    What a way knows of values is where its steps were found possible, which may leave out others that lead along
    them as well: late tries are `loose`, and keep to the steps alone.
    """

    def __init__(self, number: int, step: int, attempt: int) -> None:
        self.loose = number >= LOOSE
        self._state = crc32(f"{number} {step} {attempt}".encode()) if number or attempt else 0
        self.open = False

    def pick(self, options: Iterable[T]) -> T | None:
        """One of the options, the first ones more often; None where there are none."""
        those = [*islice(options, MOST_OPTIONS if self._state else 2)]
        self.open = self.open or len(those) > 1
        if not those:
            return None
        return those[0] if len(those) == 1 or self._below(2) == 0 else those[self._below(len(those))]

    def _below(self, most: int) -> int:
        if not self._state:
            return 0
        self._state = crc32(self._state.to_bytes(4, "big")) or 1
        return self._state % most
