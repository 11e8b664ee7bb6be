"""The whole verification of a log: its bytes first, then anchors, personal values, and every run replayed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from sop_runner.audit.anchors import Outside, hold
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import Entry
from sop_runner.audit.findings import AuditFinding, Code, Outcome, Trust, Verdict
from sop_runner.audit.log import LedgerKind, Opening, read_opening
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.verify import Source, verify
from sop_runner.base.errors import NotVerified
from sop_runner.run.register import TYPES

if TYPE_CHECKING:
    from sop_runner.review.payloads import Examine

# Where rows are gone, added or moved, what a run did cannot be told from what was done to it.
_TORN = frozenset((Code.ROW_DELETED, Code.ROW_INSERTED, Code.REORDERED, Code.UNVERIFIABLE))


class Log(Source, Protocol):
    """The raw rows of a log with its tree nodes and the texts beside it."""

    def node(self, level: int, index: int) -> bytes:
        """A stored tree node, leaves included."""
        ...

    def procedures(self) -> Iterable[tuple[str, bytes]]:
        """The kept texts of procedures, by digest."""
        ...

    def tells_of_more(self) -> bool:
        """Whether the database tells of entries that it no longer has."""
        ...


@dataclass(frozen=True, slots=True)
class Trusted:
    """The verifier keys to go by, and where they came from; none: the log's own word."""

    keys: tuple[VerifierKey, ...]
    trust: Trust


def verify_log(
    log: Log,
    trusted: Trusted,
    anchors: Sequence[Outside],
    examine: "Examine | None",
    *,
    kind: LedgerKind,
    integrity_only: bool = False,
    every_signature: bool = True,
) -> Verdict:
    """Everything that is wrong with a log that is to be of a `kind`. `examine` opens what is kept
    behind its commitments.

    Without `examine` what stands behind commitments is not looked at, and said so. With
    `integrity_only` no procedure is loaded: neither personal values nor runs are judged.
    """
    verdict = replace(verify(log, trusted.keys, every_signature=every_signature), trust=trusted.trust)
    opening = opening_of(log)
    if opening is None:
        return verdict
    intact = verdict.outcome is Outcome.CLEAN
    held = hold(
        anchors,
        opening.origin,
        verdict.keys or (opening.key,),
        verdict.entries if intact else max(verdict.entries, _signed_size(log, verdict.keys)),
        log.node if intact else None,
        not intact or log.tells_of_more(),
    )
    findings = [*verdict.findings, *_new(held.findings, verdict.findings)]
    if opening.kind is not kind:
        said = f"a log of the {opening.kind} side lies where that of the {kind} side belongs"
        findings.append(AuditFinding(Code.REKEYED, 0, None, said))
    if not integrity_only:
        findings += _beyond(log, opening, verdict.findings, examine)
    findings.sort(key=lambda f: -1 if f.index is None else f.index)
    return replace(verdict, size_anchored=held.size, findings=tuple(findings))


def _signed_size(log: Source, keys: Sequence[VerifierKey]) -> int:
    """The newest size that the log's own checkpoints tell of: rows missing before it are named already."""
    for size, data in reversed(list(log.checkpoints())):
        try:
            note = Note.parse(data)
            if any(note.signed_by(key) for key in keys) and Checkpoint.parse(note).size == size:
                return size
        except BadNote:
            continue  # named by the integrity of the log
    return 0


def opening_of(log: Source) -> Opening | None:
    """What the first entry says; None where it cannot be read."""
    for _, body, _, _ in log.rows():
        try:
            return read_opening(Entry.parse(body))
        except NotVerified:
            return None
    return None


def _new(found: Iterable[AuditFinding], known: Iterable[AuditFinding]) -> list[AuditFinding]:
    """Without what another anchor, or a checkpoint inside, told of already."""
    told = {(finding.code, finding.index) for finding in known}
    cut = any(code is Code.TAIL_TRUNCATED for code, _ in told)
    new = []
    for one in found:
        if (one.code, one.index) not in told and not (cut and one.code is Code.TAIL_TRUNCATED):
            told.add((one.code, one.index))
            new.append(one)
    return new


def _beyond(
    log: Log, opening: Opening, known: Iterable[AuditFinding], examine: "Examine | None"
) -> list[AuditFinding]:
    """What the bytes cannot show. Procedures and the machine are loaded when the first of either is met."""
    named = [finding for finding in known if not finding.warning]
    if any(finding.code in _TORN for finding in named):
        said = "runs were not replayed: rows are missing, added or moved"
        return [AuditFinding(Code.UNVERIFIABLE, None, None, said)]
    skip = frozenset(finding.run for finding in named if finding.run is not None)
    beyond: _Beyond | None = None
    outside: list[tuple[int, Mapping[str, Any]]] = []
    for index, body, _, _ in log.rows():
        try:
            raw = json.loads(body)
            judged = raw["run"] is not None or raw["type"] in TYPES
        except (ValueError, KeyError, TypeError):
            continue  # named already
        if beyond is None and not judged:
            outside.append((index, raw))
            continue
        if beyond is None:
            beyond = _Beyond(log, opening, skip, examine)
            for earlier in outside:
                beyond.take(*earlier, sealed=True)
        beyond.take(index, raw, sealed=b'"commitment' in body)
    return beyond.finish() if beyond is not None else []


class _Beyond:
    """Replay and personal values, side by side."""

    def __init__(self, log: Log, opening: Opening, skip: frozenset[str], examine: "Examine | None") -> None:
        from sop_runner.review.payloads import Payloads
        from sop_runner.review.replay import Replay, nothing_opened

        def opened(run: str) -> Mapping[str, Any]:
            assert examine is not None
            return {name: kept for name, kept in examine(run).items() if kept is not None}

        self._replay = Replay(log, opening.kind, nothing_opened if examine is None else opened, skip)
        self._payloads = Payloads(examine) if examine is not None else None
        self._sealed = 0

    def take(self, index: int, body: Mapping[str, Any], *, sealed: bool) -> None:
        """Judge an entry; `sealed` says that commitments stand in it."""
        self._replay.take(index, body)
        if self._payloads is not None and (sealed or not body["run_seq"]):
            self._payloads.take(index, body)
        self._sealed += sealed and body["run"] is not None

    def finish(self) -> list[AuditFinding]:
        found = list(self._replay.finish())
        if self._payloads is not None:
            found += self._payloads.finish()
        elif self._sealed:
            said = f"the personal values of {self._sealed} entries were not compared: there is no vault"
            found.append(AuditFinding(Code.UNVERIFIABLE, None, None, said))
        return found
