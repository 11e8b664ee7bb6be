"""Signed notes (C2SP signed-note): text, a blank line, one line a signature; Ed25519 keys."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sop_runner.base.errors import NotVerified, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALGORITHM = b"\x01"  # Ed25519, in C2SP signed-note
_MARK = "\u2014 "  # every signature line starts with an em dash and a space
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_SECRET = "PRIVATE+KEY+"  # noqa: S105  # the format's marker, no secret


class BadNote(NotVerified):
    """Bytes that should be a signed note are not one."""


def key_hash(name: str, public: bytes, algorithm: bytes = ALGORITHM) -> bytes:
    """The four bytes that name a key: SHA-256(name || 0x0A || algorithm || public key)[:4]."""
    return sha256(name.encode() + b"\n" + algorithm + public).digest()[:4]


def check_name(name: str) -> str:
    """A key name is not empty and holds neither white space nor '+'. Raises UsageError."""
    if not name or "+" in name or any(c.isspace() for c in name):
        raise UsageError(f"'{name}' cannot name a key: it is empty, or holds white space or '+'")
    return name


class Signer(Protocol):
    """Signs notes under one name; the key object is loaded once."""

    @property
    def verifier(self) -> "VerifierKey": ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature."""
        ...

    def refresh(self) -> None:
        """Look for the key again where it may have been replaced, as after a rotation elsewhere."""
        ...


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name; `text` is what a reviewer pins."""

    name: str
    public: bytes

    @cached_property
    def hash(self) -> bytes:
        return key_hash(self.name, self.public)

    @property
    def text(self) -> str:
        """`name+hash+base64`, the form that other C2SP tools read."""
        return f"{self.name}+{self.hash.hex()}+{b64encode(ALGORITHM + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a verifier key. Raises UsageError where the text is none or its hash is wrong."""
        name, short, key = key_parts(text.strip(), text)
        made = cls(name, key)
        if made.hash.hex() != short:
            raise UsageError(f"the hash '{short}' in the verifier key '{text}' is not that of the key")
        return made

    @cached_property
    def _key(self) -> "Ed25519PublicKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(self.public)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """True when `signature` is this key's over `message`."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Ed25519Signer:
    """A signing key held in memory."""

    def __init__(self, name: str, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._verifier = VerifierKey(check_name(name), self._key.public_key().public_bytes_raw())

    @property
    def verifier(self) -> VerifierKey:
        return self._verifier

    @property
    def secret_text(self) -> str:
        """The key as a line of text for a file that only its owner can read."""
        key = self._verifier
        return f"{_SECRET}{key.name}+{key.hash.hex()}+{b64encode(ALGORITHM + self._seed).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Ed25519Signer":
        """Read `secret_text` back. Raises UsageError, which never quotes the text."""
        shown = "(the text of the key file)"
        if not text.startswith(_SECRET):
            raise UsageError(f"{shown} is not a signing key")
        name, short, seed = key_parts(text.strip().removeprefix(_SECRET), shown)
        made = cls(name, seed)
        if made.verifier.hash.hex() != short:
            raise UsageError(f"{shown} is damaged: its hash is not that of the key")
        return made

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def refresh(self) -> None:
        """A key in memory stays what it is."""


class Signature(NamedTuple):
    """One signature line: who says to have signed, the key's four bytes, the signature."""

    name: str
    key: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note."""
        return f"{_MARK}{self.name} {b64encode(self.key + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A signed text; it ends in a newline."""

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def sign(cls, text: str, *signers: Signer) -> "Note":
        """Sign `text` with each signer, in order."""
        message = text.encode()
        return cls(text, tuple(Signature(s.verifier.name, s.verifier.hash, s.sign(message)) for s in signers))

    def encode(self) -> bytes:
        """The note's bytes."""
        return "".join((self.text, "\n", *(one.line for one in self.signatures))).encode()

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Read a note. Raises BadNote for anything C2SP signed-note does not allow."""
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadNote("the note is not UTF-8") from error
        if _CONTROL.search(whole):
            raise BadNote("the note holds a control character")
        text, blank, tail = whole.rpartition("\n\n")
        if not blank or (tail and not tail.endswith("\n")):
            raise BadNote("the note has no blank line before its signatures, or its end is cut off")
        return cls(text + "\n", tuple(_signature(line) for line in tail.split("\n")[:-1]))

    def names(self, key: VerifierKey) -> bool:
        """Whether a signature says to be of `key`."""
        return any(s.name == key.name and s.key == key.hash for s in self.signatures)

    def signed_by(self, key: VerifierKey) -> bool | None:
        """True or False for a right or wrong signature of `key`, None where it signed nothing."""
        own = [s for s in self.signatures if s.name == key.name and s.key == key.hash]
        if not own:
            return None
        return all(key.verify(self.text.encode(), s.value) for s in own)


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not name or not encoded or "+" in name:
        raise BadNote(f"'{line}' is not a signature line")
    try:
        raw = b64decode(encoded, validate=True)
    except ValueError as error:
        raise BadNote(f"the signature of '{name}' is not base64") from error
    if len(raw) < 5:
        raise BadNote(f"the signature of '{name}' is too short")
    return Signature(name, raw[:4], raw[4:])


def key_parts(text: str, shown: str, algorithm: bytes = ALGORITHM) -> tuple[str, str, bytes]:
    """Name, hash and 32 bytes of a key of the form name+hash+base64. Raises UsageError, which quotes `shown`."""
    # The base64 may hold '+' itself, so the name and the hash are split off from the left.
    parts = text.split("+", 2)
    if len(parts) == 3:
        try:
            raw = b64decode(parts[2], validate=True)
        except ValueError:
            raw = b""
        if raw[:1] == algorithm and len(raw) == 33:
            return check_name(parts[0]), parts[1], raw[1:]
    raise UsageError(f"'{shown}' is not an Ed25519 key of the form name+hash+base64")
