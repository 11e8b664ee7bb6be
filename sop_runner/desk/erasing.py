"""Erasing what is kept of a subject: signed off, on record, and only then gone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sop_runner.audit.entry import Draft, Entry
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.review.payloads import ERASED
from sop_runner.run.actions import FactorProof

from .context import Context
from .signing_off import sign_off

_AN_ENTRY = 400
"""Commitments that one entry names; it holds 65,535 bytes."""


def erase(
    context: Context, subject: str, person: Person, proofs: Sequence[FactorProof], reason: str
) -> tuple[tuple[Entry, ...], int]:
    """Erase a subject; returns the entries that say so and how many values went.

    The log says so first: a crash in between leaves values that `sop audit verify` names, and
    erasing again ends it. Raises UsageError where nothing is kept, RefusedError while a run that
    needs the values is open or the sign-off does not do.
    """
    kept = context.vault.of_subject(subject)
    if not kept:
        raise UsageError(
            f"nothing is kept of '{subject}'",
            hint="A subject is a customer's id as in the case, or else the ticket; it may be erased already.",
        )
    going_on = [summary.run for summary in context.ledger.summaries() if summary.run in kept]
    if going_on:
        raise RefusedError(
            f"the run '{going_on[0]}' needs what is kept of '{subject}' and has not ended",
            hint="End or abandon it first.",
        )
    if not reason.strip():
        raise RefusedError("an erasure has a reason", hint="Say who asked for it, and where that is filed.")
    signed = sign_off(person, proofs, len(person.factors) or 1)
    entries = context.ledger.append(None, 0, _drafts(context, subject, kept, person, signed, reason))
    return entries, context.vault.erase(subject)


def _drafts(
    context: Context,
    subject: str,
    kept: Mapping[str, tuple[str, ...]],
    person: Person,
    signed: Mapping[str, Any],
    reason: str,
) -> tuple[Draft, ...]:
    key, stamp = random_hex(), context.clock.now()
    return tuple(
        Draft(type=ERASED, key=key, ts=stamp, actor=person.id, reason=reason, evidence=(*pieces, signed))
        for pieces in _pieces(subject, kept)
    )


def _pieces(subject: str, kept: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Mapping[str, Any], ...]]:
    pieces: list[Mapping[str, Any]] = []
    room = _AN_ENTRY
    for run, names in kept.items():
        left = list(names)
        while left:
            now, left = left[:room], left[room:]
            pieces.append({"kind": "erased", "subject": subject, "run": run, "commitments": now})
            room -= len(now)
            if room == 0:
                yield tuple(pieces)
                pieces, room = [], _AN_ENTRY
    if pieces:
        yield tuple(pieces)
