"""A log as files (C2SP tlog-tiles): where each tile lies, how wide it is, how entries are bundled.

A tile holds the hashes of up to 256 subtrees of one height: those at level L are the roots over
256^L leaves each. Only the last tile of a level may be narrower, and its name says how wide it is.
"""

from collections.abc import Callable

from sop_runner.audit.tree import Frontier

WIDTH = 256
_HEIGHT = 8  # levels of the tree between two levels of tiles
_LENGTH = 2  # bytes that say how long an entry in a bundle is

Write = Callable[[str, bytes], None]
"""Takes a path below the log's folder, with slashes, and the bytes of that file."""


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """The path of a tile; `level` is `entries` for a bundle of entries."""
    number = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        number = f"x{index % 1000:03d}/{number}"
    return f"tile/{level}/{number}" + ("" if width == WIDTH else f".p/{width}")


def framed(body: bytes) -> bytes:
    """An entry as it stands in a bundle: its length in two bytes, most significant first, and itself."""
    return len(body).to_bytes(_LENGTH) + body


class Tiles:
    """Writes the tiles of a log while its entries pass by, in memory of a few tiles."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._frontier = Frontier()
        self._entries = _Row("entries", write)
        self._levels: list[_Row] = []

    @property
    def size(self) -> int:
        """The number of entries so far."""
        return self._frontier.size

    def push(self, body: bytes, leaf: bytes) -> None:
        """Take the next entry and its leaf hash; writes what it completes."""
        self._entries.add(framed(body))
        for level, _, value in self._frontier.push(leaf):
            if level % _HEIGHT == 0:
                if level // _HEIGHT == len(self._levels):
                    self._levels.append(_Row(len(self._levels), self._write))
                self._levels[level // _HEIGHT].add(value)

    def finish(self) -> bytes:
        """Write the narrower tiles at the right edge; the root over all entries."""
        for row in (self._entries, *self._levels):
            row.flush()
        return self._frontier.root()


class _Row:
    """The tiles of one level, one after another."""

    def __init__(self, level: int | str, write: Write) -> None:
        self._level, self._write = level, write
        self._parts: list[bytes] = []
        self._written = 0

    def add(self, part: bytes) -> None:
        self._parts.append(part)
        if len(self._parts) == WIDTH:
            self.flush()

    def flush(self) -> None:
        if self._parts:
            self._write(tile_path(self._level, self._written, len(self._parts)), b"".join(self._parts))
            self._written += 1
            self._parts.clear()
