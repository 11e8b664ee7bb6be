"""Judging stored checkpoints: is each a note, of this log, signed by a key that might sign it then?"""

from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Iterable
from typing import Any

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.keyring import KEY_TYPES, Keyring
from sop_runner.audit.note import BadNote, Note, VerifierKey

_SIGNATURE_LEFT = 88  # of 4 + 64 bytes in base64 and the end of the line, after five characters


class Seals:
    """Follows the keys of a log and counts the signatures it checked; checkpoints come by size.

    Without a ring nothing can be judged as signed; the roots are then hints, and the verdict
    says `UNVERIFIABLE` elsewhere.
    """

    def __init__(self, origin: str, ring: Keyring | None) -> None:
        self.origin = origin
        self.ring = ring
        self._begins = f"{origin}\n".encode()
        self._lines: list[bytes] | None = None  # how the line of each key that may sign now begins
        self.checked = 0
        self.signers: set[VerifierKey] = set()
        """Keys with a signature that was checked and is right."""
        self.refused: list[AuditFinding] = []

    @property
    def state(self) -> tuple[Any, ...]:
        """Which keys may sign what from here on; see `Keyring.state`."""
        return () if self.ring is None else self.ring.state

    def joined(
        self, checked: int, signers: Iterable[str], refused: Iterable[AuditFinding], state: tuple[Any, ...]
    ) -> None:
        """Take over what was found out about the checkpoints that follow, and how the keys stand then."""
        self.checked += checked
        self.signers.update(map(VerifierKey.parse, signers))
        self.refused += refused
        if self.ring is not None:
            self.ring, self._lines = Keyring.resumed(self.origin, state), None

    def enter(self, index: int, kind: str, evidence: object) -> None:
        """Take an entry: only those about keys matter here. What it may not change is a finding."""
        if kind in KEY_TYPES and self.ring is not None:
            why = self.ring.take(kind, evidence)
            if why:
                said = f"the entry '{kind}' changes no key: {why}"
                self.refused.append(AuditFinding(Code.REKEYED, index, None, said))

    def judge(self, size: int, data: bytes, *, signature: bool = True) -> Checkpoint | AuditFinding:
        """The checkpoint stored under `size`, or what is wrong with it.

        Without `signature` the key that is named is looked at and the signature itself is not,
        unless the checkpoint is the first to cover a change of keys: trust in what follows rests on it.
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
        if self.ring is not None:
            if not note.signatures:
                return wrong(Code.SIG_MISSING, "carries no signature")
            named = [key for key in self.ring.known if note.names(key)]
            if not named:
                names = ", ".join(f"{s.name}+{s.key.hex()}" for s in note.signatures)
                return wrong(Code.REKEYED, f"is signed by '{names}', a key this log never enrolled")
            able = [key for key in named if self.ring.may_sign(key)]
            if not able:
                names = ", ".join(f"{key.name}+{key.hash.hex()}" for key in named)
                return wrong(Code.KEY_OUT_OF_RANGE, f"is signed by '{names}', which may not sign it")
            if signature or self.ring.changes:
                self.checked += 1
                if not all(note.signed_by(key) for key in able):
                    return wrong(Code.SIG_FORGED, "has a signature that is not of its text")
                self.signers.update(able)
        if head.size != size:
            return wrong(Code.COLUMN_MISMATCH, f"says size {head.size}")
        return head

    def covered(self, size: int) -> None:
        """The checkpoint of that size is good: changes of keys under it count from now on."""
        if self.ring is not None and self.ring.changes:
            self.ring.covered(size)
            self._lines = None

    def is_of(self, size: int, root: bytes, data: bytes) -> bool:
        """Whether `data` is the one note over that head which names a key that may sign it; its signature
        is not looked at. The short way for most notes of a long log: False may mean another form."""
        if self.ring is None or self.ring.changes:
            return False
        if self._lines is None:
            keys = [key for key in self.ring.known if self.ring.may_sign(key)]
            # Base64 of the key's four bytes: the fifth character and on hold bits of the signature too.
            self._lines = [f"\n\n\u2014 {key.name} ".encode() + b64encode(key.hash)[:5] for key in keys]
        root_text = b2a_base64(root, newline=False)
        for line in self._lines:
            head = b"%b%d\n%b%b" % (self._begins, size, root_text, line)
            end = len(head) + _SIGNATURE_LEFT
            if data.startswith(head) and len(data) == end and data.find(b"\n", len(head)) == end - 1:
                return True
        return False
