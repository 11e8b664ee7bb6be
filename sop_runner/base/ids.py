"""Identifiers that people read aloud: Crockford base 32, without I, L, O and U."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def readable_id(groups: int = 2, size: int = 4) -> str:
    """A random id such as `7F3K-22QM`; 20 bits a group of four."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(size)) for _ in range(groups))


def random_hex(size: int = 16) -> str:
    """`size` random bytes as hex: idempotency keys, salts, log ids."""
    return secrets.token_hex(size)
