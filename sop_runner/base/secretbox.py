"""What keeps secrets: one key file, sealed values, hashed passphrases, marks that reveal nothing.

Used for people (actors) and for customers (subjects) alike, so that there is one place to review.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UsageError
from .message import msg

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_KEY_BYTES = 32
_NONCE_BYTES = 12
_MARK_HEX = 32


def create_private(path: Path, content: bytes = b"") -> None:
    """Create a file that only its owner reads (0600). Raises UsageError where one exists."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            msg("'{path}' exists already", path=str(path)),
            hint=msg("Choose another folder; it is not replaced."),
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def require_private(path: Path) -> None:
    """Refuse a secret file that is missing or that others can read. Raises UsageError."""
    try:
        mode = path.stat().st_mode
    except OSError:
        raise UsageError(
            msg("'{path}' cannot be read", path=str(path)),
            hint=msg("Restore it, or make a desk with 'sop init'."),
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise UsageError(
            msg("'{path}' can be read by others", path=str(path)),
            hint=msg("Run 'chmod 600 {path}' and try again.", path=str(path)),
        )


class SecretBox:
    """Seals, hashes and marks under one key; the key never leaves this object.

    A copy of the databases without the key file gives away nothing: passphrases are hashed with
    argon2id over a keyed digest (RFC 9106), other values sealed with AES-256-GCM.
    """

    def __init__(self, key: bytes, hasher: "PasswordHasher | None" = None) -> None:
        self._key = key
        self._hasher = hasher

    @classmethod
    def create(cls, path: Path, hasher: "PasswordHasher | None" = None) -> "SecretBox":
        """Make a new key file (0600). Raises UsageError where one exists."""
        create_private(path, secrets.token_hex(_KEY_BYTES).encode() + b"\n")
        return cls.open(path, hasher)

    @classmethod
    def open(cls, path: Path, hasher: "PasswordHasher | None" = None) -> "SecretBox":
        """Read a key file. Raises UsageError where it is missing, readable by others or damaged."""
        require_private(path)
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii"))
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise UsageError(
                msg("'{path}' holds no key", path=str(path)), hint=msg("Restore the file from its backup.")
            )
        return cls(key, hasher)

    def mark(self, purpose: str, *parts: str) -> str:
        """A keyed digest as hex: equal for equal parts, and says nothing about them."""
        raw = [part.encode("utf-8", "surrogatepass") for part in parts]  # anything may be typed
        message = b"".join(len(part).to_bytes(4, "big") + part for part in raw)
        return hmac.new(self._subkey(purpose), message, hashlib.sha256).hexdigest()[:_MARK_HEX]

    def same_mark(self, expected: str, purpose: str, *parts: str) -> bool:
        """Whether `mark` of these parts is `expected`, in constant time."""
        return hmac.compare_digest(expected, self.mark(purpose, *parts))

    def seal(self, purpose: str, owner: str, secret: str) -> str:
        """Encrypt `secret`; the seal opens only for the same purpose and owner. Hex text."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._subkey("seal")).encrypt(nonce, secret.encode(), self._about(purpose, owner))
        return (nonce + sealed).hex()

    def unseal(self, purpose: str, owner: str, sealed: str) -> str:
        """Decrypt what `seal` returned. Raises UsageError where key, purpose, owner or text differ."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            raw = bytes.fromhex(sealed)
            nonce, text = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return AESGCM(self._subkey("seal")).decrypt(nonce, text, self._about(purpose, owner)).decode()
        except (InvalidTag, ValueError):
            raise UsageError(
                msg("the sealed secret of '{owner}' does not open with this key", owner=owner),
                hint=msg("Restore the key file that belongs to this desk, or enrol the factor again."),
            ) from None

    def hash_phrase(self, owner: str, phrase: str) -> str:
        """An argon2id hash of a folded passphrase, bound to its owner and to the key."""
        return self._argon2().hash(self._peppered(owner, phrase))

    def phrase_matches(self, stored: str, owner: str, phrase: str) -> bool:
        """Whether `phrase` is the one hashed for `owner`. Costs an argon2 run, right or wrong."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._argon2().verify(stored, self._peppered(owner, phrase))
        except (VerificationError, InvalidHashError):
            return False

    def _argon2(self) -> "PasswordHasher":
        if self._hasher is None:
            from argon2 import PasswordHasher

            self._hasher = PasswordHasher()
        return self._hasher

    def _peppered(self, owner: str, phrase: str) -> str:
        return self.mark("passphrase", owner, phrase)

    def _subkey(self, purpose: str) -> bytes:
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).digest()

    @staticmethod
    def _about(purpose: str, owner: str) -> bytes:
        return f"{purpose}\x00{owner}".encode()
