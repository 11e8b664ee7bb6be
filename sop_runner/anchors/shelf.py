"""Heads of one log as files in a folder: one file a size, written once and never again."""

import re
from pathlib import Path
from typing import TypeVar

from sop_runner.base.canonical import sha256_hex
from sop_runner.stores.files import small_bytes, write_whole

_NAME = re.compile(r"([0-9]{16})\.checkpoint")
_PLAIN = re.compile(r"sop_runner/(live|training)/([0-9a-f]{8,64})")
MOST_HELD = 1_000
"""How many heads of one place a verification looks at: the ends, and evenly spread ones between."""
MOST_BYTES = 64_000
Kept = TypeVar("Kept")


def name_of(origin: str) -> str:
    """The name of a log's heads among files; what a forged log says of itself leads to no other place."""
    found = _PLAIN.fullmatch(origin)
    return f"{found[1]}-{found[2]}" if found else sha256_hex(origin.encode("utf-8", "surrogatepass"))


def spread(found: list[Kept]) -> list[Kept]:
    """At most MOST_HELD of them, the first and the last among these.

    A rewritten history that an anchor took several heads of shows as well, once it took that share of all.
    """
    if len(found) <= MOST_HELD:
        return found
    return [found[(len(found) - 1) * n // (MOST_HELD - 1)] for n in range(MOST_HELD)]


class Shelf:
    """The heads of one log in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sizes(self) -> list[int]:
        """The sizes that there are heads of, smallest first. Raises OSError where the folder cannot be read."""
        if not self.folder.exists():
            return []
        names = (_NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(found[1]) for found in names if found)

    def read(self, size: int, suffix: str = ".checkpoint") -> bytes | None:
        """The file of that size; None where there is none that could be one."""
        return small_bytes(self._path(size, suffix), MOST_BYTES)

    def put(self, size: int, data: bytes, suffix: str = ".checkpoint") -> None:
        """Keep a file durably; one that is there already stays. Raises OSError."""
        path = self._path(size, suffix)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, data)

    def _path(self, size: int, suffix: str) -> Path:
        return self.folder / f"{size:016d}{suffix}"
