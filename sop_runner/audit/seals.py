"""Judging one stored checkpoint: is it a note, of this log, signed by the right key?"""

from dataclasses import dataclass

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.note import BadNote, Note, VerifierKey


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
        """The checkpoint stored under `size`, or what is wrong with it."""

        def wrong(code: Code, message: str) -> AuditFinding:
            return AuditFinding(code, size - 1, None, f"the checkpoint of size {size} {message}")

        try:
            note = Note.parse(data)
            head = Checkpoint.parse(note)
        except BadNote as error:
            return wrong(Code.SIG_FORGED, f"cannot be read: {error.message}")
        if head.origin != self.origin:
            return wrong(Code.SIG_FORGED, f"is of another log, '{head.origin}'")
        if self.key is not None and signature:
            if not note.signatures:
                return wrong(Code.SIG_MISSING, "carries no signature")
            self.checked += 1
            valid = note.signed_by(self.key)
            if valid is None:
                names = ", ".join(f"{s.name}+{s.key.hex()}" for s in note.signatures)
                return wrong(Code.REKEYED, f"is signed by '{names}', a key this log never enrolled")
            if not valid:
                return wrong(Code.SIG_FORGED, "has a signature that is not of its text")
        if head.size != size:
            return wrong(Code.COLUMN_MISMATCH, f"says size {head.size}")
        return head
