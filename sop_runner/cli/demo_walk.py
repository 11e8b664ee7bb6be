"""The demo without a terminal: one case from its ticket to its receipt, each entry as it is recorded."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sop_runner.base.errors import RefusedError
from sop_runner.base.message import Message
from sop_runner.desk.port import Performed
from sop_runner.run.actions import Answer, FactorProof, Hold, Resume

from .common import translator

if TYPE_CHECKING:
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.session import DeskSession

_NEW = "new.address@example.org"
_LOG = "09:00 ana login\n09:03 ana update email\n"


def walk_demo(desk: "Desk", folder: Path, language: str) -> Iterator[str]:
    """Walk the account-change procedure with the sample people, and tell what was recorded."""
    from sop_runner.desk.demo import ACCOUNT_TICKETS, CUSTOMER_PHRASE, PEOPLE

    t = translator(language)
    yield from desk.demo_hint
    said = {person.id: person.passphrase for person in PEOPLE}
    desk.sign_in("ana", said["ana"])
    ticket = ACCOUNT_TICKETS[1]
    begun = desk.start("ana", "account-change", ticket, {}, language)
    if isinstance(begun, Performed):
        raise RefusedError(t(begun.message))
    walk = _Walk(desk, begun, language)
    yield ""
    yield t._("Ticket {ticket}, run {run}:", ticket=ticket, run=walk.session.run)
    yield from walk.told()
    yield from walk.act(Answer("open-ticket"))
    record = {
        "ticket": ticket,
        "change": "email",
        "new_value": _NEW,
        "recent_reset": False,
        "account_value": "350.20",
    }
    yield from walk.act(Answer("apply-change"))
    yield from walk.act(Answer("change-request", values=record))
    yield from walk.factor("account-passphrase", CUSTOMER_PHRASE)
    yield from walk.factor("one-time-code")
    yield from walk.act(Hold(t._("the customer looks for the contract")))
    yield from walk.act(Resume())
    yield from walk.act(Answer("consent", "affirmed"))
    signed = {"new_value": _NEW}
    yield from walk.act(Answer("supervisor-approval", "approved", signed, t._("the recording says so")))
    proofs = walk.proofs("bela", said["bela"])
    yield from walk.act(
        Answer("supervisor-approval", "approved", signed, t._("the recording says so"), proofs)
    )
    yield from walk.act(Answer("apply-change"))
    extract = folder / "training" / "operation.log"
    extract.write_text(_LOG, encoding="utf-8")
    checks = {"1": True, "2": True, "3": True, "extract": walk.session.extract(extract)}
    yield from walk.act(Answer("system-log", values=checks))
    yield from walk.act(Answer("notify-customer", values={"notice-before": "done", "notice-after": "done"}))
    yield ""
    yield t._("The receipt to attach to ticket {ticket}:", ticket=ticket)
    yield walk.receipt.rstrip("\n")


class _Walk:
    def __init__(self, desk: "Desk", session: "DeskSession", language: str) -> None:
        self.session = session
        self._desk = desk
        self._language = language
        self._t = translator(language)
        self._told = 0
        self.receipt = ""

    def act(self, action: Answer | Hold | Resume) -> Iterator[str]:
        """Do it, and tell what was recorded."""
        self.receipt = self.session.perform(action).receipt or self.receipt
        yield from self.told()

    def factor(self, factor: str, answer: str = "") -> Iterator[str]:
        """Check a factor of the sample customer: `answer`, or the code that was just sent, mistyped at first."""
        self.session.begin_factor(factor)
        if not answer:
            code = _code_in(self.session.inbox()[0])
            self.session.check_factor(factor, code[::-1] if code != code[::-1] else code[1:])
            answer = code
        self.session.check_factor(factor, answer)
        yield from self.told()

    def proofs(self, person: str, passphrase: str) -> tuple[FactorProof, ...]:
        """Both factors of a sample person: the passphrase, and what their sample token shows."""
        token = next(line for line in reversed(self.session.inbox()) if person in line)
        found = (
            self.session.prove(person, "passphrase", passphrase),
            self.session.prove(person, "totp", _code_in(token)),
        )
        return tuple(proof for proof in found if not isinstance(proof, Message))

    def told(self) -> Iterator[str]:
        """The entries that were recorded since the last time, in words."""
        from sop_runner.desk.record import read_record
        from sop_runner.desk.words import lines_of

        record = read_record(self._desk.context, self.session.run)
        new = record.entries[self._told :]
        self._told = len(record.entries)
        for line in lines_of(record.plan, new, self._language):
            said = self._t.labelled(line.text, line.detail) if line.detail else self._t(line.text)
            yield f"{line.entry:>4}  {line.who or '-':<5} {said}"


def _code_in(line: str) -> str:
    """The six digits that a line of the sample inbox ends or begins with."""
    found: list[str] = re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", line)
    return found[-1]
