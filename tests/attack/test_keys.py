"""Keys of a log: enrolled, replaced and ended, and what an attacker makes of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Verdict
from sop_runner.audit.keyring import ENROLLED, RETIRED, ROTATED, key_evidence
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer, VerifierKey
from sop_runner.audit.verify import verify
from sop_runner.base.clock import SystemClock
from sop_runner.base.errors import UsageError
from sop_runner.base.ids import random_hex
from sop_runner.desk.receipt import read_receipt, receipt_text
from sop_runner.stores.memory import MemoryLedger
from sop_runner.stores.reader import SqliteSource
from sop_runner.stores.sqlite import SqliteLedger

LOG = "7a" * 16
ORIGIN = origin(LedgerKind.LIVE, LOG)
FIRST, SECOND, THIRD, THIEF = (Ed25519Signer(ORIGIN, bytes([n]) * 32) for n in range(1, 5))
Ledger = MemoryLedger | SqliteLedger


class Holder:
    """A machine's key file: what it signs with can be replaced."""

    def __init__(self, signer: Ed25519Signer) -> None:
        self.signer = signer

    @property
    def verifier(self) -> VerifierKey:
        return self.signer.verifier

    def sign(self, message: bytes) -> bytes:
        return self.signer.sign(message)

    def refresh(self) -> None:
        """A test replaces the key itself."""


@pytest.fixture(params=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Ledger, Holder]]:
    holder, now = Holder(FIRST), SystemClock().now()
    ledger: Ledger = (
        MemoryLedger(LOG, LedgerKind.LIVE, holder, now)
        if request.param == "memory"
        else SqliteLedger.create(tmp_path / "desk.db", LOG, LedgerKind.LIVE, holder, now)
    )
    yield ledger, holder
    ledger.close()


def add(ledger: Ledger, kind: str = "NoteOfTheDesk", about: dict[str, str] | None = None) -> int:
    evidence = () if about is None else (about,)
    draft = Draft(type=kind, key=random_hex(), ts=SystemClock().now(), actor="ana", evidence=evidence)
    return ledger.append(None, 0, (draft,))[0].seq


def verdict(ledger: Ledger, *pins: Ed25519Signer, every: bool = True) -> Verdict:
    keys = tuple(pin.verifier for pin in pins)
    if isinstance(ledger, MemoryLedger):
        return verify(ledger, keys, every_signature=every)
    source = SqliteSource(ledger.path)
    try:
        return verify(source, keys, every_signature=every)
    finally:
        source.close()


def codes(found: Verdict) -> list[tuple[str, int | None]]:
    return [(str(finding.code), finding.index) for finding in found.findings]


def rotate(ledger: Ledger, holder: Holder, new: Ed25519Signer) -> None:
    add(ledger, ROTATED, key_evidence(ORIGIN, new, "desk", holder.verifier))
    holder.signer = new


@pytest.mark.parametrize("every", [True, False])
def test_after_rotations_each_key_has_signed_its_part(log: tuple[Ledger, Holder], every: bool) -> None:
    ledger, holder = log
    for new in (SECOND, THIRD):
        add(ledger)
        rotate(ledger, holder, new)
        add(ledger)
    for pin in (FIRST, THIRD):
        assert codes(verdict(ledger, pin, every=every)) == []
    assert codes(verdict(ledger, THIEF, every=every))[0] == ("REKEYED", 0)
    assert {key.text for key in verdict(ledger).keys} == {s.verifier.text for s in (FIRST, SECOND, THIRD)}
    entry = next(ledger.scan(2, 3))
    assert not read_receipt(receipt_text(ledger, entry)).doubt(THIRD.verifier)
    assert read_receipt(receipt_text(ledger, entry)).doubt(FIRST.verifier)
    assert not read_receipt(receipt_text(ledger, entry)).doubt(FIRST.verifier, THIRD.verifier)


def test_two_machines_take_turns(log: tuple[Ledger, Holder]) -> None:
    ledger, holder = log
    add(ledger, ENROLLED, key_evidence(ORIGIN, SECOND, "second desk"))
    for signer in (SECOND, FIRST, SECOND, SECOND, FIRST):
        holder.signer = signer
        add(ledger)
    assert codes(verdict(ledger, FIRST)) == []


def test_a_key_that_was_replaced_or_never_enrolled_is_refused(log: tuple[Ledger, Holder]) -> None:
    ledger, holder = log
    rotate(ledger, holder, SECOND)
    size = ledger.size()
    for signer in (FIRST, THIEF):
        holder.signer = signer
        with pytest.raises(UsageError, match="may not sign"):
            add(ledger)
    assert ledger.size() == size


