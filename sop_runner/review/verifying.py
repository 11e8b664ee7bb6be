"""The whole verification of a log: its bytes first, then anchors, personal values, and every run replayed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sop_runner.audit.anchors import Outside, hold
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import AuditFinding, Code, Outcome, Trust, Verdict
from sop_runner.audit.later import Later, Whole, verify_later
from sop_runner.audit.log import LedgerKind, Opening
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.stretches import Walker
from sop_runner.audit.verify import opening_of, verify
from sop_runner.base.errors import NotVerified
from sop_runner.base.garbage import seldom_collected

from .beyond import Beyond, Looking, look_beyond, together

if TYPE_CHECKING:
    from sop_runner.review.payloads import Examine
    from sop_runner.review.replay import Texts

# Where rows are gone, added or moved, what a run did cannot be told from what was done to it.
_TORN = frozenset((Code.ROW_DELETED, Code.ROW_INSERTED, Code.REORDERED, Code.UNVERIFIABLE))


class Log(Whole, Protocol):
    """The raw rows of a log with its tree nodes and the texts beside it."""

    def tells_of_more(self) -> bool:
        """Whether the database tells of entries that it no longer has."""
        ...


class Team(Protocol):
    """Several who verify one log side by side, each with what it has opened itself."""

    def walker(self, looking: Looking | None) -> Walker:
        """Walks the log in stretches; with `looking`, which is this process's, everyone replays the runs meanwhile."""
        ...

    def beyond(self) -> Iterable[Beyond] | None:
        """What each found in the runs that it looked after, of a log whose bytes have been verified; None where
        not all of them came to an end."""
        ...


class Trusted(NamedTuple):
    """The verifier keys to go by, and where they came from; none: the log's own word."""

    keys: tuple[VerifierKey, ...]
    trust: Trust


@seldom_collected()
def verify_log(
    log: Log,
    trusted: Trusted,
    anchors: Sequence[Outside],
    examine: "Examine | None",
    *,
    kind: LedgerKind,
    integrity_only: bool = False,
    every_signature: bool = True,
    since: bytes | None = None,
    team: Team | None = None,
    told: Callable[[int], None] = lambda count: None,
) -> Verdict:
    """Everything that is wrong with a log that is to be of a `kind`. `examine` opens what is kept
    behind its commitments.

    Without `examine` what stands behind commitments is not looked at, and said so. With
    `integrity_only` no procedure is loaded: neither personal values nor runs are judged. A `team`
    shares the work where it can be shared. Runs are replayed while the bytes are verified, which counts where these
    are clean. `told` hears how many more entries were taken, again and again. With `since`, a checkpoint, what is newer is verified, and the runs that went on; whatever does not fit there, or with an anchor,
    leads to the whole.
    """

    def completed(
        verdict: Verdict, texts: "Texts", helpers: Team | None, looking: Looking | None = None
    ) -> Verdict:
        verdict = replace(verdict, trust=trusted.trust)
        opening = opening_of(log)
        # Where the first entry cannot be read, or is gone, the keys to go by still say which log belongs here.
        first = opening.key if opening is not None else next(iter(trusted.keys), None)
        if first is None:
            return verdict
        intact = verdict.outcome is Outcome.CLEAN
        held = hold(
            anchors,
            first.name,
            verdict.keys or (first,),
            verdict.entries if intact else max(verdict.entries, _signed_size(log, verdict.keys)),
            log.node if intact else None,
            lambda: not intact or log.tells_of_more(),
        )
        findings = [*verdict.findings, *_new(held.findings, verdict.findings)]
        if opening is not None and opening.kind is not kind:
            said = f"a log of the {opening.kind} side lies where that of the {kind} side belongs"
            findings.append(AuditFinding(Code.REKEYED, 0, None, said))
        if opening is not None and not integrity_only:
            findings += _beyond(texts, opening, verdict.findings, examine, helpers, looking, told)
        findings.sort(key=lambda f: -1 if f.index is None else f.index)
        return replace(verdict, size_anchored=held.size, findings=tuple(findings))

    later = Later.of(log, since) if since is not None else None
    if later is not None:
        walker = None if team is None else team.walker(None)
        newer = verify_later(
            log, later, trusted.keys, every_signature=every_signature, walker=walker, told=told
        )
        with suppress(NotVerified):
            newer = newer and completed(newer, later, None)
            if newer is not None and newer.outcome is Outcome.CLEAN:
                return newer
    opening, looking = opening_of(log), None
    if opening is not None and not integrity_only:
        looking = Looking(log, opening, frozenset(), examine)
    whole = verify(
        log,
        trusted.keys,
        every_signature=every_signature,
        walker=None if team is None else team.walker(looking),
        told=told,
        along=None if looking is None or team is not None else looking.along,
    )
    return completed(whole, log, team, looking)


def _signed_size(log: Whole, keys: Sequence[VerifierKey]) -> int:
    """The newest size that the log's own checkpoints tell of: rows missing before it are named already."""
    for size, data in reversed(list(log.checkpoints())):
        try:
            note = Note.parse(data)
            if any(note.signed_by(key) for key in keys) and Checkpoint.parse(note).size == size:
                return size
        except BadNote:
            continue  # named by the integrity of the log
    return 0


def _new(found: Iterable[AuditFinding], known: Iterable[AuditFinding]) -> list[AuditFinding]:
    """Without what a checkpoint inside told of already."""
    told = {(finding.code, finding.index) for finding in known}
    cut = any(code is Code.TAIL_TRUNCATED for code, _ in told)
    return [
        one
        for one in found
        if (one.code, one.index) not in told and not (cut and one.code is Code.TAIL_TRUNCATED)
    ]


def _beyond(
    log: "Texts",
    opening: Opening,
    known: Iterable[AuditFinding],
    examine: "Examine | None",
    team: Team | None,
    looking: Looking | None,
    told: Callable[[int], None],
) -> Iterator[AuditFinding]:
    """What the bytes cannot show."""
    named = [finding for finding in known if not finding.warning]
    if any(finding.code in _TORN for finding in named):
        said = "runs were not replayed: rows are missing, added or moved"
        yield AuditFinding(Code.UNVERIFIABLE, None, None, said)
        return
    skip = frozenset(finding.run for finding in named if finding.run is not None)
    found: Iterable[Beyond] | None = None
    if looking is not None and not named:
        # Each entry was judged once its bytes had been found to fit.
        found = (looking.finish(),) if team is None else team.beyond()
    if found is None:
        found = (look_beyond(log, opening, skip, examine, told),)
    yield from together(found, examine is not None)
