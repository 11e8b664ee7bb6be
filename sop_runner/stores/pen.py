"""Whose turn it is among this user's processes to write to a log on a server, and what the last one left there.

The server's own lock keeps the log whole, also against other machines and where this file is gone or
damaged; the pen lets those who wait for it be taken along, and tells the next one where the log ends, so
that it need not ask. What lies here is compared with the log by the server before anything is added.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from sop_runner.audit.note import VerifierKey
from sop_runner.audit.tree import Frontier
from sop_runner.stores.group import Edge
from sop_runner.stores.lock import lock_file, unlock_file

_MOST = 10_000  # bytes; an edge takes less than 5,000


class Pen:
    """The turn among processes, in a file that only this user can read or write; not for several threads at once."""

    def __init__(self, path: Path) -> None:
        """Where the file cannot be made there is no pen, and nobody waits for one."""
        self._file = -1
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def take(self) -> bool:
        """Have the pen; False where another process has it."""
        try:
            return self._file < 0 or lock_file(self._file, wait=False)
        except OSError:
            return True

    def let_go(self) -> None:
        """Give the pen back; again is no error."""
        if self._file >= 0:
            with suppress(OSError):
                unlock_file(self._file)

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def left(self, own: VerifierKey) -> Edge | None:
        """Where the log ended when somebody here last wrote; None where that is not known.

        It names no signer but the `own` key.
        """
        try:
            raw = json.loads(os.pread(self._file, _MOST, 0).partition(b"\n")[0])
            size, leaf, *parts = raw["size"], *(bytes.fromhex(part) for part in (raw["leaf"], *raw["edge"]))
            if not isinstance(size, int) or size >> 62 or size.bit_count() != len(parts):
                return None
            frontier = Frontier.load(size, lambda *_: parts.pop(0))
            return Edge(leaf, frontier, own if raw["signer"] == own.text else None)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def leave(self, edge: Edge) -> None:
        """Say where the log ends now, to the next who has the pen."""
        raw = {
            "leaf": edge.leaf.hex(),
            "size": edge.frontier.size,
            "edge": [part.hex() for part in edge.frontier.edge],
            "signer": edge.signer and edge.signer.text,
        }
        with suppress(OSError):
            # In place: who is killed here leaves what is no edge, or none that the log has.
            os.pwrite(self._file, json.dumps(raw).encode() + b"\n", 0)
