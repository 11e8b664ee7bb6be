"""Cosignatures (C2SP tlog-cosignature): a witness says when it saw a checkpoint as the largest of its log."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property

from sop_runner.audit.note import Note, Signature, Signer, VerifierKey, key_hash, key_parts
from sop_runner.base.errors import UsageError

ALGORITHM = b"\x04"  # timestamped Ed25519, in C2SP tlog-cosignature, "Format"
_LATEST = 1 << 63  # a time must stay below it


@dataclass(frozen=True)
class CosignerKey:
    """The name and the Ed25519 key that a witness cosigns with."""

    name: str
    public: bytes

    @cached_property
    def hash(self) -> bytes:
        return key_hash(self.name, self.public, ALGORITHM)

    @property
    def text(self) -> str:
        """`name+hash+base64`, the form that other C2SP tools read."""
        return f"{self.name}+{self.hash.hex()}+{b64encode(ALGORITHM + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "CosignerKey":
        """Read a witness's key. Raises UsageError where the text is none or its hash is wrong."""
        name, short, public = key_parts(text.strip(), text, ALGORITHM)
        made = cls(name, public)
        if made.hash.hex() != short:
            raise UsageError(f"the hash '{short}' in the key of the witness '{name}' is not that of the key")
        return made

    def cosigned(self, note: Note) -> int | None:
        """When this witness cosigned the note, in seconds since 1970; None where no cosignature of it holds."""
        key = VerifierKey(self.name, self.public)
        times = [
            int.from_bytes(one.value[:8], "big")
            for one in note.signatures
            if (one.name, one.key) == (self.name, self.hash) and len(one.value) == 72
            if key.verify(_message(note.text, int.from_bytes(one.value[:8], "big")), one.value[8:])
        ]
        return max((when for when in times if when < _LATEST), default=None)


def cosigner(signer: Signer) -> CosignerKey:
    """The key that others know a cosigning `signer` by."""
    return CosignerKey(signer.verifier.name, signer.verifier.public)


def cosign(signer: Signer, text: str, when: int) -> Signature:
    """Cosign the text of a checkpoint at `when`, in seconds since 1970 ("Ed25519 signed message")."""
    key = cosigner(signer)
    value = when.to_bytes(8, "big") + signer.sign(_message(text, when))
    return Signature(key.name, key.hash, value)


def _message(text: str, when: int) -> bytes:
    return f"cosignature/v1\ntime {when}\n{text}".encode()
