"""Small maps that share their names: what all runs under one plan have in common is held once.

A row of such a map has columns that are the same in every run (which item recorded a field) and
columns of its own (the value). Names and common columns are one object for all maps that have
the same ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import count
from operator import is_
from typing import Any, ClassVar, Generic, Self, TypeVar

T = TypeVar("T")


class _Names:
    """The names of a map in their order, and for each what every run has in common."""

    __slots__ = ("common", "index", "names")

    def __init__(self, names: tuple[str, ...], common: tuple[Any, ...]) -> None:
        self.names = names
        self.common = common
        self.index = dict(zip(names, count(), strict=False))


# One object for the same names and columns, and one for what a change makes of it; what is not asked for any more
# is forgotten, and only shared no further.
_known = lru_cache(maxsize=2048)(_Names)


@lru_cache(maxsize=4096)
def _grown(known: _Names, names: tuple[str, ...], common: tuple[Any, ...]) -> _Names:
    return _known(known.names + names, known.common + common)


@lru_cache(maxsize=4096)
def _first(known: _Names, size: int) -> _Names:
    return _known(known.names[:size], known.common[:size])


@lru_cache(maxsize=4096)
def _begins(known: _Names, other: _Names) -> bool:
    size = len(other.names)
    return known.names[:size] == other.names and known.common[:size] == other.common


@lru_cache(maxsize=4096)
def _with(known: _Names, number: int, common: Any) -> _Names:
    return _known(known.names, (*known.common[:number], common, *known.common[number + 1 :]))


@lru_cache(maxsize=4096)
def _without(known: _Names, number: int) -> _Names:
    names, common = known.names, known.common
    return _known(names[:number] + names[number + 1 :], common[:number] + common[number + 1 :])


class Packed(Mapping[str, T], Generic[T]):
    """An immutable map of values that differ from run to run.

    A subclass says what of a row is common: how rows are taken `_apart`, and put together one by
    one (`_at`) and all at once (`_rows`).
    """

    __slots__ = ("_behind", "_names", "_own")
    width: ClassVar[int] = 1
    """How many columns of a row are its own; they stand in one tuple, row after row."""

    def __init__(self) -> None:
        """The empty map."""
        self._names = _known((), ())
        self._own: tuple[Any, ...] = ()
        self._behind: tuple[Any, ...] | None = None
        """The columns of the map that this one only adds rows to, until somebody asked."""

    def _apart(self, row: T) -> tuple[Any, tuple[Any, ...]]:
        """What every run has in common of a row, and the columns of its own."""
        return None, (row,)

    def _at(self, number: int) -> T:
        found: T = self._own[number]
        return found

    def _rows(self) -> Iterable[T]:
        return self._own

    def changed(self, changes: Mapping[str, T | None]) -> Self:
        """The map with these rows; None takes one away. A new row comes last, another one stays where it was."""
        if not changes:
            return self
        names, own, width = self._names, self._own, self.width
        behind: tuple[Any, ...] | None = own
        new: list[str] = []
        common: list[Any] = []
        for name, row in changes.items():
            number = names.index.get(name)
            if row is None:
                if number is not None:
                    own, behind = own[: number * width] + own[(number + 1) * width :], None
                    names = _without(names, number)
                continue
            shared, mine = self._apart(row)
            if number is None:
                new.append(name)
                common.append(shared)
                own += mine
                continue
            own, behind = own[: number * width] + mine + own[(number + 1) * width :], None
            if shared != names.common[number]:
                names = _with(names, number, shared)
        if new:
            names = _grown(names, tuple(new), tuple(common))
        elif own is self._own and names is self._names:
            return self
        return self._made(names, own, behind)

    def _and(self, names: tuple[str, ...], common: tuple[Any, ...], own: tuple[Any, ...]) -> Self:
        """The map with these new rows."""
        return self._made(_grown(self._names, names, common), self._own + own, self._own)

    def _made(self, names: _Names, own: tuple[Any, ...], behind: tuple[Any, ...] | None = None) -> Self:
        other = object.__new__(type(self))
        other._names, other._own, other._behind = names, own, behind
        return other

    @property
    def kind(self) -> object:
        """The same object for all maps that have the same names and common columns."""
        return self._names

    @property
    def own(self) -> tuple[Any, ...]:
        """The columns of its own, row after row."""
        return self._own

    def holding(self, own: tuple[Any, ...]) -> Self:
        """The map with other columns of its own."""
        return self._made(self._names, own)

    def first(self, size: int) -> Self:
        """The map of the first `size` rows."""
        return self._made(_first(self._names, size), self._own[: size * self.width])

    def undo_to(self, other: Self) -> int | Self:
        """What leads back to `other`: how many of the first rows it is, down to the very values, else itself."""
        mine, theirs = self._names, other._names
        behind, self._behind = self._behind, None
        if (mine is theirs or _begins(mine, theirs)) and (
            behind is other._own or all(map(is_, self._own, other._own))
        ):
            return len(theirs.names)
        return other

    def copy(self) -> dict[str, T]:
        """The same rows in a map that can be changed."""
        return dict(zip(self._names.names, self._rows(), strict=True))

    def get(self, key: str, default: Any = None) -> Any:
        number = self._names.index.get(key)
        return default if number is None else self._at(number)

    def __getitem__(self, key: str) -> T:
        return self._at(self._names.index[key])

    def __contains__(self, key: object) -> bool:
        return key in self._names.index

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.names)

    def __len__(self) -> int:
        return len(self._names.names)

    def __repr__(self) -> str:
        return repr(self.copy())
