"""Which keys may sign which checkpoints of a log, as its own entries say.

A log begins with one key. A key that may sign puts another one on record, which proves itself by a
signature over the log's name; a rotation does so and ends the old key at once. What an entry
changes counts from the checkpoint after the one that first covers it: so the signature over a
change is always that of a key from before. A verifier that let keys sign outside their range has
been fooled before (systemd's journal: CVE-2023-31438, CVE-2023-31439).
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from copy import copy
from typing import Any, NamedTuple

from sop_runner.audit import outside
from sop_runner.audit.note import Signer, VerifierKey
from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg

ENROLLED, ROTATED, RETIRED = outside.KEY_ENROLLED, outside.KEY_ROTATED, outside.KEY_RETIRED
KEY_TYPES = frozenset((ENROLLED, ROTATED, RETIRED))


class Span(NamedTuple):
    """A key and the sizes of the checkpoints that it may sign, both included; `last` is None while it may."""

    key: VerifierKey
    machine: str
    first: int
    last: int | None = None

    def holds(self, size: int) -> bool:
        """Whether a checkpoint of that size is in it."""
        return self.first <= size and (self.last is None or size <= self.last)


class Keyring:
    """The keys of a log, followed entry by entry and checkpoint by checkpoint."""

    def __init__(self, origin: str, first: VerifierKey) -> None:
        """A log with that checkpoint origin, which began with the key `first`."""
        self._origin = origin
        self.spans: dict[str, Span] = {first.text: Span(first, "", 1)}
        self.changes: list[tuple[str, str, str]] = []
        self.upto = 0
        """Entries below were looked at."""

    def copy(self) -> "Keyring":
        """An independent one in the same state."""
        other = copy(self)
        other.spans, other.changes = dict(self.spans), list(self.changes)
        return other

    @property
    def state(self) -> tuple[Any, ...]:
        """All of it in plain values; equal ones stand for the same keys in the same ranges."""
        spans = ((text, one.machine, one.first, one.last) for text, one in self.spans.items())
        return tuple(spans), tuple(self.changes)

    @classmethod
    def resumed(cls, origin: str, state: tuple[Any, ...]) -> "Keyring":
        """The keyring in that state."""
        spans, changes = state
        keys = {text: Span(VerifierKey.parse(text), *rest) for text, *rest in spans}
        ring = cls(origin, next(iter(keys.values())).key)
        ring.spans, ring.changes = keys, list(changes)
        return ring

    @property
    def known(self) -> tuple[VerifierKey, ...]:
        """Every key that the log has or had."""
        return tuple(span.key for span in self.spans.values())

    def may_sign(self, key: VerifierKey) -> bool:
        """Whether the next checkpoint may carry the signature of `key`."""
        span = self.spans.get(key.text)
        return span is not None and span.last is None

    def take(self, kind: str, evidence: Any) -> str:
        """Take an entry of one of KEY_TYPES; says why it changes nothing, or is empty."""
        try:
            about: Mapping[str, Any] = next(piece for piece in evidence if piece.get("kind") == "key")
            key = VerifierKey.parse(about["verifier_key"])
            ends = str(about["old"]) if kind == ROTATED else key.text if kind == RETIRED else ""
            active = {text for text, span in self.spans.items() if span.last is None}
            if ends and ends not in active:
                return f"the key '{ends}' could not sign any more"
            if kind == RETIRED:
                if len(active) == 1:
                    return "it is the only key: nobody could go on with the log"
                self.changes.append(("", "", ends))
                return ""
            if key.text in self.spans:
                return f"the key '{key.text}' was enrolled before"
            if key.name != self._origin:
                return f"the key '{key.text}' bears the name of another log"
            if not key.verify(statement(self._origin, key), b64decode(about["proof"], validate=True)):
                return f"the key '{key.text}' did not sign its own enrolment"
            self.changes.append((key.text, str(about.get("machine", "")), ends))
        except (StopIteration, KeyError, TypeError, AttributeError, ValueError, UsageError) as error:
            return f"it cannot be read ({type(error).__name__})"
        return ""

    def covered(self, size: int) -> None:
        """A checkpoint of `size` entries was signed: what they changed counts from the next one on."""
        for new, machine, ended in self.changes:
            if ended:
                old = self.spans[ended]
                self.spans[ended] = Span(old.key, old.machine, old.first, size)
            if new:
                self.spans[new] = Span(VerifierKey.parse(new), machine, size + 1)
        self.changes.clear()


def statement(origin: str, key: VerifierKey) -> bytes:
    """What a new key signs to prove that whoever enrols it has it."""
    return f"sop_runner key\n{origin}\n{key.text}\n".encode()


def key_evidence(origin: str, signer: Signer, machine: str, old: VerifierKey | None = None) -> dict[str, str]:
    """The evidence of an entry that enrols the key of `signer`, and ends `old` where it is a rotation."""
    key = signer.verifier
    proof = b64encode(signer.sign(statement(origin, key))).decode()
    about = {"kind": "key", "verifier_key": key.text, "machine": machine, "proof": proof}
    return about if old is None else {**about, "old": old.text}


def check_signer(ring: Keyring, signer: Signer) -> None:
    """Raises UsageError where the key of `signer` may not sign the next checkpoint, looked for again or not."""
    if not ring.may_sign(signer.verifier):
        signer.refresh()
    if not ring.may_sign(signer.verifier):
        raise UsageError(
            msg(
                "the key '{key}' may not sign this audit log: it was never enrolled, or it was replaced",
                key=signer.verifier.text,
            ),
            hint=msg("'sop keys list' shows the keys that may; use the key file of this desk."),
        )
