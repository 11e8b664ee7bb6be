"""An identity document that the agent holds: its last four characters, and the agent's word."""

from datetime import datetime

from sop_runner.base.message import msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.tries import Tries

from .customers import DOCUMENT, CustomerFile, fold_last
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

LAST = 4


class Document:
    """Possession: the document is shown, and its number is compared with the file.

    The typed characters keep a reflex from passing; that picture and person agree is attested by
    the agent who enters them, and recorded as attested. Option `document` names one on file.
    """

    name = "document"
    kind: Kind = "possession"

    def __init__(self, customers: CustomerFile, tries: Tries, box: SecretBox) -> None:
        self._customers = customers
        self._tries = tries
        self._box = box

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Say what to look at; the file's characters are not shown."""
        customer = self._customers.find(subject)
        if customer is None:
            return unknown_customer(subject)
        wanted = options.get("document")
        fitting = [d for d in customer.documents if wanted in (None, d.id)]
        if not fitting:
            return not_on_file(self.name)
        return Challenge(
            self.name,
            self.kind,
            subject,
            say=msg("Please show me your identity document."),
            do=msg("Hold the document yourself: valid, undamaged, and the picture is this person."),
            hint=msg("Type the last four characters of its number. By that you attest that you saw it."),
            digits=LAST,
            id=str(wanted or ""),
        )

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Compare the last four characters with every document that was asked for."""
        customer = self._customers.find(subject)
        if customer is None:
            return wrong(unknown_customer(subject).note, Why.UNKNOWN_CUSTOMER)
        if blocked := self._tries.charge(customer.id, self.name, now):
            return held_up(blocked)
        last = fold_last(typed)
        for document in customer.documents:
            if challenge.id not in ("", document.id):
                continue
            if len(last) == LAST and self._box.same_mark(
                document.mark, DOCUMENT, customer.id, document.id, last
            ):
                self._tries.clear(customer.id, self.name)
                note = msg("The document is the one on file; you attest that you saw it.")
                return right(note, seen=document.label)
        return wrong(msg("These are not the last four characters of a document on file."))
