"""Signing at the command line: a person, their passphrase, and what their token shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import the_desk
from .secrets import read_passphrase

if TYPE_CHECKING:
    from sop_runner.base.clock import Clock
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.people import People
    from sop_runner.people.person import Person
    from sop_runner.run.actions import FactorProof

By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who signs this off.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes on record. Name no personal data in it.")]
CodeOption = Annotated[str, typer.Option("--code", help="What the signer's token shows; else it is asked.")]


@contextmanager
def signing(
    context: typer.Context,
    desk: Path | None,
    training: bool,
    by: str,
    code: str,
    file: Path | None,
    descriptor: int | None,
) -> "Iterator[tuple[Desk, Person, list[FactorProof]]]":
    """The desk, open to write, and who signs at it with what they proved. Raises as `signed_off` does."""
    opened = the_desk(context, desk, training)
    try:
        yield (opened, *signed_off(opened, by, code, file, descriptor))
    finally:
        opened.close()


def signed_off(
    desk: "Desk", by: str, code: str, file: Path | None, descriptor: int | None
) -> "tuple[Person, list[FactorProof]]":
    """Who signs, and the factors they proved just now: every one that they have.

    Raises UsageError for somebody unknown or who cannot act, RefusedError where a factor is not right.
    """
    person, clock = desk.folk.directory().acting(by), desk.context.clock
    first = signed_in(desk.folk, person, clock, file, descriptor)
    return person, [first, *with_token(desk.folk, person, clock, code)]


def signed_in(
    people: "People", person: "Person", clock: "Clock", file: Path | None, descriptor: int | None
) -> "FactorProof":
    """The person's passphrase, asked for and checked. Raises RefusedError where it is not right."""
    from sop_runner.desk.signing_off import prove
    from sop_runner.people.credentials import PASSPHRASE

    typed = read_passphrase(f"Passphrase of {person.id}: ", file, descriptor)
    return prove(people, person, PASSPHRASE, typed, clock)


def with_token(people: "People", person: "Person", clock: "Clock", code: str) -> "list[FactorProof]":
    """What the person's token shows, asked for and checked; nothing for whoever has none."""
    from sop_runner.desk.signing_off import prove
    from sop_runner.people.credentials import TOTP

    if TOTP not in person.factors:
        return []
    shown = code or read_passphrase(f"Code of {person.id}'s token: ", None, None)
    return [prove(people, person, TOTP, shown, clock)]
