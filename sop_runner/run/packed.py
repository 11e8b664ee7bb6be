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
Apart = tuple[Any, tuple[Any, ...]]
"""What every run has in common of a row, and the columns of its own."""


class Names:
    """The names of a map in their order, and for each what every run has in common."""

    __slots__ = ("common", "index", "names")

    def __init__(self, names: tuple[str, ...], common: tuple[Any, ...]) -> None:
        self.names = names
        self.common = common
        self.index = dict(zip(names, count(), strict=False))


# One object for the same names and columns, and one for what a change makes of it; what is not asked for any more
# is forgotten, and only shared no further.
_known = lru_cache(maxsize=2048)(Names)


@lru_cache(maxsize=4096)
def _grown(known: Names, names: tuple[str, ...], common: tuple[Any, ...]) -> Names:
    return _known(known.names + names, known.common + common)


@lru_cache(maxsize=4096)
def _first(known: Names, size: int) -> Names:
    return _known(known.names[:size], known.common[:size])


@lru_cache(maxsize=4096)
def _begins(known: Names, other: Names) -> bool:
    size = len(other.names)
    return known.names[:size] == other.names and known.common[:size] == other.common


@lru_cache(maxsize=4096)
def _with(known: Names, number: int, common: Any) -> Names:
    return _known(known.names, (*known.common[:number], common, *known.common[number + 1 :]))


@lru_cache(maxsize=4096)
def _without(known: Names, number: int) -> Names:
    names, common = known.names, known.common
    return _known(names[:number] + names[number + 1 :], common[:number] + common[number + 1 :])


class Packed(Mapping[str, T], Generic[T]):
    """An immutable map of values that differ from run to run.

    A subclass says what of a row is common: how rows are taken `_apart`, and put together one by
    one (`_at`) and all at once (`_rows`).
    """

    __slots__ = ("behind", "kind", "own")
    width: ClassVar[int] = 1
    """How many columns of a row are its own; they stand in one tuple, row after row."""

    def __init__(self) -> None:
        """The empty map."""
        self.kind = _known((), ())
        """The same object for all maps that have the same names and common columns."""
        self.own: tuple[Any, ...] = ()
        """The columns of its own, row after row."""
        self.behind: Self | None = None
        """A map that this one only adds rows to; None again once it was asked for."""

    def _apart(self, row: T) -> Apart:
        return None, (row,)

    def _at(self, number: int) -> T:
        found: T = self.own[number]
        return found

    def _rows(self) -> Iterable[T]:
        return self.own

    def changed(self, changes: Mapping[str, T | None]) -> Self:
        """The map with these rows; None takes one away. A new row comes last, another one stays where it was."""
        return self.put({name: None if row is None else self._apart(row) for name, row in changes.items()})

    def put(self, rows: Mapping[str, Apart | None]) -> Self:
        """The same with rows that are apart already."""
        names, own, width = self.kind, self.own, self.width
        behind: Self | None = self if self.behind is None else self.behind
        new: dict[str, Any] = {}
        for name, row in rows.items():
            number = names.index.get(name)
            if number is None:
                if row is not None:
                    new[name], mine = row
                    own += mine
                continue
            behind = None
            if row is None:
                own = own[: number * width] + own[(number + 1) * width :]
                names = _without(names, number)
            else:
                shared, mine = row
                own = own[: number * width] + mine + own[(number + 1) * width :]
                if shared != names.common[number]:
                    names = _with(names, number, shared)
        if new:
            names = _grown(names, (*new,), (*new.values(),))
        elif own is self.own and names is self.kind:
            return self
        return self._made(names, own, behind)

    def put_one(self, name: str, common: Any, own: tuple[Any, ...]) -> Self:
        """The same with one row, of these columns."""
        if name in self.kind.index:
            return self.put({name: (common, own)})
        return self.put_new((name,), (common,), own)

    def put_new(self, names: tuple[str, ...], common: tuple[Any, ...], own: tuple[Any, ...]) -> Self:
        """The same with rows whose names are new, column by column."""
        other = object.__new__(type(self))
        other.kind = _grown(self.kind, names, common)
        other.own = self.own + own
        other.behind = self if self.behind is None else self.behind
        return other

    def put_again(self, names: Mapping[str, str]) -> Self:
        """The same with rows that it has, under other names as well: each name with the one that its row has now."""
        index, common, own, width = self.kind.index, self.kind.common, self.own, self.width
        rows: dict[str, Any] = {}
        columns: tuple[Any, ...] = ()
        for name, old in names.items():
            number = index[old]
            rows[name] = common[number]
            columns += own[number * width : (number + 1) * width]
        if rows and index.keys().isdisjoint(rows):
            return self.put_new(tuple(rows), tuple(rows.values()), columns)
        return self.changed({name: self[old] for name, old in names.items()})

    def _made(self, names: Names, own: tuple[Any, ...], behind: Self | None = None) -> Self:
        other = object.__new__(type(self))
        other.kind, other.own, other.behind = names, own, behind
        return other

    def holding(self, own: tuple[Any, ...]) -> Self:
        """The map with other columns of its own."""
        return self._made(self.kind, own)

    def first(self, size: int) -> Self:
        """The map of the first `size` rows."""
        if size == len(self.kind.names):
            return self
        return self._made(_first(self.kind, size), self.own[: size * self.width])

    def undo_to(self, other: Self) -> int | Self:
        """What leads back to `other`: how many of the first rows it is, down to the very values, else itself."""
        behind, self.behind = self.behind, None
        theirs = other.kind
        if behind is other:
            return len(theirs.names)
        mine = self.kind
        if (mine is theirs or _begins(mine, theirs)) and all(map(is_, self.own, other.own)):
            return len(theirs.names)
        return other

    def copy(self) -> dict[str, T]:
        """The same rows in a map that can be changed."""
        return dict(zip(self.kind.names, self._rows(), strict=True))

    def get(self, key: str, default: Any = None) -> Any:
        number = self.kind.index.get(key)
        return default if number is None else self._at(number)

    def __getitem__(self, key: str) -> T:
        return self._at(self.kind.index[key])

    def __contains__(self, key: object) -> bool:
        return key in self.kind.index

    def __iter__(self) -> Iterator[str]:
        return iter(self.kind.names)

    def __len__(self) -> int:
        return len(self.kind.names)

    def __repr__(self) -> str:
        return repr(self.copy())
