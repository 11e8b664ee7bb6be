"""Enrolling people: each act is one entry, and secrets go to the credential store alone."""

from collections.abc import Iterable

from sop_runner.audit.entry import Entry
from sop_runner.people import directory as drafts
from sop_runner.people.credentials import PASSPHRASE, TOTP, CredentialStore, fitting_passphrase

from .people import People


class Enrolment:
    """What whoever keeps the people of a desk can do; `actor` says who that is.

    A factor goes on record before it works: a signature with one that was never enrolled is forged.
    """

    def __init__(self, people: People, credentials: CredentialStore, actor: str) -> None:
        self._people = people
        self._credentials = credentials
        self._actor = actor

    def add(self, person: str, name: str, roles: Iterable[str], language: str = "en") -> Entry:
        """Enrol somebody. Raises RefusedError for a look-alike or an id that does not fit."""
        known = self._people.directory()
        return self._people.record(
            drafts.enrol(known, person, name, roles, actor=self._actor, language=language)
        )

    def disable(self, person: str, reason: str) -> Entry:
        """After this a person cannot act; id and name stay taken."""
        known = self._people.directory()
        return self._people.record(drafts.disable(known, person, actor=self._actor, reason=reason))

    def passphrase(self, person: str, text: str) -> Entry:
        """Set a passphrase. The entry says that there is one, and no more."""
        known = self._people.directory()
        draft = drafts.factor_enrolled(known, person, PASSPHRASE, "knowledge", actor=self._actor)
        fitting_passphrase(person, text)  # before anything is on record
        entry = self._people.record(draft)
        self._credentials.set_passphrase(person, text)
        return entry

    def token(self, person: str, issuer: str) -> tuple[str, Entry]:
        """Give a person a new token secret: the URI for their app, and the entry that says so."""
        known = self._people.directory()
        draft = drafts.factor_enrolled(known, person, TOTP, "possession", actor=self._actor)
        entry = self._people.record(draft)
        return self._credentials.enrol_totp(person, issuer), entry

    def unlock(self, person: str) -> None:
        """Forget wrong tries, after somebody made sure who they are."""
        self._credentials.unlock(person)
