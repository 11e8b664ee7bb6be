"""The witness protocol (C2SP tlog-witness, "add-checkpoint"): what is sent, and what a witness answers to it."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.tree import EMPTY_ROOT, verify_consistency

MOST_HASHES = 63
MOST_BYTES = 64_000  # of a request or an answer; 63 hashes and a checkpoint take a tenth


class Status(IntEnum):
    """The HTTP status of an answer."""

    COSIGNED = 200
    MALFORMED = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    OTHER_SIZE = 409
    NOT_CONSISTENT = 422


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint, and the proof that it extends the one of size `old`."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    def encode(self) -> bytes:
        """The body of the request."""
        steps = "".join(f"{b64encode(step).decode()}\n" for step in self.proof)
        return f"old {self.old}\n{steps}\n".encode() + self.note.encode()

    @classmethod
    def parse(cls, data: bytes) -> "Submission":
        """Read the body of a request. Raises BadNote for anything that the protocol does not allow."""
        head, blank, rest = data.partition(b"\n\n")
        lines = head.split(b"\n")
        if not blank or not lines[0].startswith(b"old "):
            raise BadNote("the request does not begin with its old size")
        old = _size(lines[0].removeprefix(b"old "))
        if len(lines) - 1 > MOST_HASHES:
            raise BadNote(f"the request holds more than {MOST_HASHES} hashes")
        note = Note.parse(rest)
        return cls(old, tuple(_hash(line) for line in lines[1:]), note, Checkpoint.parse(note))


def judge(submission: Submission, latest: Checkpoint | None, keys: Iterable[VerifierKey]) -> Status:
    """What a witness answers that cosigned `latest` of the log, and trusts `keys` for it; none: it is unknown.

    The order of the checks is the protocol's. Whoever answers COSIGNED has to keep the checkpoint
    durably before, together with this look at the latest one.
    """
    new, old = submission.checkpoint, submission.old
    answers = [submission.note.signed_by(key) for key in keys]
    if not answers:
        return Status.UNKNOWN_LOG
    if True not in answers or False in answers:
        return Status.NOT_SIGNED
    if old > new.size:
        return Status.MALFORMED
    if old != (0 if latest is None else latest.size):
        return Status.OTHER_SIZE
    root = EMPTY_ROOT if latest is None or old == 0 else latest.root
    if old == new.size and root != new.root:
        return Status.OTHER_SIZE
    if old == 0:
        return Status.NOT_CONSISTENT if submission.proof else Status.COSIGNED
    fits = verify_consistency(old, new.size, root, new.root, submission.proof)
    return Status.COSIGNED if fits else Status.NOT_CONSISTENT


def read_size(data: bytes) -> int:
    """The size in an answer of 409. Raises BadNote where there is none."""
    return _size(data.removesuffix(b"\n"))


def with_lines(note: Note, lines: bytes) -> Note:
    """The note with the signature lines of an answer behind its own. Raises BadNote where they are none."""
    return Note.parse(note.encode() + lines)


def submission(old: int, proof: Sequence[bytes], note: Note) -> Submission:
    """What is sent of a signed checkpoint. Raises BadNote where the note is none."""
    return Submission(old, tuple(proof), note, Checkpoint.parse(note))


def _size(text: bytes) -> int:
    if not text.isdigit() or len(text) > 16 or (text[:1] == b"0" and text != b"0"):
        raise BadNote("the size is no decimal number, or has leading zeros")
    return int(text)


def _hash(line: bytes) -> bytes:
    try:
        found = b64decode(line, validate=True)
    except ValueError as error:
        raise BadNote("a hash of the proof is not base64") from error
    if len(found) != 32:
        raise BadNote(f"a hash of the proof takes {len(found)} bytes instead of 32")
    return found
