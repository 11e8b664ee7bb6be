"""The stored nodes of a log, held against those of a tree that grows along."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from sop_runner.audit.growing import Row


class Nodes(Protocol):
    """What is read of them; see `Source`."""

    def nodes(self, level: int, start: int = 0, stop: int | None = None) -> Iterable[tuple[int, bytes]]: ...


class Unfit(Exception):
    """Something does not fit; diagnosis says what."""


class Levels:
    """The stored nodes of a stretch, each level read along as the tree grows."""

    __slots__ = ("_open", "_source", "_start", "_stop")

    def __init__(self, source: Nodes, start: int, stop: int | None) -> None:
        self._source, self._start, self._stop = source, start, stop
        self._open: list[Iterator[tuple[int, bytes]]] = []

    def hold(self, new: Row) -> None:
        """The next stored nodes of a level have to be these."""
        level, first, hashes = new
        wanted = list(enumerate(hashes, first))
        if list(islice(self._level(level), len(wanted))) != wanted:
            raise Unfit

    def left(self, size: int) -> bool:
        """True where a node is stored that the tree does not have."""
        levels = range(1, max(size.bit_length(), len(self._open)) + 2)
        return any(next(self._level(level), None) is not None for level in levels)

    def _level(self, level: int) -> Iterator[tuple[int, bytes]]:
        while level > len(self._open):
            above = len(self._open) + 1
            stop = None if self._stop is None else self._stop >> above
            self._open.append(iter(self._source.nodes(above, self._start >> above, stop)))
        return self._open[level - 1]
