"""The keys of a log: put on record, replaced and ended by people who sign for it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.keyring import (
    ENROLLED,
    KEY_TYPES,
    RETIRED,
    ROTATED,
    Keyring,
    check_signer,
    key_evidence,
)
from sop_runner.audit.log import Ledger
from sop_runner.audit.note import Ed25519Signer, VerifierKey
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.run.actions import FactorProof
from sop_runner.run.answers.common import check_proofs
from sop_runner.run.going import No
from sop_runner.stores.keys import KeyFile, create_key, next_key

from .appending import append_outside
from .context import Context


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signs a change of keys, with which factors, and why."""

    person: Person
    proofs: Sequence[FactorProof]
    reason: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of a log: of which machine, and by which entries it began and ended (None: it may sign)."""

    key: VerifierKey
    machine: str
    since: int
    until: int | None


def listed(ledger: Ledger) -> tuple[KeyRow, ...]:
    """Every key of the log, in the order in which they came."""
    return tuple(
        KeyRow(span.key, span.machine, max(span.first - 1, 0), span.last)
        for span in _ring(ledger).spans.values()
    )


def request(origin: str, signer: Ed25519Signer | KeyFile, machine: str) -> dict[str, str]:
    """What whoever enrols a key needs of it: public, and a proof that somebody has the secret half."""
    return key_evidence(origin, signer, machine)


def enrol(context: Context, asked: Mapping[str, Any], signed: Signed) -> Entry:
    """Let the key of a `request` sign from the next checkpoint on. Raises RefusedError where it proves nothing."""
    return _record(context, ENROLLED, {"kind": "key", **asked}, signed)


def rotate(context: Context, key: Path, machine: str, signed: Signed) -> Entry:
    """Replace the signing key at `key` by a new one, which alone signs from the next checkpoint on.

    The new one lies beside it first: a crash leaves the old key in force, or the new one on record,
    which takes the place of the old when the log is next written.
    """
    ledger, beside, holder = context.ledger, next_key(key), KeyFile(key)
    check_signer(_ring(ledger), holder)  # ends a rotation that was interrupted
    old = holder.verifier
    new = KeyFile(beside) if beside.exists() else create_key(beside, ledger.opening.origin)
    entry = _record(context, ROTATED, key_evidence(ledger.opening.origin, new, machine, old), signed)
    os.replace(beside, key)
    return entry


def retire(context: Context, key: VerifierKey, signed: Signed) -> Entry:
    """End a key that was lost, or whose machine is gone. Raises RefusedError for the only one."""
    return _record(context, RETIRED, {"kind": "key", "verifier_key": key.text}, signed)


def use(context: Context, given: Path, key: Path) -> VerifierKey:
    """Make the key in the file `given` the one that this desk signs with: it was lost here, or is another one.

    Raises UsageError where the log does not let it sign.
    """
    text = _secret(given)
    try:
        signer = Ed25519Signer.parse(text)
    except UsageError as error:
        raise UsageError(
            f"'{given}' holds no signing key: {error.message}",
            hint="It is the file that 'sop keys new' wrote, not what it printed.",
        ) from error
    able = {row.key for row in listed(context.ledger) if row.until is None}
    if signer.verifier not in able:
        raise UsageError(
            f"the key '{signer.verifier.text}' may not sign this log",
            hint="Enrol it first, on a machine whose key may.",
        )
    beside = next_key(key)
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(signer.secret_text + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, key)
    return signer.verifier


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the key file '{path}' cannot be read") from error


def _record(context: Context, kind: str, about: Mapping[str, Any], signed: Signed) -> Entry:
    if not signed.reason.strip():
        raise RefusedError("a change of keys has a reason", hint="Say why, with --reason.")
    try:
        factors = check_proofs(signed.proofs, (), len(signed.person.factors) or 1, signed.person.id)
    except No as no:
        raise RefusedError(no.message, hint="A change of keys is signed with every factor one has.") from no
    _would_count(context.ledger, kind, about)
    draft = Draft(
        type=kind,
        key=random_hex(),
        ts=context.clock.now(),
        actor=signed.person.id,
        reason=signed.reason,
        evidence=(about, {"kind": "sign_off", "approved": True, "factors": list(factors)}),
    )
    return append_outside(context.ledger, draft)[0]


def _would_count(ledger: Ledger, kind: str, about: Mapping[str, Any]) -> None:
    why = _ring(ledger).take(kind, (about,))
    if why:
        raise RefusedError(f"this changes no key: {why}", hint="'sop keys list' shows the keys.")


def _ring(ledger: Ledger) -> Keyring:
    """The keys of a log; each change counts from the entry that makes it."""
    ring = Keyring(ledger.opening.origin, ledger.opening.key)
    for entry in ledger.entries(None):
        if entry.type in KEY_TYPES:
            ring.take(entry.type, entry.evidence)
            ring.covered(entry.seq)
    return ring
