"""Legal holds: placed and released by a person who signs for it, and what stands at a moment."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sop_runner.audit.entry import Draft, Entry, recordable
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.review.holds import HELD, RELEASED, Holds, ticket_in
from sop_runner.run.actions import FactorProof

from .appending import append_outside
from .context import Context
from .signing_off import sign_off


def holds_of(context: Context, before: int | None = None) -> Holds:
    """The holds that stand, now or before an entry of that number."""
    holds = Holds()
    for entry in context.ledger.entries(None):
        if before is None or entry.seq < before:
            holds.take(entry.seq, json.loads(entry.body))
    return holds


def ticket_of(context: Context, run: str) -> str | None:
    """The ticket of a run as its first entry names it; None for a run that was never opened."""
    entries = context.ledger.entries(run)
    return ticket_in(entries[0].evidence) if entries else None


def place(context: Context, name: str, person: Person, proofs: Sequence[FactorProof], reason: str) -> Entry:
    """Put a run, a ticket or a subject under a hold. Raises UsageError for a name that nothing here has."""
    of = str(recordable(name, "name"))
    ledger = context.ledger
    if not (ledger.entries(of) or ledger.summaries(ended=True, ticket=of) or context.vault.shelves(of)):
        raise UsageError(
            f"there is no run, ticket or subject '{of}' here",
            hint="A subject is a customer's id as in the case. 'sop board --all' lists runs and tickets.",
        )
    return _signed(context, HELD, {"kind": "hold", "of": of}, person, proofs, reason)


def release(
    context: Context, entry: int, person: Person, proofs: Sequence[FactorProof], reason: str
) -> Entry:
    """End the hold that an entry placed. Raises UsageError where none of that number stands."""
    if entry not in holds_of(context).standing:
        raise UsageError(
            f"no hold of entry {entry} stands", hint="'sop audit retention' shows the holds that do."
        )
    return _signed(context, RELEASED, {"kind": "release", "hold": entry}, person, proofs, reason)


def _signed(
    context: Context,
    kind: str,
    about: Mapping[str, Any],
    person: Person,
    proofs: Sequence[FactorProof],
    reason: str,
) -> Entry:
    if not reason.strip():
        raise RefusedError(
            "a hold, and its end, have a reason", hint="Name the matter, and where it is filed."
        )
    signed = sign_off(person, proofs, len(person.factors) or 1)
    stamp = context.clock.now()
    draft = Draft(
        type=kind, key=random_hex(), ts=stamp, actor=person.id, reason=reason, evidence=(about, signed)
    )
    return append_outside(context.ledger, draft)[0]
