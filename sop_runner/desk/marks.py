"""Marking what a reviewer finds: signed by a person with the role, on record as an entry of its own."""

from collections.abc import Sequence

from sop_runner.audit.entry import Draft, Entry
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.review.marking import TYPES, Mark, marks_in, reference
from sop_runner.run.actions import FactorProof

from .appending import append_outside
from .context import Context
from .signing_off import sign_off

REVIEWER = "reviewer"
"""The role of those who mark; reading asks for none."""


def may_mark(person: Person) -> None:
    """Raises RefusedError for whoever is no reviewer."""
    if REVIEWER not in person.roles:
        raise RefusedError(
            f"'{person.id}' is no reviewer at this desk, and only a reviewer marks findings and comments",
            hint=f"'sop people list' shows who is one; 'sop people add NAME --role {REVIEWER}' enrols somebody.",
        )


def mark(
    context: Context, about: Entry, type_: str, text: str, person: Person, proofs: Sequence[FactorProof]
) -> Entry:
    """Put a finding or a comment about an entry of a run on record, signed by every factor of the person.

    Raises RefusedError for whoever is no reviewer, for want of factors and without words.
    """
    may_mark(person)
    if type_ not in TYPES or about.run is None:
        raise UsageError(f"'{type_}' marks an entry of a run, and entry {about.seq} is none")
    if not text.strip():
        raise RefusedError("a finding or a comment says something", hint="Write what was seen, and where.")
    signed = sign_off(person, proofs, len(person.factors) or 1)
    draft = Draft(
        type=type_,
        key=random_hex(),
        ts=context.clock.now(),
        actor=person.id,
        role=REVIEWER,
        reason=text.strip(),
        evidence=(reference(about.run, about), signed),
    )
    return append_outside(context.ledger, draft)[0]


def marks_of(context: Context, run: str) -> tuple[Mark, ...]:
    """What reviewers said of a run, in order."""
    return tuple(marks_in(context.ledger.entries(None), run))
