"""Signing off what is no run: a person's factors checked, and what the entry says of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sop_runner.base.clock import Clock
from sop_runner.base.errors import RefusedError
from sop_runner.base.message import Message
from sop_runner.people.person import Person
from sop_runner.run.actions import FactorProof
from sop_runner.run.answers.common import check_proofs
from sop_runner.run.going import No

from .people import People


def prove(people: People, person: Person, factor: str, typed: str, clock: Clock) -> FactorProof:
    """Check a factor of the person who signs. Raises RefusedError where it is not right."""
    found = people.check(person.id, factor, typed, clock.now().wall)
    if isinstance(found, Message):
        raise RefusedError(found, hint="Nothing was changed.")
    return found


def sign_off(
    person: Person, proofs: Sequence[FactorProof], need: int, *, approved: bool = True
) -> Mapping[str, Any]:
    """The signature as evidence. Raises RefusedError where fewer than `need` kinds of factor were proved."""
    try:
        factors = check_proofs(proofs, (), need, person.id)
    except No as no:
        raise RefusedError(
            no.message,
            hint=f"'sop people enrol {person.id}' gives a token, the factor that goes with the passphrase.",
        ) from no
    return {"kind": "sign_off", "approved": approved, "factors": factors}
