"""Commitments: what the audit log holds instead of a personal value."""

from hashlib import sha256
from typing import Any

from sop_runner.base.canonical import canonical_bytes

SALT_BYTES = 16


def commitment(salt: bytes, value: Any) -> str:
    """SHA-256(salt || canonical bytes of `value`) as hex.

    The salt (at least 16 random bytes) keeps anybody from guessing short values such as
    telephone numbers. Raises ValueError for a shorter one.
    """
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt takes at least {SALT_BYTES} bytes, not {len(salt)}")
    return sha256(salt + canonical_bytes(value)).hexdigest()
