"""The passphrase that the customer agreed with us."""

from datetime import datetime

from sop_runner.base.message import msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.textsafe import fold_input
from sop_runner.base.tries import Tries

from .customers import PASSPHRASE, CustomerFile
from .port import (
    Challenge,
    FactorResult,
    Kind,
    Options,
    Unavailable,
    Why,
    held_up,
    not_on_file,
    right,
    unknown_customer,
    wrong,
)

_MAX_TYPED = 10_000


class Passphrase:
    """Knowledge: compared after NFKC and without case, for it is spoken and typed by the agent."""

    name = "passphrase"
    kind: Kind = "knowledge"

    def __init__(self, customers: CustomerFile, tries: Tries, box: SecretBox) -> None:
        self._customers = customers
        self._tries = tries
        self._box = box

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Say how to ask for it."""
        customer = self._customers.find(subject)
        if customer is None:
            return unknown_customer(subject)
        if not customer.passphrase:
            return not_on_file(self.name)
        return Challenge(
            self.name,
            self.kind,
            subject,
            say=msg("Please tell me the passphrase of your account."),
            hint=msg("Type what you hear. Give no help with it."),
            secret=True,
        )

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Compare with the hash on file."""
        customer = self._customers.find(subject)
        if customer is None:
            return wrong(unknown_customer(subject).note, Why.UNKNOWN_CUSTOMER)
        if blocked := self._tries.charge(customer.id, self.name, now):
            return held_up(blocked)
        if not self._box.phrase_matches(customer.passphrase, phrase_owner(customer.id), spoken(typed)):
            return wrong(msg("This is not the passphrase."))
        self._tries.clear(customer.id, self.name)
        return right(msg("The passphrase is right."))


def spoken(text: str) -> str:
    """A spoken passphrase as it is compared: capitals and doubled spaces cannot be heard."""
    return " ".join(fold_input(text[:_MAX_TYPED], casefold=True).split())


def phrase_owner(customer_id: str) -> str:
    """Whose passphrase it is, apart from people of the same id."""
    return f"{PASSPHRASE}:{customer_id}"
