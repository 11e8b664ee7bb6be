"""Verifying the logs of a desk: which key to go by, which anchors to demand, what to remember."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sop_runner.audit.anchors import Anchor, Outside
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import AuditFinding, Code, Outcome, Trust, Verdict, entries
from sop_runner.audit.log import LedgerKind
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.verify import opening_of
from sop_runner.base.errors import SopError, StoreFailed, Unverifiable, UsageError
from sop_runner.review.verifying import Trusted, verify_log
from sop_runner.stores.heads import HeadFile, Seen, SeenFile
from sop_runner.stores.source import LogSource

from .layout import Layout, read_settings, user_state
from .storing import Store, store_of

if TYPE_CHECKING:
    from sop_runner.review.payloads import Examine
    from sop_runner.review.verifying import Team

WORTH_IT = 40_000
"""Entries from which on other processes are started: two take longer to start than to check fewer."""
MANY = 5_000
"""Checkpoints whose signatures are all checked without being asked to: a second's work."""


def verify_desk(
    folder: Path,
    training: bool = False,
    *,
    keys: tuple[VerifierKey, ...] = (),
    since: bytes | None = None,
    integrity_only: bool = False,
    every_signature: bool = False,
    network: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Verify a ledger of a desk under `keys`, else under the one seen first, else the one that its settings name.

    Only `keys` are a pin: who can change a desk's files can change its settings with them.
    `since` is a checkpoint that the log must extend, and from which on it is read (see `verify_log`). What was found clean is remembered, and
    demanded the next time. Of more than MANY checkpoints every root is compared and the newest
    signature checked, which covers all entries; `every_signature` checks each. Anchors that the
    settings name are asked as well, without `network` only for what lies on this machine. `progress` is told how much of how
    much is done, in entries.
    """
    if since is not None:
        _readable(since)
    settings = read_settings(folder)
    layout = Layout(folder, training)
    store = store_of(layout, settings)
    named = None if training or not settings.verifier_key else VerifierKey.parse(settings.verifier_key)
    try:
        with closing(store.source()) as first:
            opening = opening_of(first)
    except (Unverifiable, StoreFailed) as error:
        return _nothing_read(error, keys, _kept(store, named.name) if named is not None else _NOTHING)
    origin = opening.origin if opening is not None else named.name if named is not None else None
    # Read before the rows are: a head that is newer than them would look like a cut tail.
    kept = _NOTHING if origin is None else _kept(store, origin)
    lines: tuple[str, ...] = ()
    anchors: list[Outside] = []
    if origin is not None and settings.anchors and not training:
        from .anchoring import ask_anchors

        asked = ask_anchors(layout, settings, origin, network=network)
        anchors, lines = list(asked.heads), asked.lines
    anchors += kept.heads
    seen = kept.seen
    if since is not None:
        anchors.append(Anchor("the checkpoint given with --since", since))
    with closing(store.source()) as source, _examined(store, source) as examine:
        told = _Counted(source.size, progress)
        with _team(store, source, told, replay=not integrity_only) as team:
            verdict = verify_log(
                source,
                _trusted(keys, seen, named),
                anchors,
                examine,
                kind=LedgerKind.TRAINING if training else LedgerKind.LIVE,
                integrity_only=integrity_only,
                every_signature=every_signature or source.signed() <= MANY,
                since=since,
                team=team,
                told=told,
            )
        verdict = replace(verdict, asked=lines)
        if named is not None and opening is not None and named not in (*verdict.keys, opening.key):
            said = f"the settings of the desk name the key '{named.text}', which is none of this log"
            verdict = replace(
                verdict, findings=(AuditFinding(Code.REKEYED, 0, None, said), *verdict.findings)
            )
        if opening is None or verdict.outcome is not Outcome.CLEAN:
            return verdict
        known = keys[0] if keys else seen.key if seen else named or opening.key
        remembered = SeenFile.of(user_state(), opening.log).keep(Seen(known, source.checkpoint()))
    return verdict if remembered or keys or seen else replace(verdict, trust=Trust.SELF_ASSERTED)


class _Kept(NamedTuple):
    """What this user keeps of a log: heads, and what was last found clean."""

    heads: tuple[Anchor, ...] = ()
    seen: Seen | None = None


_NOTHING = _Kept()


def _kept(store: Store, origin: str) -> _Kept:
    state, log = user_state(), origin.rpartition("/")[2]
    head, seen = HeadFile.of(state, log, store.place).read(), SeenFile.of(state, log).read()
    heads = []
    if head is not None:
        heads.append(Anchor("the head kept where this desk is used", head))
    if seen is not None and seen.note:
        heads.append(Anchor("the checkpoint of your last verification", seen.note))
    return _Kept(tuple(heads), seen)


def _nothing_read(error: SopError, keys: tuple[VerifierKey, ...], kept: _Kept) -> Verdict:
    """The verdict on a log that cannot be read at all; what this user keeps of it says how much there was."""
    said = [f"{error.message}. {error.hint}".strip()]
    for one in kept.heads:
        with suppress(BadNote):
            size = Checkpoint.parse(Note.parse(one.note)).size
            said.append(f"{one.kept[0].upper()}{one.kept[1:]} is of {entries(size)}.")
    trust = Trust.PINNED if keys else Trust.FIRST_USE if kept.seen else Trust.SELF_ASSERTED
    finding = AuditFinding(Code.UNVERIFIABLE, None, None, " ".join(said))
    return Verdict(trust, 0, 0, 0, (finding,))


def _examined(store: Store, source: LogSource) -> AbstractContextManager["Examine | None"]:
    if not source.holds_runs():
        return nullcontext(lambda run: {})  # nor any value behind a commitment: no need to open the vault
    from .examined import examined

    return examined(store)


def _team(
    store: Store, source: LogSource, told: Callable[[int], None], *, replay: bool
) -> AbstractContextManager["Team | None"]:
    if source.size < WORTH_IT:
        return nullcontext()
    from .team import team_for

    return team_for(store, source, told, replay=replay)


def _readable(data: bytes) -> None:
    try:
        Checkpoint.parse(Note.parse(data))
    except BadNote as error:
        raise UsageError(
            f"what was given with '--since' is no checkpoint: {error.message}",
            hint="Give a file with a checkpoint that you kept, as 'sop audit export' writes it.",
        ) from error


class _Counted:
    """Adds up how many entries were taken."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def __call__(self, count: int) -> None:
        self._done = min(self._done + count, self._total)
        self._progress(self._done, self._total)


def _trusted(keys: tuple[VerifierKey, ...], seen: Seen | None, named: VerifierKey | None) -> Trusted:
    if keys:
        return Trusted(keys, Trust.PINNED)
    first = seen.key if seen else named
    return Trusted((first,) if first else (), Trust.FIRST_USE)
