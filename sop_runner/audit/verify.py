"""Verification of a whole log from its raw rows: bytes, links, tree, signatures, schema.

A clean log passes through one lean walk. Where that stumbles the log is read again and diagnosed;
this module decides only whether there is anything to name. It knows no procedures.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from sop_runner.audit.entry import ZERO, Entry
from sop_runner.audit.findings import AuditFinding, Code, Trust, Verdict
from sop_runner.audit.keyring import KEY_TYPES, Keyring
from sop_runner.audit.log import Opening, read_opening
from sop_runner.audit.note import VerifierKey
from sop_runner.audit.seals import Seals
from sop_runner.audit.stretches import Walker, joined
from sop_runner.audit.walk import Along, Joint, Stretch, walk
from sop_runner.base.errors import NotVerified

# seq, body, leaf, and the searched columns by JSON path into the body, or None where the store
# computes them from the body whenever they are read
Row = tuple[int, bytes, bytes, Mapping[str, Any] | None]


class Source(Protocol):
    """The raw rows of one log, as of one moment; every method can be called again."""

    def rows(self, start: int = 0, stop: int | None = None) -> Iterable[Row]:
        """The entries `start` up to before `stop` by seq; from 0 on whatever else stands before them."""
        ...

    def checkpoints(self, start: int = 0, stop: int | None = None) -> Iterable[tuple[int, bytes]]:
        """The checkpoints above `start` up to `stop`, (size, note), by size; from 0 on all before as well."""
        ...

    def nodes(self, level: int, start: int = 0, stop: int | None = None) -> Iterable[tuple[int, bytes]]:
        """The stored nodes of a level from 1 up, (index, hash), by index: `start` up to before `stop`."""
        ...

    def weaknesses(self) -> Iterable[str]:
        """Sentences on what the schema lacks; empty where it is what was declared."""
        ...


def verify(
    source: Source,
    pinned: tuple[VerifierKey, ...] = (),
    *,
    every_signature: bool = True,
    walker: Walker | None = None,
    told: Callable[[int], None] = lambda count: None,
    along: Along | None = None,
) -> Verdict:
    """Recompute everything and name what does not fit.

    `pinned` are keys that a reviewer trusts, one of which has to have signed this log; without
    any the log's own word is taken and the verdict says so. Every checkpoint's root is compared;
    with `every_signature` off only the newest signature is checked, which covers all entries as
    well, and those over changes of keys. `walker` may walk in several stretches; without it `told`
    hears how many more entries were taken, again and again, and `along` is given them once they fit: what it
    makes of them counts where the verdict is clean.
    """

    def alone(opening: Opening, first: Joint, every: bool) -> Iterator[Stretch | None]:
        yield walk(source, opening, first, None, every_signature=every, told=told, along=along)

    findings = [AuditFinding(Code.SCHEMA_WEAKENED, None, None, said) for said in source.weaknesses()]
    opening = opening_of(source)
    trust = Trust.PINNED if pinned else Trust.SELF_ASSERTED
    if opening is None and not pinned:
        message = "the first entry does not say which key signs this log, and none was given"
        findings.append(AuditFinding(Code.UNVERIFIABLE, None, None, message))
    seals = seals_of(source, opening, pinned)
    clean = None
    for one in (walker, alone):
        # What several cannot put together, as where an index lies, is walked again by one.
        if one is not None and opening is not None and clean is None and not findings:
            seals = seals_of(source, opening, pinned)
            first = Joint(0, ZERO, (), seals.state)
            clean = joined(one(opening, first, every_signature), first, seals)
    if clean is not None:
        findings += [*rekeyed(opening, pinned, seals), *clean.warnings]
        return Verdict(trust, clean.entries, 0, seals.checked, tuple(findings), _known(seals))
    from sop_runner.audit.diagnose import diagnose

    seals = seals_of(source, opening, pinned)
    found = diagnose(
        source.rows(), source.checkpoints(), source.nodes, seals, opening.log if opening else None
    )
    findings += rekeyed(opening, pinned, seals)
    if not found.findings and not findings:
        # The lean loop stumbled: that must never end as a pass.
        found.findings.append(
            AuditFinding(Code.UNVERIFIABLE, None, None, "the log could not be read twice the same")
        )
    return Verdict(trust, found.entries, 0, seals.checked, (*findings, *found.findings), _known(seals))


def seals_of(source: Source, opening: Opening | None, pinned: tuple[VerifierKey, ...]) -> Seals:
    """Whose signatures count to begin with: the log's first key, if it leads to one that is pinned."""
    if opening is None:
        return Seals(pinned[0].name, Keyring(pinned[0].name, pinned[0])) if pinned else Seals("", None)
    leads = not pinned or opening.key in pinned or _enrols(source, pinned)
    return Seals(opening.origin, Keyring(opening.origin, opening.key if leads else pinned[0]))


def _enrols(source: Source, keys: tuple[VerifierKey, ...]) -> bool:
    """Whether an entry puts one of the keys on record: the log began with another one then."""
    texts = {key.text for key in keys}
    for _, body, _, _ in source.rows():
        if b'"Key' in body:
            try:
                raw = json.loads(body)
                told = {piece.get("verifier_key") for piece in raw["evidence"]}
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                continue
            if str(raw["type"]) in KEY_TYPES and told & texts:
                return True
    return False


def rekeyed(opening: Opening | None, pinned: tuple[VerifierKey, ...], seals: Seals) -> Iterator[AuditFinding]:
    """What is wrong with the keys as a whole: none of the pinned ones signed, or an entry changes what it may not."""
    if pinned and opening is not None and not seals.signers & set(pinned):
        named = ", ".join(
            f"'{key.text}'" + ("" if key.name == opening.origin else ", by its name a key of another log")
            for key in pinned
        )
        if (
            seals.signers or opening.key not in pinned
        ):  # else nobody signed anything, which is named by itself
            message = f"the log began with the key '{opening.key.text}', and what you trust signed nothing in it: {named}"
            yield AuditFinding(Code.REKEYED, 0, None, message)
    yield from seals.refused


def _known(seals: Seals) -> tuple[VerifierKey, ...]:
    return seals.ring.known if seals.ring is not None else ()


def opening_of(source: Source) -> Opening | None:
    """What the first entry says; None where it cannot be read."""
    for _, body, _, _ in source.rows(0, 1):
        try:
            return read_opening(Entry.parse(body))
        except NotVerified:
            return None
    return None
