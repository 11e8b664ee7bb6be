"""What a vault keeps, and what it gives back."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Personal:
    """A value to keep: whose it is, its salt (16 bytes or more) and the value (canonical JSON).

    With `keep_value` off only the salt is kept, enough to show later that a value somebody
    presents is the one that was committed to.
    """

    run: str
    name: str
    subject: str
    salt: bytes
    value: Any
    keep_value: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """A kept value: `value` is None where only the salt was kept."""

    name: str
    subject: str
    salt: bytes
    value: Any


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is kept of one subject in one run: the names of the values, which are their commitments."""

    subject: str
    run: str
    names: tuple[str, ...]
