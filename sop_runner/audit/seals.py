"""Judging one stored checkpoint: is it a note, of this log, signed by the right key?"""

from base64 import b64encode
from dataclasses import dataclass

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.note import BadNote, Note, VerifierKey

_SIGNATURE_LINE = 93  # 4 + 64 bytes in base64, and the end of the line


@dataclass(slots=True)
class Seals:
    """Knows the origin and the key of a log and counts the signatures it checked.

    Without a key nothing can be judged as signed; the roots are then hints, and the verdict
    says `UNVERIFIABLE` elsewhere.
    """

    origin: str
    key: VerifierKey | None
    checked: int = 0

    def judge(self, size: int, data: bytes, *, signature: bool = True) -> Checkpoint | AuditFinding:
        """The checkpoint stored under `size`, or what is wrong with it.

        Without `signature` the key that is named is looked at and the signature itself is not.
        """

        def wrong(code: Code, message: str) -> AuditFinding:
            return AuditFinding(code, size - 1, None, f"the checkpoint of size {size} {message}")

        try:
            note = Note.parse(data)
            head = Checkpoint.parse(note)
        except BadNote as error:
            return wrong(Code.SIG_FORGED, f"cannot be read: {error.message}")
        if head.origin != self.origin:
            return wrong(Code.SIG_FORGED, f"is of another log, '{head.origin}'")
        if self.key is not None:
            if not note.signatures:
                return wrong(Code.SIG_MISSING, "carries no signature")
            if not note.names(self.key):
                names = ", ".join(f"{s.name}+{s.key.hex()}" for s in note.signatures)
                return wrong(Code.REKEYED, f"is signed by '{names}', a key this log never enrolled")
            if signature:
                self.checked += 1
                if not note.signed_by(self.key):
                    return wrong(Code.SIG_FORGED, "has a signature that is not of its text")
        if head.size != size:
            return wrong(Code.COLUMN_MISMATCH, f"says size {head.size}")
        return head

    def is_of(self, size: int, root: bytes, data: bytes) -> bool:
        """Whether `data` is the one note over that head which names the log's key; its signature is
        not looked at. The short way for most notes of a long log: False may mean another form."""
        if self.key is None:
            return False
        head = f"{Checkpoint(self.origin, size, root).text}\n\u2014 {self.key.name} ".encode()
        signed = data[len(head) :]
        if not data.startswith(head) or len(signed) != _SIGNATURE_LINE:
            return False
        return signed.startswith(self._named) and signed.endswith(b"\n") and b"\n" not in signed[:-1]

    @property
    def _named(self) -> bytes:
        # Base64 of the key's four bytes: the fifth character and on hold bits of the signature too.
        return b64encode(self.key.hash)[:5] if self.key is not None else b""
