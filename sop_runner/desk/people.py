"""Who is who at this desk: the directory as the log tells it, kept up with entry by entry."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.log import Ledger
from sop_runner.base.clock import Clock
from sop_runner.base.ids import random_hex
from sop_runner.base.message import Message, msg
from sop_runner.desk.appending import append_outside
from sop_runner.people.credentials import PASSPHRASE, TOTP, Check, CredentialStore
from sop_runner.people.directory import Directory, fold
from sop_runner.people.directory import Draft as Payload
from sop_runner.run.actions import FactorProof


class People:
    """The people of a desk and their secrets. Real people train under their own names.

    `ledgers` are read in order; the first is where people are enrolled, so what a training ledger
    says of an id that the live one knows is passed over.
    """

    def __init__(self, ledgers: tuple[Ledger, ...], credentials: CredentialStore, clock: Clock) -> None:
        self._ledgers = ledgers
        self._credentials = credentials
        self._clock = clock
        self._lock = threading.Lock()
        self._folded = [Directory() for _ in ledgers]
        self._read_to = [0 for _ in ledgers]

    def directory(self) -> Directory:
        """Everybody, as the log has it now."""
        with self._lock:
            for at, ledger in enumerate(self._ledgers):
                size = ledger.size()
                if size > self._read_to[at]:
                    new = ledger.scan(self._read_to[at], size) if self._read_to[at] else ledger.entries(None)
                    self._folded[at] = fold(_bodies(new), onto=self._folded[at])
                    self._read_to[at] = size
            known: dict[str, Any] = {}
            for folded in self._folded:
                known = {**folded.people, **known}
            return Directory(known)

    def record(self, payload: Payload) -> Entry:
        """Append what `people.directory` drafted; only then is it true."""
        draft = Draft(
            type=payload["type"],
            key=random_hex(),
            ts=self._clock.now(),
            actor=payload["actor"],
            reason=payload.get("reason") or None,
            evidence=tuple(payload["evidence"]),
        )
        return append_outside(self._ledgers[0], draft)[0]

    def check(self, person: str, factor: str, typed: str, now: datetime) -> FactorProof | Message:
        """Check a factor of a person; what was typed is forgotten. The proof's note says whose it is."""
        found: Check
        if factor == PASSPHRASE:
            found = self._credentials.check_passphrase(person, typed, now)
        elif factor == TOTP:
            found = self._credentials.check_totp(person, typed, now)
        else:
            return _no_such(factor)
        if not found.right:
            return found.note
        return FactorProof(found.factor, found.kind, True, found.ref, note=person)


def _no_such(factor: str) -> Message:
    return msg(
        "'{factor}' is no factor of a person; there are '{known}'",
        factor=factor,
        known=f"{PASSPHRASE}', '{TOTP}",
    )


def _bodies(entries: Iterable[Entry]) -> Iterable[Mapping[str, Any]]:
    return ({"type": e.type, "evidence": e.evidence} for e in entries if e.run is None)
