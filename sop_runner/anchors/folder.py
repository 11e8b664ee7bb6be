"""A second folder: on another disk or another machine's share, best one where files can be added and not changed."""

from pathlib import Path

from sop_runner.audit.anchors import Anchor
from sop_runner.audit.findings import entries

from .port import Contradicts, Head, NotPlaced, OpenLog, Recalled
from .shelf import Shelf, name_of, spread


class Folder:
    """Implements `port.Target`."""

    def __init__(self, path: Path, desk: Path) -> None:
        self._path = path
        self._desk = desk

    @property
    def name(self) -> str:
        return f"the folder '{self._path}'"

    @property
    def where(self) -> str:
        return str(self._path)

    def place(self, head: Head) -> bool:
        self._there()
        shelf = Shelf(self._path / name_of(head.checkpoint.origin))
        size = head.checkpoint.size
        try:
            sizes = shelf.sizes()
            for newest in sizes[-1:]:
                head.refuse_other(shelf.read(newest) or b"")
            if size in sizes:
                if head.refuse_other(shelf.read(size) or b"") != size:
                    raise Contradicts(
                        f"its file of {entries(size)} is no head of this log",
                        hint="Look at who wrote it; move it away.",
                    )
                return False
            shelf.put(size, head.note.encode())
        except OSError as error:
            raise NotPlaced(f"it cannot be written: {error.strerror}") from error
        return True

    def recall(self, origin: str, open_log: OpenLog, *, network: bool) -> Recalled:
        self._there()
        shelf = Shelf(self._path / name_of(origin))
        try:
            sizes = shelf.sizes()
        except OSError as error:
            raise NotPlaced(f"it cannot be read: {error.strerror}") from error
        kept = f"a head in {self.name}"
        heads = tuple(Anchor(kept, shelf.read(size) or b"") for size in spread(sizes))
        return Recalled(
            heads, f"heads {len(sizes)}, the newest of {entries(sizes[-1])}" if sizes else "no head"
        )

    def _there(self) -> None:
        """Raise NotPlaced where the folder is missing: a disk that is not mounted is not made up for by a new folder."""
        if not self._path.is_dir():
            raise NotPlaced("there is no such folder", hint="Mount it, or make it.")
        if self._path.is_relative_to(self._desk.resolve()):
            raise NotPlaced(
                "it lies in the desk's folder and would be put back together with it",
                hint="Name a folder on another disk or machine.",
            )
