"""Signing keys in files that only their owner may read; never in a database."""

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from sop_runner.audit.note import Ed25519Signer, VerifierKey
from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg
from sop_runner.stores.files import create_private


def create_key(path: Path, name: str) -> "KeyFile":
    """Draw a new Ed25519 key and keep it at `path`. Raises UsageError where a file exists."""
    import secrets

    create_private(path, (Ed25519Signer(name, secrets.token_bytes(32)).secret_text + "\n").encode())
    return KeyFile(path)


class KeyFile:
    """A signer whose key is read when it first signs, so that opening a log costs nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _signer(self) -> Ed25519Signer:
        try:
            text = self.path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise UsageError(
                msg(
                    "the signing key '{path}' cannot be read: {reason}",
                    path=str(self.path),
                    reason=reason or str(error),
                ),
                hint=msg(
                    "Where it is lost, 'sop keys use FILE' goes on with the key that was kept apart. Nothing on record is lost with it."
                ),
            ) from error
        return Ed25519Signer.parse(text)

    @property
    def verifier(self) -> VerifierKey:
        return self._signer.verifier

    def sign(self, message: bytes) -> bytes:
        return self._signer.sign(message)

    def refresh(self) -> None:
        """Read the key again; one that a rotation left beside it, interrupted once it was on record, takes its place."""
        with suppress(OSError):  # there is none, mostly
            os.replace(next_key(self.path), self.path)
        self.__dict__.pop("_signer", None)


def next_key(path: Path) -> Path:
    """Where the key lies that takes the place of the one at `path` once it is on record."""
    return path.with_name(path.name + ".next")
