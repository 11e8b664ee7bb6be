"""The passphrase that the customer agreed with us."""

from datetime import datetime

from sop_runner.base.message import msg
from sop_runner.base.textsafe import fold_input

from .customers import PASSPHRASE, Customer
from .on_file import OnFile
from .port import Challenge, FactorResult, Kind, Options, Unavailable, not_on_file, right, wrong

_MAX_TYPED = 10_000


class Passphrase(OnFile):
    """Knowledge: compared after NFKC and without case, for it is spoken and typed by the agent."""

    name = "passphrase"
    kind: Kind = "knowledge"

    def _ask(
        self, customer: Customer, subject: str, options: Options, now: datetime
    ) -> Challenge | Unavailable:
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

    def _compare(self, customer: Customer, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        if not self._box.phrase_matches(customer.passphrase, phrase_owner(customer.id), spoken(typed)):
            return wrong(msg("This is not the passphrase."))
        return right(msg("The passphrase is right."))


def spoken(text: str) -> str:
    """A spoken passphrase as it is compared: capitals and doubled spaces cannot be heard."""
    return " ".join(fold_input(text[:_MAX_TYPED], casefold=True).split())


def phrase_owner(customer_id: str) -> str:
    """Whose passphrase it is, apart from people of the same id."""
    return f"{PASSPHRASE}:{customer_id}"
