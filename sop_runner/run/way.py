"""The way taken: the nodes visited, and the facts as they stood when each was entered."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from .facts import NO_FACTS, Facts, undo_of, undone

_WIDTH = 3


class Visit(NamedTuple):
    """One node on the way taken, and the number of the event that entered it."""

    node: str
    serial: int


class Way(Sequence[Visit]):
    """An immutable way. Only the newest visit keeps its facts; each earlier one keeps what undoes the next.

    One flat tuple of node, serial, undo; node, serial, undo; … node, serial: a run is held for as long as a
    customer waits, thousands of them at once.
    """

    __slots__ = ("_facts", "_flat")

    def __init__(self, flat: tuple[Any, ...] = (), facts: Facts = NO_FACTS) -> None:
        self._flat = flat
        self._facts = facts

    def entered(self, node: str, serial: int, facts: Facts) -> "Way":
        """The way on to `node`; `facts` are packed."""
        flat = self._flat
        if not flat:
            facts.fields.behind = facts.controls.behind = facts.decisions.behind = None
            return Way((node, serial), facts)
        newest = self._facts
        undo = None if newest is facts else undo_of(newest, facts)
        way = object.__new__(Way)
        way._flat = flat + (undo, node, serial)  # noqa: RUF005 - unpacking copies once more
        way._facts = facts
        return way

    def facts(self, index: int) -> Facts:
        """The facts as they stood when the visit `index` was entered."""
        return undone(self._facts, self._flat[_WIDTH * index + 2 :: _WIDTH])

    def back(self) -> Iterator[tuple[Visit, Facts]]:
        """The visits from the newest back, each with the facts as they stood when it was entered."""
        flat, found = self._flat, self._facts
        for place in range(_WIDTH * (len(self) - 1), -1, -_WIDTH):
            found = undone(found, flat[place + 2 : place + 3])
            yield Visit(flat[place], flat[place + 1]), found

    def cut(self, index: int) -> "tuple[Way, int, Facts]":
        """The way up to the visit `index`, without it; its number, and the facts as they stood when it was entered."""
        flat, at = self._flat, _WIDTH * index
        facts = self.facts(index)
        way = Way(flat[: at - 1], undone(facts, flat[at - 1 : at])) if index else Way()
        return way, flat[at + 1], facts

    def node(self, index: int) -> str:
        """The node of the visit `index`."""
        found: str = self._flat[_WIDTH * index]
        return found

    @property
    def nodes(self) -> tuple[str, ...]:
        """The node of each visit."""
        return self._flat[::_WIDTH]

    def serial(self, index: int) -> int:
        """The number of the event that entered the visit `index`."""
        found: int = self._flat[_WIDTH * index + 1]
        return found

    @overload
    def __getitem__(self, index: int) -> Visit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Visit, ...]: ...
    def __getitem__(self, index: int | slice) -> Visit | tuple[Visit, ...]:
        if isinstance(index, slice):
            return tuple(map(Visit, self._flat[::_WIDTH][index], self._flat[1::_WIDTH][index]))
        at = _WIDTH * (index + len(self) if index < 0 else index)
        return Visit(self._flat[at], self._flat[at + 1])

    def __iter__(self) -> Iterator[Visit]:
        return map(Visit, self._flat[::_WIDTH], self._flat[1::_WIDTH])

    def __len__(self) -> int:
        return (len(self._flat) + 1) // _WIDTH

    def __eq__(self, other: object) -> bool:
        # How a change is undone may be kept in one way or the other; what counts is what it leads back to.
        return (
            isinstance(other, Way)
            and [*self] == [*other]
            and all(self.facts(index) == other.facts(index) for index in range(len(self)))
        )

    def __hash__(self) -> int:
        return hash((*self,))
