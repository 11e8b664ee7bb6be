"""The code that the customer's own token or app shows (RFC 6238)."""

import hmac
from datetime import datetime

from sop_runner.base.message import msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.textsafe import fold_digits
from sop_runner.base.tries import Tries

from .customers import TOKEN, Customer, CustomerFile
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

_DRIFT = 1
"""Steps of 30 s that the customer's clock may be off."""


class Totp:
    """Possession of the token: a code that it shows now, accepted once."""

    name = "totp"
    kind: Kind = "possession"

    def __init__(self, customers: CustomerFile, tries: Tries, box: SecretBox) -> None:
        self._customers = customers
        self._tries = tries
        self._box = box

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Say how to ask for it; nothing is sent."""
        customer = self._customers.find(subject)
        if customer is None:
            return unknown_customer(subject)
        if not customer.token:
            return not_on_file(self.name)
        return Challenge(
            self.name,
            self.kind,
            subject,
            say=msg("Please read me the six digits that your app or token shows now."),
            answer="digits",
            digits=6,
        )

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Compare with what the token shows within a step of now."""
        customer = self._customers.find(subject)
        if customer is None:
            return wrong(unknown_customer(subject).note, Why.UNKNOWN_CUSTOMER)
        if not customer.token:
            return wrong(not_on_file(self.name).note, Why.NOT_ON_FILE)
        if blocked := self._tries.charge(customer.id, self.name, now):
            return held_up(blocked)
        timecode = self._shown_at(customer, fold_digits(typed), now)
        if timecode is None:
            return wrong(msg("This is not the code that the token shows now."))
        ref = f"{self.name}:{self._box.mark(self.name, customer.id, str(timecode))}"
        if not self._tries.use(f"{self.name}:{customer.id}", timecode):
            note = msg("This code was used before; wait for the next one.")
            return FactorResult(False, ref, note, Why.USED)
        self._tries.clear(customer.id, self.name)
        return right(msg("The code is right."), ref)

    def _shown_at(self, customer: Customer, digits: str, now: datetime) -> int | None:
        import pyotp

        token = pyotp.TOTP(self._box.unseal(TOKEN, customer.id, customer.token))
        step = token.timecode(now)
        for timecode in range(step - _DRIFT, step + _DRIFT + 1):
            if hmac.compare_digest(token.generate_otp(timecode).encode(), digits.encode("utf-8", "replace")):
                return timecode
        return None
