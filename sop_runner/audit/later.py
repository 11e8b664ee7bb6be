"""The daily check: a log from a checkpoint on, and of what is older only what the newer entries rest on.

What is read of the older part is proved under the checkpoint's root, row by row (RFC 6962, 2.1.1), and
that the log extends it by the roots of the subtrees over it (2.1.2). The rest is not read again.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any, Protocol

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO
from sop_runner.audit.findings import Trust, Verdict
from sop_runner.audit.growing import Growing
from sop_runner.audit.keyring import KEY_TYPES, Keyring
from sop_runner.audit.log import Opening
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.stretches import Walker, joined, joint_at
from sop_runner.audit.tree import inclusion_proof, verify_inclusion
from sop_runner.audit.verify import Row, Source, opening_of, rekeyed, seals_of
from sop_runner.audit.walk import FIRST, Joint, Stretch, walk
from sop_runner.base.errors import NotVerified


class Whole(Source, Protocol):
    """What is read of the log."""

    @property
    def size(self) -> int: ...

    def of_run(self, run: str | None, stop: int) -> Iterable[tuple[int, bytes, bytes]]:
        """The entries of a run below `stop`, of none for None: seq, body, leaf, in order."""
        ...

    def node(self, level: int, index: int) -> bytes: ...

    def procedures(self) -> Iterable[tuple[str, bytes]]: ...


class Later:
    """What is newer than a checkpoint."""

    def __init__(self, log: Whole, note: Note, head: Checkpoint) -> None:
        self._log, self._head = log, head
        self.note = note

    @classmethod
    def of(cls, log: Whole, data: bytes) -> "Later | None":
        """None where that is no checkpoint of entries that the log still has: the whole has to be looked at."""
        try:
            note = Note.parse(data)
            head = Checkpoint.parse(note)
        except BadNote:
            return None
        return cls(log, note, head) if 0 < head.size <= log.size else None

    @property
    def size(self) -> int:
        """How many entries are older."""
        return self._head.size

    def joint(self, origin: str, first: Joint) -> Joint:
        """Where the newer entries begin. Raises NotVerified where it is not under the checkpoint."""
        size = self.size
        found = joint_at(self, origin, first, size)
        if (
            found is None
            or self._head.origin != origin
            or Growing(size, found.edge).root(size) != self._head.root
        ):
            raise NotVerified(f"the tree of the first {size} entries is not that of the checkpoint")
        self._prove(size - 1, bytes.fromhex(found.link))
        return found

    def before(self, run: str) -> tuple[int, str]:
        """How the chain of a run stood at the checkpoint. Raises NotVerified as `rows` does."""
        last = FIRST
        for seq, body, leaf in self._log.of_run(run, self.size):
            last = self._proved(seq, body, leaf)["run_seq"] + 1, leaf.hex()
        return last

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The newer entries; before them those outside any run, and the older ones of runs that went on.

        Raises NotVerified at one that is not under the checkpoint.
        """
        went_on = set[str]()
        for _, body, _, _ in self._log.rows(self.size):
            raw = json.loads(body)
            if raw["run"] is not None and raw["run_seq"]:
                went_on.add(raw["run"])
        older = list(self._log.of_run(None, self.size))
        for run in went_on:
            older += self._log.of_run(run, self.size)
        for seq, body, leaf in sorted(older):
            self._proved(seq, body, leaf)
            yield seq, body, leaf, None
        yield from self._log.rows(self.size)

    def procedures(self) -> Iterable[tuple[str, bytes]]:
        return self._log.procedures()

    def of_run(self, run: str | None, stop: int) -> Iterable[tuple[int, bytes, bytes]]:
        return self._log.of_run(run, stop)

    def checkpoints(self, start: int = 0, stop: int | None = None) -> Iterable[tuple[int, bytes]]:
        return self._log.checkpoints(start, stop)

    def node(self, level: int, index: int) -> bytes:
        return self._log.node(level, index)

    def key_entries(self, stop: int) -> Iterator[tuple[int, str, Any]]:
        for seq, body, leaf in self._log.of_run(None, stop):
            raw = self._proved(seq, body, leaf)
            if raw["type"] in KEY_TYPES:
                yield seq, raw["type"], raw["evidence"]

    def _proved(self, seq: int, body: bytes, leaf: bytes) -> Any:
        """What an older entry says."""
        if sha256(b"\x00" + body).digest() != leaf:
            raise NotVerified(f"entry {seq} was changed")
        self._prove(seq, leaf)
        try:
            raw = json.loads(body)
            if raw["seq"] == seq:
                return raw
        except (ValueError, KeyError, TypeError):
            pass
        raise NotVerified(f"entry {seq} is none that a program wrote")

    def _prove(self, seq: int, leaf: bytes) -> None:
        proof = inclusion_proof(seq, self.size, self.node)
        if not verify_inclusion(leaf, seq, self.size, proof, self._head.root):
            raise NotVerified(f"entry {seq} is not under the checkpoint")


def verify_later(
    log: Whole,
    later: Later,
    pinned: tuple[VerifierKey, ...] = (),
    *,
    every_signature: bool = True,
    walker: Walker | None = None,
    told: Callable[[int], None] = lambda count: None,
) -> Verdict | None:
    """As `verify`, for the entries that are newer than a checkpoint; None where the whole has to be looked at.

    That is wherever anything does not fit, so that what is wrong is named by one part of the program only.
    """

    def alone(opening: Opening, first: Joint, every: bool) -> Iterator[Stretch | None]:
        yield walk(log, opening, first, None, every_signature=every, told=told)

    opening = opening_of(log)
    if opening is None or any(log.weaknesses()):
        return None
    seals = seals_of(log, opening, pinned)
    try:
        first = later.joint(opening.origin, Joint(0, ZERO, (), seals.state))
        known = Keyring.resumed(opening.origin, first.ring).known
        signers = [key for key in known if later.note.signed_by(key)]
        parts = (walker or alone)(opening, first, every_signature)
        clean = joined(parts, first, seals, later.before) if signers else None
    except (NotVerified, ValueError, KeyError, TypeError):
        return None
    if clean is None:
        return None
    seals.signers.update(signers)
    findings = (*rekeyed(opening, pinned, seals), *clean.warnings)
    known = seals.ring.known if seals.ring is not None else ()
    trust = Trust.PINNED if pinned else Trust.SELF_ASSERTED
    return Verdict(trust, clean.entries, 0, seals.checked, findings, known, read_from=later.size)
