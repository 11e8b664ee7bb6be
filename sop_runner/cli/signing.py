"""Signing an act off at the command line: a person, their passphrase, and what their token shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .secrets import read_passphrase

if TYPE_CHECKING:
    from sop_runner.desk.desk import Desk
    from sop_runner.people.person import Person
    from sop_runner.run.actions import FactorProof

CodeOption = Annotated[str, typer.Option("--code", help="What the signer's token shows; else it is asked.")]


def signed_off(
    desk: "Desk", by: str, code: str, file: Path | None, descriptor: int | None
) -> "tuple[Person, list[FactorProof]]":
    """Who signs, and the factors they proved just now: every one that they have.

    Raises UsageError for somebody unknown or who cannot act, RefusedError where a factor is not right.
    """
    from sop_runner.desk.erasing import prove
    from sop_runner.people.credentials import PASSPHRASE, TOTP

    person = desk.folk.directory().acting(by)
    typed = read_passphrase(f"Passphrase of {person.id}: ", file, descriptor)
    proofs = [prove(desk.folk, person, PASSPHRASE, typed, desk.context)]
    if TOTP in person.factors:
        shown = code or read_passphrase(f"Code of {person.id}'s token: ", None, None)
        proofs.append(prove(desk.folk, person, TOTP, shown, desk.context))
    return person, proofs
