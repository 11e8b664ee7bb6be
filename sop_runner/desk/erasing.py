"""Erasing what is kept of a subject: signed off, on record, and only then gone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sop_runner.audit.entry import Draft, Entry, recordable
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.review.holds import ERASED
from sop_runner.run.actions import FactorProof
from sop_runner.stores.personal import Shelf

from .appending import append_outside
from .context import Context
from .holding import holds_of, ticket_of
from .signing_off import sign_off

_AN_ENTRY = 400
"""Commitments that one entry names; it holds 65,535 bytes."""


def erase_subject(
    context: Context, subject: str, person: Person, proofs: Sequence[FactorProof], reason: str
) -> tuple[tuple[Entry, ...], int]:
    """Erase a subject; returns the entries that say so and how many values went.

    Raises UsageError where nothing is kept, RefusedError while a legal hold or a run that has not
    ended needs the values, or where the sign-off does not do.
    """
    shelves = context.vault.shelves(str(recordable(subject, "subject")))
    if not shelves:
        raise UsageError(
            f"nothing is kept of '{subject}'",
            hint="A subject is a customer's id as in the case, or else the ticket; it may be erased already.",
        )
    runs = {shelf.run for shelf in shelves}
    going_on = [summary.run for summary in context.ledger.summaries() if summary.run in runs]
    if going_on:
        raise RefusedError(
            f"the run '{going_on[0]}' needs what is kept of '{subject}' and has not ended",
            hint="End or abandon it first.",
        )
    holds = holds_of(context)
    for shelf in shelves:
        for hold in holds.covering(shelf.run, ticket_of(context, shelf.run), shelf.subject):
            raise RefusedError(
                f"'{hold.of}' is under the legal hold of entry {hold.entry}: {hold.reason}",
                hint=f"Nothing was erased. 'sop audit release {hold.entry}' ends the hold.",
            )
    return erase(context, shelves, person, proofs, reason)


def erase(
    context: Context, shelves: Sequence[Shelf], person: Person, proofs: Sequence[FactorProof], reason: str
) -> tuple[tuple[Entry, ...], int]:
    """Erase values that nothing needs any more.

    The log says so first: a crash in between leaves values that `sop audit verify` names, and
    erasing again ends it. A hold that got into the log before the erasure wins: what it covers is kept.
    """
    if not reason.strip():
        raise RefusedError("an erasure has a reason", hint="Say who asked for it, and where that is filed.")
    signed = sign_off(person, proofs, len(person.factors) or 1)
    key, stamp = random_hex(), context.clock.now()
    drafts = tuple(
        Draft(type=ERASED, key=key, ts=stamp, actor=person.id, reason=reason, evidence=(*pieces, signed))
        for pieces in _pieces(shelves)
    )
    entries = append_outside(context.ledger, *drafts)
    holds = holds_of(context, before=entries[0].seq)
    free = [
        shelf
        for shelf in shelves
        if not holds.covering(shelf.run, ticket_of(context, shelf.run), shelf.subject)
    ]
    gone = context.vault.erase(free)
    if len(free) < len(shelves):
        raise RefusedError(
            f"a legal hold was placed in the meantime: what it covers is kept, {gone} other values are erased",
            hint="'sop audit retention' shows the holds.",
        )
    return entries, gone


def _pieces(shelves: Sequence[Shelf]) -> Iterator[tuple[Mapping[str, Any], ...]]:
    """What entries say is erased, each in as many entries as it takes."""
    pieces: list[Mapping[str, Any]] = []
    room = _AN_ENTRY
    for shelf in shelves:
        left = shelf.names
        while left:
            now, left = left[:room], left[room:]
            pieces.append({"kind": "erased", "subject": shelf.subject, "run": shelf.run, "commitments": now})
            room -= len(now)
            if room == 0:
                yield tuple(pieces)
                pieces, room = [], _AN_ENTRY
    if pieces:
        yield tuple(pieces)
