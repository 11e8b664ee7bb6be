"""Typed values in memory: what a field can hold, what is not known, and what is sealed."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias

MAX_LENGTH: Final = 4000
"""Characters a text may have where its field does not say (`max_length`)."""

MAX_ROWS: Final = 1000
"""Rows a list may have where its field does not say (`at_most`)."""


class Unknown(Enum):
    """The type of `UNKNOWN`: a name that has no value now."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = Unknown.UNKNOWN

Cell = str | int | Decimal | bool | date | time | datetime | timedelta
Row: TypeAlias = dict[str, "Value | None"]
Value: TypeAlias = Cell | tuple[Row, ...]
"""Text, choice, email, phone and link are str; number and money Decimal; a datetime is aware UTC;
a list is a tuple of rows, each with every field of the list, None where it was left empty."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that the audit log holds as a commitment only.

    It is known; `value` is the typed value while it can be had, else UNKNOWN (digest, erased).
    """

    commitment: str
    value: Value | Unknown = UNKNOWN

    @property
    def available(self) -> bool:
        """Whether its clear value can be read."""
        return self.value is not UNKNOWN


def opened(value: object) -> object:
    """The clear value of a Sealed one, UNKNOWN where it cannot be had; anything else as it is."""
    return value.value if isinstance(value, Sealed) else value


def is_known(value: object) -> bool:
    """Whether a name with this value is known: sealed values are, empty optional ones are not."""
    return value is not UNKNOWN and value is not None


@lru_cache(maxsize=4096)
def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, so that full-width `１２３` equals `123`."""
    return text if text.isascii() else _nfkc(text)
