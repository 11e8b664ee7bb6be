"""Bringing procedures to a live desk as authors and approvers do, without their waiting for tokens."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from argon2 import PasswordHasher

from sop_runner.desk.enrol import Enrolment
from sop_runner.desk.files import procedure_files
from sop_runner.desk.layout import Layout
from sop_runner.desk.publishing import Publishing
from sop_runner.people.person import Person
from sop_runner.run.actions import FactorProof
from sop_runner.run.register import Revision, State
from sop_runner.wiring import opened_people, opened_publishing

FAST = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
AUTHOR, APPROVER = "ada", "ben"
_NUMBERS = count()


def proofs() -> tuple[FactorProof, ...]:
    """Two right factors, of a use that was never before."""
    return (
        FactorProof("passphrase", "knowledge", True),
        FactorProof("totp", "possession", True, f"totp:{next(_NUMBERS)}"),
    )


def enrol_publishers(desk: Path) -> None:
    """An author and an approver, unless they are there."""
    with opened_people(desk, "os:test", hasher=FAST) as (enrolment, people):
        for person, name, role in ((AUTHOR, "Ada Lovas", "author"), (APPROVER, "Ben Orosz", "approver")):
            if people.directory().find(person) is None:
                enrol_signer(enrolment, person, name, role)


def enrol_signer(enrolment: Enrolment, person: str, name: str, role: str) -> None:
    """Somebody with a passphrase and a token."""
    enrolment.add(person, name, [role])
    enrolment.passphrase(person, "nine slow ferries")
    enrolment.token(person, "test")


def approve_all(desk: Path) -> None:
    """Publish and approve every procedure of the desk's folder, callees before those that call them."""
    enrol_publishers(desk)
    with opened_publishing(desk) as publishing:
        for path in _callees_first(publishing, Layout(desk).procedures):
            approve_file(publishing, path)


def approve_file(publishing: Publishing, path: Path, acknowledged: tuple[str, ...] = ()) -> Revision:
    """Publish and approve one file; with `acknowledged` it may be weaker there."""
    found = publishing.examine(publishing.registry.text(path))
    publishing.publish(found, person(publishing, AUTHOR), "")
    revision = publishing.find(found.procedure.procedure, State.WAITING)
    reason = "as decided" if acknowledged else ""
    publishing.approve(revision, found, person(publishing, APPROVER), proofs(), reason, acknowledged)
    return publishing.find(found.procedure.procedure, State.APPROVED)


def person(publishing: Publishing, name: str) -> Person:
    """Somebody of the desk."""
    return publishing.people.directory().acting(name)


def _callees_first(publishing: Publishing, folder: Path) -> Iterator[Path]:
    registry, done = publishing.registry, set[str]()
    files = [registry.text(path) for path in procedure_files(folder)]
    while files:
        ready = [
            text
            for text in files
            if {callee.digest or "" for callee in registry.resolved(text).callees.values()} <= done
        ]
        assert ready, "the calls form a cycle, or a callee is missing"
        for text in ready:
            done.add(text.loaded.digest or "")
            files.remove(text)
            yield text.path
