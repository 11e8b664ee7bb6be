"""The tree of RFC 6962, section 2.1, grown by many leaves at a time: what verification of a long log needs.

It gives the same nodes and roots as `Frontier`, a property test holds them equal, and costs a hash
a node and little else.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256

from sop_runner.audit.tree import EMPTY_ROOT

Row = tuple[int, int, list[bytes]]
"""New full subtrees of one level: the level, the index of the first, their hashes."""


class Growing:
    """The nodes of the newest leaves and whatever stands open to the left of them, level by level."""

    __slots__ = ("_above", "_before", "_low", "_rows", "size")

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        """The tree of the first `size` leaves, with the roots of its full subtrees, largest first."""
        self.size = size
        self._before = size  # the size that roots can be asked for from
        levels = range(size.bit_length())
        open_ = dict(zip((level for level in reversed(levels) if size >> level & 1), edge, strict=True))
        # A level from the leaves up: the index of its first hash that is kept, and the hashes.
        self._rows = [
            ((size >> level) - 1, [open_[level]]) if level in open_ else (size >> level, list[bytes]())
            for level in levels
        ]
        self._low, self._above = -1, list[bytes]()

    def edge(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, largest first."""
        levels = range(self.size.bit_length() - 1, -1, -1)
        return tuple(self._rows[level][1][-1] for level in levels if self.size >> level & 1)

    def grow(self, leaves: Sequence[bytes]) -> list[Row]:
        """Add leaf hashes; the full subtrees that are new, by level from 1 up."""
        new: list[Row] = []
        fresh, level, index = list(leaves), 0, self.size
        self._before, self.size = self.size, self.size + len(fresh)
        while fresh or level < len(self._rows):
            open_ = self._rows[level][1][-1:] if self._before >> level & 1 else []
            row = open_ + fresh
            first = index - len(open_)
            if level == len(self._rows):
                self._rows.append((first, row))
            else:
                self._rows[level] = first, row
            pairs = zip(row[::2], row[1::2], strict=False)  # the odd one out stays open
            fresh = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            level, index = level + 1, index >> 1
            if fresh:
                new.append((level, index, fresh))
        self._low = (1 << len(new) + 1) - 1
        # Above the levels that grew, the open nodes are those of every size on the way.
        above = enumerate(self._rows[len(new) + 1 :], len(new) + 1)
        self._above = [b"\x01" + row[0] for level, (_, row) in above if self.size >> level & 1]
        return new

    def root(self, size: int) -> bytes:
        """The Merkle tree hash of the first `size` leaves: the present size, or one since the last growing."""
        if not self._before <= size <= self.size:
            raise ValueError(
                f"the root of size {size} is not at hand, those of {self._before} to {self.size} are"
            )
        rows, value = self._rows, b""
        for level in _ones(size & self._low):
            first, row = rows[level]
            node = row[(size >> level) - 1 - first]
            value = sha256(b"\x01" + node + value).digest() if value else node
        for node in self._above:
            value = sha256(node + value).digest() if value else node[1:]
        return value or EMPTY_ROOT


@cache
def _ones(number: int) -> tuple[int, ...]:
    """Where a number has ones in binary, the lowest first."""
    return tuple(at for at in range(number.bit_length()) if number >> at & 1)
