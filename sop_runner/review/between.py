"""What only shows between runs: proofs used twice, and runs that had one ticket at a time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.run.events import FACTOR_CHECKED, SIGNATURE_GIVEN, WAIVER_RULED

PROVING = frozenset((FACTOR_CHECKED, SIGNATURE_GIVEN, WAIVER_RULED))
"""Types of entries that use one-time proofs."""


class Use(NamedTuple):
    """A one-time proof as an entry used it: where it did, and whether it is `named` for that already."""

    entry: int
    run: str | None
    ref: str
    at: str
    named: bool


class Turn(NamedTuple):
    """Where a run took its ticket, or ended."""

    entry: int
    run: str
    ticket: str
    begins: bool


def reused(uses: Iterable[Use]) -> Iterator[AuditFinding]:
    """The proofs that were used twice, in whichever runs; `uses` come by place."""
    first: dict[str, int] = {}
    for entry, run, ref, at, named in uses:
        before = first.setdefault(ref, entry)
        if before != entry and not named:
            said = f"the proof that was used in entry {before} is used again at '{at}'"
            yield AuditFinding(Code.FACTOR_REUSED, entry, run, said)


def crossed(turns: Iterable[Turn]) -> Iterator[AuditFinding]:
    """The runs that began while another one of their ticket had not ended; `turns` come by place."""
    holders: dict[str, str] = {}
    for entry, run, ticket, begins in turns:
        if not begins:
            if holders.get(ticket) == run:
                del holders[ticket]
            continue
        other = holders.setdefault(ticket, run)
        if other != run:
            said = f"the run began while the run '{other}' of its ticket '{ticket}' had not ended"
            yield AuditFinding(Code.ILLEGAL_TRANSITION, entry, run, said)


def refs(kind: str, evidence: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The marks of one-time proofs that an entry of a kind used; a wrong one was not used."""
    if kind not in PROVING:
        return ()
    found: list[Any] = []
    if kind == FACTOR_CHECKED:
        found = [piece.get("ref") for piece in evidence if piece.get("right") is True]
    else:
        return signed_with(evidence)
    return _marks(found)


def signed_with(evidence: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The marks of the one-time proofs in a signature."""
    found = [one.get("ref") for piece in evidence for one in piece.get("factors") or ()]
    return _marks(found)


def _marks(found: Iterable[Any]) -> tuple[str, ...]:
    """Those that there are. Raises TypeError for one that is no text: it would never be found again."""
    marks = tuple(ref for ref in found if ref)
    if not all(isinstance(ref, str) for ref in marks):
        raise TypeError("the mark of a proof is no text")
    return marks