def test_a_lost_key_is_followed_by_the_one_that_was_kept_for_it(log: tuple[Ledger, Holder]) -> None:
    ledger, holder = log
    add(ledger, ENROLLED, key_evidence(ORIGIN, SECOND, "safe"))
    holder.signer = SECOND  # the first is gone
    add(ledger, RETIRED, {"kind": "key", "verifier_key": FIRST.verifier.text})
    rotate(ledger, holder, THIRD)
    add(ledger)
    assert codes(verdict(ledger, FIRST)) == []
    for signer in (FIRST, SECOND):
        holder.signer = signer
        with pytest.raises(UsageError, match="may not sign"):
            add(ledger)


class Lawless(MemoryLedger):
    """A log whose program was changed: whoever holds a key signs with it."""

    def lawless(self, signer: Ed25519Signer, act: Callable[[], object]) -> None:
        """Do `act` signing with any key."""
        self._ring.may_sign = lambda key: True  # type: ignore[method-assign]  # that is the attack
        before, self._signer = self._signer, signer
        act()
        self._signer = before


def lawless() -> Lawless:
    return Lawless(LOG, LedgerKind.LIVE, FIRST, SystemClock().now())


def test_an_old_key_that_signs_after_its_end_is_named() -> None:
    ledger = lawless()
    add(ledger, ROTATED, key_evidence(ORIGIN, SECOND, "desk", FIRST.verifier))
    ledger.lawless(SECOND, lambda: add(ledger))
    ledger.lawless(FIRST, lambda: add(ledger))
    found = codes(verdict(ledger, FIRST))
    assert ("KEY_OUT_OF_RANGE", 3) in found
    assert ("KEY_OUT_OF_RANGE", 2) not in found
    for every in (True, False):
        assert ("KEY_OUT_OF_RANGE", 3) in codes(verdict(ledger, FIRST, every=every))


def test_a_new_key_that_signs_its_own_enrolment_is_named() -> None:
    ledger = lawless()
    ledger.lawless(THIEF, lambda: add(ledger, ENROLLED, key_evidence(ORIGIN, THIEF, "desk")))
    ledger.lawless(THIEF, lambda: add(ledger))
    for every in (True, False):
        assert ("REKEYED", 1) in codes(verdict(ledger, FIRST, every=every))


@pytest.mark.parametrize("every", [True, False])
def test_a_forged_signature_over_an_enrolment_is_checked_even_where_few_are(every: bool) -> None:
    ledger = lawless()
    add(ledger, ENROLLED, key_evidence(ORIGIN, THIEF, "desk"))
    ledger.lawless(THIEF, lambda: add(ledger))
    size, note = ledger._notes[1]
    text, _, tail = note.rpartition(b" ")
    ledger._notes[1] = size, text + b" " + tail[:20] + b"AAAA" + tail[24:]
    assert ("SIG_FORGED", 1) in codes(verdict(ledger, FIRST, every=every))


def test_enrolments_that_prove_nothing_change_nothing() -> None:
    other = Ed25519Signer("sop_runner/live/another", bytes(32))
    stolen = {**key_evidence(ORIGIN, SECOND, "desk"), "verifier_key": THIEF.verifier.text}
    for about in (
        stolen,
        key_evidence(ORIGIN, other, "x"),
        {"kind": "key"},
        {"kind": "key", "verifier_key": "x"},
    ):
        ledger = lawless()
        add(ledger, ENROLLED, about)
        assert codes(verdict(ledger, FIRST)) == [("REKEYED", 1)]
        ledger.lawless(THIEF, lambda ledger=ledger: add(ledger))
        assert ("REKEYED", 2) in codes(verdict(ledger, FIRST))


def test_the_proof_of_another_s_key_does_not_make_a_forged_log_theirs() -> None:
    """A log made anew by a thief who copies the public enrolment of a key that a reviewer pinned."""
    forged = MemoryLedger(LOG, LedgerKind.LIVE, THIEF, SystemClock().now())
    add(forged, ENROLLED, key_evidence(ORIGIN, SECOND, "desk"))
    add(forged)
    assert ("REKEYED", 0) in codes(verdict(forged, SECOND))
    assert ("REKEYED", 0) in codes(verdict(forged, FIRST))


def test_the_only_key_is_not_ended() -> None:
    ledger = lawless()
    add(ledger, RETIRED, {"kind": "key", "verifier_key": FIRST.verifier.text})
    assert codes(verdict(ledger, FIRST)) == [("REKEYED", 1)]
    add(ledger)  # and it can go on
