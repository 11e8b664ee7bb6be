"""Small maps that share their names: what all runs under one plan have in common is held once.

A row of such a map has columns that are the same in every run (which item recorded a field) and
columns of its own (the value). Names and common columns are one object for all maps that have
the same ones.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
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

    __slots__ = ("_names", "_own")
    width: ClassVar[int] = 1
    """How many columns of a row are its own; they stand in one tuple, row after row."""

    def __init__(self) -> None:
        """The empty map."""
        self._names = _known((), ())
        self._own: tuple[Any, ...] = ()

    def _apart(self, rows: Collection[T]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """What every run has in common of each row, and the columns of its own, row after row."""
        return (None,) * len(rows), tuple(rows)

    def _at(self, number: int) -> T:
        found: T = self._own[number]
        return found

    def _rows(self) -> Iterable[T]:
        return self._own

    def changed(self, changes: Mapping[str, T | None]) -> Self:
        """The map with these rows; None takes one away. A new row comes last, another one stays where it was."""
        if not changes:
            return self
        names, own = self._names, self._own
        known = names.index
        added: Mapping[str, Any] = changes
        for name, row in changes.items():
            if row is None or name in known:
                names, own = self._put(changes)
                added = {name: row for name, row in changes.items() if row is not None and name not in known}
                break
        if added:
            common, more = self._apart(added.values())
            names = _grown(names, tuple(added), common)
            own += more
        elif names is self._names and own is self._own:
            return self
        other = object.__new__(self.__class__)
        other._names, other._own = names, own
        return other

    def _put(self, changes: Mapping[str, T | None]) -> tuple[_Names, tuple[Any, ...]]:
        """What is shared, and the columns of its own, after what changes of the rows there are."""
        names, own, width = self._names, self._own, self.width
        for name, row in changes.items():
            number = names.index.get(name)
            if number is None:
                continue
            before, after = own[: number * width], own[(number + 1) * width :]
            if row is None:
                names, own = _without(names, number), before + after
                continue
            (common,), mine = self._apart((row,))
            own = before + mine + after
            if common != names.common[number]:
                names = _with(names, number, common)
        return names, own

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
        other = object.__new__(type(self))
        other._names, other._own = self._names, own
        return other

    def first(self, size: int) -> Self:
        """The map of the first `size` rows."""
        part = object.__new__(type(self))
        part._names = _first(self._names, size)
        part._own = self._own[: size * self.width]
        return part

    def undo_to(self, other: Self) -> int | Self:
        """What leads back to `other`: how many of the first rows it is, down to the very values, else itself."""
        mine, theirs = self._names, other._names
        if (mine is theirs or _begins(mine, theirs)) and all(map(is_, self._own, other._own)):
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
