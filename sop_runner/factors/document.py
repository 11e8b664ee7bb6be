"""An identity document that the agent holds: its last four characters, and the agent's word."""

from datetime import datetime

from sop_runner.base.message import msg

from .customers import DOCUMENT, Customer, fold_last
from .on_file import OnFile
from .port import Challenge, FactorResult, Kind, Options, Unavailable, not_on_file, right, wrong

LAST = 4


class Document(OnFile):
    """Possession: the document is shown, and its number is compared with the file.

    The typed characters keep a reflex from passing; that picture and person agree is attested by
    the agent who enters them, and recorded as attested. Option `document` names one on file.
    """

    name = "document"
    kind: Kind = "possession"

    def _ask(
        self, customer: Customer, subject: str, options: Options, now: datetime
    ) -> Challenge | Unavailable:
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

    def _compare(self, customer: Customer, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        last = fold_last(typed)
        for document in customer.documents:
            if challenge.id not in ("", document.id):
                continue
            if len(last) == LAST and self._box.same_mark(
                document.mark, DOCUMENT, customer.id, document.id, last
            ):
                note = msg("The document is the one on file; you attest that you saw it.")
                return right(note, seen=document.label)
        return wrong(msg("These are not the last four characters of a document on file."))
