"""What proves that an actor is who they say: passphrases and TOTP tokens, outside the audit log.

Secrets live in `people.db`, a small SQLite file of its own (0600), sealed or hashed under
`people.key`; the log learns only that a factor was right, and a mark by which a reuse shows.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sop_runner.base.errors import RefusedError
from sop_runner.base.message import Message, msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.textsafe import fold_digits, fold_input
from sop_runner.base.tries import Tries, connected, transaction

if TYPE_CHECKING:
    from argon2 import PasswordHasher

DB_NAME, KEY_NAME = "people.db", "people.key"
PASSPHRASE, TOTP = "passphrase", "totp"
MIN_PASSPHRASE, MAX_PASSPHRASE = 8, 1_000
_MAX_TYPED = 10 * MAX_PASSPHRASE  # a pasted file costs no more than any wrong answer
TOTP_STEP_S = 30
TOTP_DRIFT = 1
"""Steps of clock difference that are accepted on either side (RFC 6238, 5.2)."""

_SCHEMA = """
CREATE TABLE passphrase(person TEXT PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE totp(person TEXT PRIMARY KEY, sealed TEXT NOT NULL) WITHOUT ROWID;
"""
_STORED = {
    PASSPHRASE: "SELECT hash FROM passphrase WHERE person=?",
    TOTP: "SELECT sealed FROM totp WHERE person=?",
}


class Why(StrEnum):
    """Why a check was not right, for programs; `Check.note` says it to people."""

    RIGHT = ""
    WRONG = "wrong"
    USED = "used"
    WAIT = "wait"
    LOCKED = "locked"
    NOT_ENROLLED = "not-enrolled"


@dataclass(frozen=True, slots=True)
class Check:
    """What came of one factor of one person.

    `kind` is knowledge or possession; `ref` may go into the log: empty for what may be used
    again, otherwise a mark of this one use, by which a second use shows.
    """

    right: bool
    factor: str
    kind: str
    ref: str
    why: Why
    note: Message


class CredentialStore:
    """Keeps and checks the secrets of people; safe to use from several processes at once."""

    def __init__(self, path: Path, box: SecretBox) -> None:
        self._path = path
        self._box = box
        self._tries = Tries(path)

    @classmethod
    def create(cls, folder: Path, hasher: "PasswordHasher | None" = None) -> "CredentialStore":
        """Make `people.db` and `people.key` in `folder`. Raises UsageError where one exists."""
        box = SecretBox.create(folder / KEY_NAME, hasher)
        Tries.create(folder / DB_NAME)
        with connected(folder / DB_NAME) as db:
            db.executescript(_SCHEMA)
        return cls(folder / DB_NAME, box)

    @classmethod
    def open(cls, folder: Path, hasher: "PasswordHasher | None" = None) -> "CredentialStore":
        """Open what `create` made. Raises UsageError where a file is missing or readable by others."""
        box = SecretBox.open(folder / KEY_NAME, hasher)
        Tries.open(folder / DB_NAME)
        return cls(folder / DB_NAME, box)

    def factors(self, person: str) -> frozenset[str]:
        """Which factors `person` has enrolled."""
        return frozenset(f for f in (PASSPHRASE, TOTP) if self._stored(f, person) is not None)

    def set_passphrase(self, person: str, text: str) -> None:
        """Keep a passphrase as a hash; unlocks it too. Raises RefusedError for one too short or telling."""
        hashed = self._box.hash_phrase(person, fitting_passphrase(person, text))
        with transaction(self._path) as db:
            db.execute("INSERT OR REPLACE INTO passphrase VALUES(?,?)", (person, hashed))
        self._tries.clear(person, PASSPHRASE)

    def check_passphrase(self, person: str, typed: str, now: datetime) -> Check:
        """Whether `typed` is the passphrase; compared after NFKC. A wrong try counts."""
        stored = self._stored(PASSPHRASE, person)
        if stored is None:
            return _not_right(PASSPHRASE, Why.NOT_ENROLLED, _not_enrolled(person, PASSPHRASE))
        if blocked := self._blocked(person, PASSPHRASE, now):
            return blocked
        if not self._box.phrase_matches(stored, person, fold_input(typed[:_MAX_TYPED])):
            return _not_right(PASSPHRASE, Why.WRONG, msg("This is not the passphrase."))
        self._tries.clear(person, PASSPHRASE)
        return Check(True, PASSPHRASE, "knowledge", "", Why.RIGHT, msg("The passphrase is right."))

    def enrol_totp(self, person: str, issuer: str = "sop") -> str:
        """Give `person` a new token secret in place of any old one; the URI is for `people.qr` alone."""
        import pyotp

        secret = pyotp.random_base32()
        with transaction(self._path) as db:
            db.execute(
                "INSERT OR REPLACE INTO totp VALUES(?,?)", (person, self._box.seal(TOTP, person, secret))
            )
        self._tries.clear(person, TOTP)
        self._tries.forget(f"{TOTP}:{person}")
        return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=issuer)

    def check_totp(self, person: str, code: str, now: datetime) -> Check:
        """Whether `code` is one that the token shows now and that was not used before.

        Digits of any script count. Of any number of processes, one accepts a code (RFC 6238, 5.2).
        """
        import pyotp

        sealed = self._stored(TOTP, person)
        if sealed is None:
            return _not_right(TOTP, Why.NOT_ENROLLED, _not_enrolled(person, TOTP))
        if blocked := self._blocked(person, TOTP, now):
            return blocked
        token = pyotp.TOTP(self._box.unseal(TOTP, person, sealed), interval=TOTP_STEP_S)
        typed = fold_digits(code)
        shown = token.timecode(now)
        for timecode in range(shown - TOTP_DRIFT, shown + TOTP_DRIFT + 1):
            if hmac.compare_digest(token.generate_otp(timecode).encode(), typed.encode("utf-8", "replace")):
                return self._use_timecode(person, timecode)
        return _not_right(TOTP, Why.WRONG, msg("This is not the code that the token shows now."))

    def unlock(self, person: str) -> None:
        """Forget the wrong tries of `person`, after somebody made sure who they are."""
        for factor in (PASSPHRASE, TOTP):
            self._tries.clear(person, factor)

    def _use_timecode(self, person: str, timecode: int) -> Check:
        ref = f"{TOTP}:{self._box.mark(TOTP, person, str(timecode))}"
        if not self._tries.use(f"{TOTP}:{person}", timecode):
            note = msg("This code was used before; wait for the next one.")
            return Check(False, TOTP, "possession", ref, Why.USED, note)
        self._tries.clear(person, TOTP)
        return Check(True, TOTP, "possession", ref, Why.RIGHT, msg("The code is right."))

    def _blocked(self, person: str, factor: str, now: datetime) -> Check | None:
        blocked = self._tries.charge(person, factor, now)
        if blocked is None:
            return None
        if blocked.locked:
            note = msg("Too many wrong tries: this factor is locked. Whoever keeps the people can unlock it.")
            return _not_right(factor, Why.LOCKED, note)
        note = msg("Too many wrong tries: try again in {seconds} s.", seconds=blocked.wait_s)
        return _not_right(factor, Why.WAIT, note)

    def _stored(self, factor: str, person: str) -> str | None:
        with connected(self._path) as db:
            row = db.execute(_STORED[factor], (person,)).fetchone()
        return str(row[0]) if row else None


def fitting_passphrase(person: str, text: str) -> str:
    """A passphrase as it is compared. Raises RefusedError for one too short or telling."""
    phrase = fold_input(text)
    if not MIN_PASSPHRASE <= len(phrase) <= MAX_PASSPHRASE:
        raise RefusedError(
            f"a passphrase has {MIN_PASSPHRASE} to {MAX_PASSPHRASE} characters",
            hint="A few words that belong to nobody else are best; spaces are welcome.",
        )
    if len(set(phrase)) < 4 or phrase.casefold() == person.casefold():
        raise RefusedError("this passphrase is guessed at once", hint="Choose a few unrelated words.")
    return phrase


def _not_enrolled(person: str, factor: str) -> Message:
    return msg("'{person}' has no '{factor}' here; 'sop people' enrols one.", person=person, factor=factor)


def _not_right(factor: str, why: Why, note: Message) -> Check:
    return Check(False, factor, "knowledge" if factor == PASSPHRASE else "possession", "", why, note)
