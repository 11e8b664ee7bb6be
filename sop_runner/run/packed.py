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


_known = lru_cache(maxsize=2048)(_Names)
"""One object for the same names and columns; what is not asked for any more is forgotten, and only shared no further."""


class Packed(Mapping[str, T], Generic[T]):
    """An immutable map of values that differ from run to run.

    A subclass says what of a row is common: how rows are taken `_apart`, and put together one by
    one (`_at`) and all at once (`_rows`).
    """

    __slots__ = ("_names", "_own")
    width: ClassVar[int] = 1
    """How many columns of a row are its own; they stand in one tuple, row after row."""

    def __init__(self, rows: Mapping[str, T]) -> None:
        common, self._own = self._apart(tuple(rows.values()))
        self._names = _known(tuple(rows), common)

    def _apart(self, rows: tuple[T, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        return (), rows

    def _at(self, number: int) -> T:
        found: T = self._own[number]
        return found

    def _rows(self) -> Iterable[T]:
        return self._own

    def changed(self, changes: Mapping[str, T | None]) -> Self:
        """The map with these rows; None takes one away. A new row comes last, another one stays where it was."""
        known = self._names.index
        added: dict[str, T] = {}
        rows: dict[str, T] | None = None
        for name, row in changes.items():
            if name in known:
                rows = self.copy() if rows is None else rows
                if row is None:
                    del rows[name]
                else:
                    rows[name] = row
            elif row is not None:
                added[name] = row
        if rows is not None:
            return type(self)({**rows, **added})
        if not added:
            return self
        common, own = self._apart(tuple(added.values()))
        grown = object.__new__(type(self))
        grown._names = _known(self._names.names + tuple(added), self._names.common + common)
        grown._own = self._own + own
        return grown

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
        part._names = _known(self._names.names[:size], self._names.common[:size])
        part._own = self._own[: size * self.width]
        return part

    def starts_with(self, other: Self) -> bool:
        """Whether its first rows are those of `other`, down to the very values."""
        mine, theirs = self._names, other._names
        if mine is not theirs and (
            mine.names[: len(theirs.names)] != theirs.names
            or mine.common[: len(theirs.common)] != theirs.common
        ):
            return False
        return all(map(is_, self._own, other._own))

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
