"""Sealing what came into a log since the last time: a folder for the archive, and an entry that names it."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.verify import opening_of
from sop_runner.base.canonical import sha256_hex
from sop_runner.base.errors import NotVerified, RefusedError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.review.exports.folder import TRAILER, UNFINISHED, ExportFolder
from sop_runner.review.exports.sealed import SEALED, Segment, sealed_in
from sop_runner.review.exports.segment import write_segment
from sop_runner.review.exports.shared import Progress
from sop_runner.run.actions import FactorProof

from .appending import append_outside
from .context import Context
from .layout import Layout
from .signing_off import sign_off
from .storing import store_of


def segments_of(context: Context) -> tuple[Segment, ...]:
    """The segments that the log says were sealed, in order."""
    return sealed_in((entry.seq, json.loads(entry.body)) for entry in context.ledger.entries(None))


def seal(
    context: Context,
    layout: Layout,
    archive: Path,
    person: Person,
    proofs: Sequence[FactorProof],
    progress: Progress,
) -> tuple[Segment, Entry]:
    """Write what came since the last segment into a folder below `archive`, and put it on record.

    The log keeps all its entries. Raises UsageError where nothing came, RefusedError where the
    sign-off does not do or somebody else sealed in the meantime, NotVerified for a log that is not
    what its checkpoints say, StoreFailed where the folder cannot be written.
    """
    signed = sign_off(person, proofs, len(person.factors) or 1)
    known = segments_of(context)
    if known:
        _end_what_was_begun(archive / known[-1].name, known[-1])
    first, previous = (known[-1].size, known[-1].trailer) if known else (0, "")
    with closing(store_of(layout).source()) as source:
        if known and source.size == known[-1].size + 1:  # its own entry alone
            raise UsageError(
                f"nothing came into the log since entry {first - 1} was sealed",
                hint=f"The last segment is '{known[-1].name}'.",
            )
        opening = opening_of(source)
        if opening is None:
            raise NotVerified("the log does not begin with 'LogOpened'", hint="Run 'sop audit verify'.")
        folder = ExportFolder(archive / Segment(first, source.size, "", "", "").name)
        made = write_segment(source, opening, folder, first, previous, progress)
    stamp = context.clock.now()
    draft = Draft(type=SEALED, key=random_hex(), ts=stamp, actor=person.id, evidence=(made.evidence, signed))
    entry = append_outside(context.ledger, draft)[0]
    if entry.seq not in {one.entry for one in segments_of(context)}:
        raise RefusedError(
            f"somebody else sealed in the meantime: '{folder.path}' counts for nothing",
            hint="Delete that folder; it is marked as unfinished.",
        )
    folder.complete()
    return made, entry


def _end_what_was_begun(folder: Path, segment: Segment) -> None:
    """Take the mark off a segment that is on record and whole: a crash came just before."""
    mark, trailer = folder / UNFINISHED, folder / TRAILER
    if mark.exists() and trailer.exists() and sha256_hex(trailer.read_bytes()) == segment.trailer:
        mark.unlink()
