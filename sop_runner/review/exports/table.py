"""What every table of an export is: entries go in one by one, a file comes out."""

from collections.abc import Mapping
from typing import Any, Protocol

from sop_runner.audit.log import Opening


class Table(Protocol):
    """One format. Memory is bounded by what is open at a time, not by the length of the log."""

    def begin(self, opening: Opening) -> None:
        """Write what stands before the first entry."""
        ...

    def add(self, body: Mapping[str, Any], leaf: bytes) -> None:
        """Take the next entry of the log: its body and leaf hash."""
        ...

    def finish(self) -> None:
        """Write what is still held back, and the end."""
        ...
