"""Receipts: a closing entry with its inclusion proof and checkpoint (C2SP tlog-proof)."""

from base64 import b64decode, b64encode
from dataclasses import dataclass

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import Entry
from sop_runner.audit.log import Ledger
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.tree import inclusion_proof, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt taken apart; `body` are the exact bytes of the closing entry."""

    body: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: Note

    def doubt(self, *keys: VerifierKey) -> str:
        """Why the receipt does not prove its entry under any of `keys`; empty where it does."""
        head = self.checkpoint
        answers = [self.note.signed_by(key) for key in keys]
        if False in answers:
            return "the signature of its checkpoint is not of its text"
        if True not in answers:
            names = ", ".join(f"'{key.name}+{key.hash.hex()}'" for key in keys)
            return f"its checkpoint is not signed by the key {names}"
        if not verify_inclusion(leaf_hash(self.body), self.index, head.size, self.proof, head.root):
            return "its entry does not lie under its checkpoint"
        return ""


def receipt_text(ledger: Ledger, entry: Entry) -> str:
    """The receipt of an entry under the newest checkpoint.

    The entry's bytes ride as the proof's extra data, so that the text stands alone. The
    checkpoint's origin says `training` where the ledger is one.
    """
    note = ledger.checkpoint().decode()
    size = Checkpoint.parse(Note.parse(note.encode())).size
    proof = inclusion_proof(entry.seq, size, ledger.node)
    lines = [
        HEADER,
        f"extra {b64encode(entry.body).decode()}",
        f"index {entry.seq}",
        *(b64encode(step).decode() for step in proof),
    ]
    return "\n".join(lines) + "\n\n" + note


def read_receipt(text: str) -> Receipt:
    """Read `receipt_text` back. Raises BadNote for anything else."""
    head, blank, note_text = text.partition("\n\n")
    lines = head.split("\n")
    try:
        if not blank or lines[0] != HEADER or not lines[1].startswith("extra "):
            raise ValueError("its first lines are those of another text, or a part of it is missing")
        index = lines[2].removeprefix("index ")
        if not index.isascii() or not index.isdigit():
            raise ValueError("it has no index")
        note = Note.parse(note_text.encode())
        return Receipt(
            b64decode(lines[1].removeprefix("extra "), validate=True),
            int(index),
            tuple(b64decode(line, validate=True) for line in lines[3:]),
            Checkpoint.parse(note),
            note,
        )
    except (ValueError, IndexError) as error:
        raise BadNote(f"the text is no receipt: {error}") from error
