"""Values sealed with AES-256-GCM (NIST SP 800-38D) under a key and for one place, and the master key of a vault."""

import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sop_runner.base.canonical import encode_checked
from sop_runner.base.errors import NotVerified, UsageError
from sop_runner.base.message import msg
from sop_runner.stores.files import create_private

_KEY_BYTES = 32
_NONCE_BYTES = 12


def new_key() -> bytes:
    """Draw a key."""
    return secrets.token_bytes(_KEY_BYTES)


def new_master(path: Path) -> bytes:
    """Draw the master key of a new vault and keep it at `path`. Raises UsageError where a file exists."""
    master = new_key()
    create_private(path, master.hex().encode() + b"\n")
    return master


def read_master(path: Path) -> bytes:
    """The master key of a vault. Raises UsageError where the file is missing or damaged."""
    try:
        master = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise UsageError(msg("the vault key '{path}' cannot be read", path=str(path))) from error
    if len(master) != _KEY_BYTES:
        raise UsageError(msg("the vault key '{path}' is damaged", path=str(path)))
    return master


def place_of(run: str, name: str, digest: str) -> bytes:
    return encode_checked([run, name, digest])  # binds a ciphertext to where it belongs


def seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher, _ = _sealing()
    return bytes(nonce + cipher(key).encrypt(nonce, plain, place))


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    return opener(key)(sealed, place)


def opener(key: bytes) -> Callable[[bytes, bytes], bytes]:
    """Opens what was sealed under a key for a place. That raises NotVerified where it was not."""
    cipher, unfit = _sealing()
    decrypt = cipher(key).decrypt

    def opened(sealed: bytes, place: bytes) -> bytes:
        try:
            return decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)  # type: ignore[no-any-return]
        except unfit as error:
            raise NotVerified(
                msg(
                    "a personal value does not open under its key: the vault was changed or the key is another's"
                )
            ) from error

    return opened


@cache
def _sealing() -> tuple[Any, type[Exception]]:
    """The cipher, and what it raises for bytes that are not its own; loaded when the first value comes."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM, InvalidTag
