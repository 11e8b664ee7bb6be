"""Checkpoints (C2SP tlog-checkpoint): origin, size and root of the log as a signed note."""

from base64 import b64decode, b64encode
from typing import NamedTuple

from sop_runner.audit.note import BadNote, Note, Signer


class Checkpoint(NamedTuple):
    """A head of the log: its origin, the number of entries and the root hash over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def sign(self, *signers: Signer) -> bytes:
        """The signed checkpoint; a rotation is signed by the old key and the new one."""
        return Note.sign(self.text, *signers).encode()

    @classmethod
    def parse(cls, note: Note) -> "Checkpoint":
        """Read the text of a note. Raises BadNote; extension lines are allowed and skipped."""
        lines = note.text.split("\n")
        if len(lines) < 4 or not lines[0] or not (lines[1].isascii() and lines[1].isdigit()):
            raise BadNote("the checkpoint lacks its origin, size or root")
        if len(lines[1]) > 16 or lines[1] != str(int(lines[1])):
            raise BadNote(f"the size '{lines[1][:20]}' of the checkpoint is too long or has leading zeros")
        try:
            root = b64decode(lines[2], validate=True)
        except ValueError as error:
            raise BadNote("the root of the checkpoint is not base64") from error
        if len(root) != 32:
            raise BadNote(f"the root of the checkpoint takes {len(root)} bytes instead of 32")
        return cls(lines[0], int(lines[1]), root)
