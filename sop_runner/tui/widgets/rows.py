"""The rows of a list: all at hand, or read when they are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `lead` (a glyph), the text, something at the right end. A row without id is a heading."""

    id: str
    text: str
    lead: str = ""
    right: str = ""
    style: str = ""


class LazyRows(Sequence[Row]):
    """Many rows, read by the page when they are drawn. `keys` say which, `read` makes the rows of some.

    The id of a row is its key as text; all of them can be under the cursor.
    """

    _PAGE, _PAGES = 100, 20

    def __init__(self, keys: Sequence[int], read: Callable[[Sequence[int]], Sequence[Row]]) -> None:
        self._keys, self._read = keys, read
        self._pages: dict[int, Sequence[Row]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return self._read(self._keys[at])
        page, within = divmod(at, self._PAGE)
        if page not in self._pages:
            if len(self._pages) >= self._PAGES:
                self._pages.pop(next(iter(self._pages)))
            start = page * self._PAGE
            self._pages[page] = self._read(self._keys[start : start + self._PAGE])
        return self._pages[page][within]

    def find(self, row: str) -> int:
        """Where a row stands, without reading any; -1 for one that is not there."""
        try:
            return self._keys.index(int(row))
        except ValueError:
            return -1
