"""What a vault keeps, and what it gives back."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeAlias

from sop_runner.audit.commitment import SALT_BYTES, commitment


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


Kept: TypeAlias = tuple[bytes, Any]
"""The salt of a kept value, and the value; None where only the salt was kept."""
# A text with nothing escaped is its own canonical form: the bytes that were committed to are those at hand.
_TEXT = re.compile(
    rb'\{"salt":"([0-9a-f]{%d,})","value":("[^"\\\x00-\x1f]*+")\}' % (2 * SALT_BYTES)
).fullmatch


def committed_in(inner: bytes, digest: str) -> Kept | None:
    """What is kept in the clear bytes of a sealed value; None where it is not what a commitment is of.

    Raises ValueError, KeyError or TypeError for bytes that no program sealed.
    """
    plain = _TEXT(inner)
    if plain is not None:
        salt, value = bytes.fromhex(plain[1].decode()), plain[2]
        return (salt, value[1:-1].decode()) if sha256(salt + value).hexdigest() == digest else None
    told = json.loads(inner.decode())
    salt, clear = bytes.fromhex(told["salt"]), told.get("value")
    return (salt, clear) if clear is None or commitment(salt, clear) == digest else None
