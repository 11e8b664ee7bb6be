"""Anchors: heads of the log that were kept outside its database, and what they show of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import AuditFinding, Code, entries
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.tree import ReadNode, consistency_proof, root, verify_consistency


class Anchor(NamedTuple):
    """A head from outside: where it was kept, in words, and its signed note."""

    kept: str
    note: bytes


class Told(NamedTuple):
    """What somebody outside says of the log without handing a head out: its size, or that its root is another."""

    kept: str
    size: int
    forked: bool = False


class Broken(NamedTuple):
    """Something outside that should vouch for the log and cannot: its own signature is wrong."""

    kept: str
    why: str


Outside = Anchor | Told | Broken


class Held(NamedTuple):
    """How far anchors vouch for a log, and what they contradict."""

    size: int
    findings: tuple[AuditFinding, ...]


def hold(
    anchors: Iterable[Outside],
    origin: str,
    keys: Sequence[VerifierKey],
    size: int,
    node: ReadNode | None,
    traces: Callable[[], bool],
) -> Held:
    """Hold a log of `size` entries, which may be signed by `keys`, against every anchor.

    Each demands a proof that the log extends it (RFC 6962, 2.1.2). `node` reads verified tree
    nodes; without it only sizes are compared. `traces`: the database still tells of rows that it
    no longer has, so they were cut off here and no older copy was put back.
    """
    vouched, told = 0, dict[tuple[Code, int | str], tuple[AuditFinding, list[str]]]()
    named = set[tuple[str, Code]]()
    read = None if node is None else cache(node)  # many heads share most nodes
    for anchor in anchors:
        found = _against(anchor, origin, keys, size, read, traces)
        if isinstance(found, int):
            vouched = max(vouched, found)
        elif (anchor.kept, found.code) not in named:  # of many heads in one place the first is enough
            named.add((anchor.kept, found.code))
            place = found.code, found.message if found.index is None else found.index
            told.setdefault(place, (found, []))[1].append(anchor.kept)
    return Held(vouched, tuple(_shown_by(found, others) for found, (_, *others) in told.values()))


def _shown_by(found: AuditFinding, others: Sequence[str]) -> AuditFinding:
    if not others:
        return found
    return replace(found, message=f"{found.message}. The same shows {', and '.join(others)}")


def extends(head: Checkpoint, size: int, node: ReadNode) -> bool:
    """Whether the log of `size` entries under `node` begins with the one that `head` signs."""
    if head.size == 0:
        return True
    proof = consistency_proof(head.size, size, node)
    return verify_consistency(head.size, size, head.root, root(size, node), proof)


def _against(
    anchor: Outside,
    origin: str,
    keys: Sequence[VerifierKey],
    size: int,
    node: ReadNode | None,
    traces: Callable[[], bool],
) -> int | AuditFinding:
    """The size that the anchor vouches for, or what it contradicts."""
    if isinstance(anchor, Broken):
        return AuditFinding(Code.SIG_FORGED, None, None, f"{anchor.kept} {anchor.why}")
    if isinstance(anchor, Told):
        if anchor.size > size:
            return _shorter(anchor.kept, anchor.size, size, traces)
        return _forked(anchor.kept, anchor.size) if anchor.forked else 0
    try:
        note = Note.parse(anchor.note)
        head = Checkpoint.parse(note)
    except BadNote:
        return 0  # torn by a power cut: it vouches for nothing
    signed = {note.signed_by(key) for key in keys}
    if head.origin != origin or not note.signatures or (False in signed and True not in signed):
        return _not_ours(anchor.kept)
    if head.size > size:
        return _shorter(anchor.kept, head.size, size, traces, strange=True not in signed)
    if True not in signed:
        return _not_ours(anchor.kept)
    if node is None:
        return 0
    return head.size if extends(head, size, node) else _forked(anchor.kept, head.size)


def _not_ours(kept: str) -> AuditFinding:
    said = f"{kept} is no checkpoint that a key of this log signed"
    return AuditFinding(Code.SIG_FORGED, None, None, said)


def _shorter(
    kept: str, anchored: int, size: int, traces: Callable[[], bool], *, strange: bool = False
) -> AuditFinding:
    """`strange`: by a key that the log does not know, as after a change of keys that went with its newest entries."""
    told = f"{kept} is of {entries(anchored)}, the log has {size}"
    unless = ", or nobody of this desk signed it: the log does not know its key" if strange else ""
    if traces():
        return AuditFinding(Code.TAIL_TRUNCATED, size, None, f"{told}: the newest were cut off{unless}")
    return AuditFinding(Code.ROLLED_BACK, size, None, f"{told}: an older copy was put back{unless}")


def _forked(kept: str, anchored: int) -> AuditFinding:
    said = f"{kept} is of {entries(anchored)} with another root: history was rewritten before it or beside it"
    return AuditFinding(Code.FORKED, anchored - 1, None, said)
