"""The code that the customer's own token or app shows (RFC 6238)."""

import hmac
from datetime import datetime

from sop_runner.base.message import msg
from sop_runner.base.textsafe import fold_digits

from .customers import TOKEN, Customer
from .on_file import OnFile
from .port import Challenge, FactorResult, Kind, Options, Unavailable, Why, not_on_file, right, wrong

_DRIFT = 1
"""Steps of 30 s that the customer's clock may be off."""


class Totp(OnFile):
    """Possession of the token: a code that it shows now, accepted once."""

    name = "totp"
    kind: Kind = "possession"

    def _ask(
        self, customer: Customer, subject: str, options: Options, now: datetime
    ) -> Challenge | Unavailable:
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

    def _compare(self, customer: Customer, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        if not customer.token:
            return wrong(not_on_file(self.name).note, Why.NOT_ON_FILE)
        timecode = self._shown_at(customer, fold_digits(typed), now)
        if timecode is None:
            return wrong(msg("This is not the code that the token shows now."))
        ref = f"{self.name}:{self._box.mark(self.name, customer.id, str(timecode))}"
        if not self._tries.use(f"{self.name}:{customer.id}", timecode):
            note = msg("This code was used before; wait for the next one.")
            return FactorResult(False, ref, note, Why.USED)
        return right(msg("The code is right."), ref)

    def _shown_at(self, customer: Customer, digits: str, now: datetime) -> int | None:
        import pyotp

        token = pyotp.TOTP(self._box.unseal(TOKEN, customer.id, customer.token))
        step = token.timecode(now)
        for timecode in range(step - _DRIFT, step + _DRIFT + 1):
            if hmac.compare_digest(token.generate_otp(timecode).encode(), digits.encode("utf-8", "replace")):
                return timecode
        return None
