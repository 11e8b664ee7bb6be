"""Anchors: heads of the log that were kept outside its database, and what they show of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.tree import ReadNode, consistency_proof, root, verify_consistency


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head from outside: where it was kept, in words, and its signed note."""

    kept: str
    note: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """How far anchors vouch for a log, and what they contradict."""

    size: int
    findings: tuple[AuditFinding, ...]


def hold(
    anchors: Iterable[Anchor],
    origin: str,
    keys: Sequence[VerifierKey],
    size: int,
    node: ReadNode | None,
    traces: bool,
) -> Held:
    """Hold a log of `size` entries, which may be signed by `keys`, against every anchor.

    Each demands a proof that the log extends it (RFC 6962, 2.1.2). `node` reads verified tree
    nodes; without it only sizes are compared. `traces`: the database still tells of rows that it
    no longer has, so they were cut off here and no older copy was put back.
    """
    vouched, findings = 0, []
    for anchor in anchors:
        head = _head(anchor, origin, keys)
        if isinstance(head, AuditFinding):
            findings.append(head)
        elif head is not None and head.size > size:
            findings.append(_shorter(anchor, head, size, traces))
        elif head is not None and node is not None:
            if extends(head, size, node):
                vouched = max(vouched, head.size)
            else:
                said = (
                    f"{anchor.kept} is of {head.size} entries with another root: history was rewritten before"
                )
                findings.append(AuditFinding(Code.FORKED, head.size - 1, None, f"{said} it or beside it"))
    return Held(vouched, tuple(findings))


def extends(head: Checkpoint, size: int, node: ReadNode) -> bool:
    """Whether the log of `size` entries under `node` begins with the one that `head` signs."""
    if head.size == 0:
        return True
    proof = consistency_proof(head.size, size, node)
    return verify_consistency(head.size, size, head.root, root(size, node), proof)


def _head(anchor: Anchor, origin: str, keys: Sequence[VerifierKey]) -> Checkpoint | AuditFinding | None:
    try:
        note = Note.parse(anchor.note)
        head = Checkpoint.parse(note)
    except BadNote:
        return None  # torn by a power cut: it vouches for nothing
    if head.origin != origin or not any(note.signed_by(key) for key in keys):
        said = f"{anchor.kept} is no checkpoint that a key of this log signed"
        return AuditFinding(Code.SIG_FORGED, None, None, said)
    return head


def _shorter(anchor: Anchor, head: Checkpoint, size: int, traces: bool) -> AuditFinding:
    told = f"{anchor.kept} is of {head.size} entries, the log has {size}"
    if traces:
        return AuditFinding(Code.TAIL_TRUNCATED, size, None, f"{told}: the newest were cut off")
    return AuditFinding(Code.ROLLED_BACK, size, None, f"{told}: an older copy was put back")
