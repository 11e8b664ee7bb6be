"""Working a case of the account-change procedure on from wherever it stands, and telling each entry."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import SopError
from sop_runner.base.message import Message
from sop_runner.desk.desk import Desk
from sop_runner.desk.port import Performed
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import AddNote, Answer, FactorProof
from sop_runner.wiring import open_desk
from tests.attack.telling import in_words

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
TICKET = "CR-000124"
PHRASES = {"ana": "seven quiet boats", "bela": "amber field north"}
NEW_VALUE = "canary.new-value@example.org"
REQUEST = {
    "ticket": TICKET,
    "change": "email",
    "new_value": NEW_VALUE,
    "recent_reset": False,
    "account_value": "350.20",
}
ITEMS = (
    "open-ticket",
    "change-request",
    "caller-identity",
    "consent",
    "supervisor-approval",
    "apply-change",
    "system-log",
    "notify-customer",
)
Tell = Callable[..., None]


class Refused(Exception):
    """The desk refused what was meant to be right."""


class Walk:
    """Does the right thing at each item; `tell` gets the entry of each act once it is acknowledged."""

    def __init__(self, session: DeskSession, folder: Path, tell: Tell) -> None:
        self.session = session
        self._folder = folder
        self._tell = tell

    def until(self, item: str = "") -> None:
        """Go on to `item`; to the end without one."""
        while (view := self.session.view()).status == "open":
            assert view.item is not None
            if view.item.node == item:
                return
            self.step(view.item.node)

    def step(self, node: str) -> None:
        """Answer the item at hand."""
        session = self.session
        match node:
            case "caller-identity":
                self._identity()
            case "supervisor-approval":
                proofs = (self._prove("passphrase", PHRASES["bela"]), self._prove("totp", self._token()))
                signed = {"new_value": NEW_VALUE}
                self.done(session.perform(Answer(node, "approved", signed, "the recording says so", proofs)))
            case "change-request":
                self.done(session.perform(Answer(node, values=REQUEST)))
            case "consent":
                self.done(session.perform(Answer(node, "affirmed")))
            case "system-log":
                extract = self._folder / "training" / "operation.log"
                extract.write_text("09:00 ana login\n09:03 ana update email\n")
                checks = {"1": True, "2": True, "3": True, "extract": session.extract(extract)}
                self.done(session.perform(Answer(node, values=checks)))
            case "notify-customer":
                told = {"notice-before": "done", "notice-after": "done"}
                self.done(session.perform(Answer(node, values=told)))
            case _:
                self.done(session.perform(Answer(node)))

    def done(self, performed: Performed) -> None:
        if not performed.accepted:
            raise Refused(str(performed.message))
        self._tell(entry=performed.entry, said=str(performed.message), receipt=performed.receipt)

    def _identity(self) -> None:
        item = self.session.view().item
        assert item is not None
        proved = {prompt.id for prompt in item.prompts if prompt.state == "right"}
        if "account-passphrase" not in proved:
            self.session.begin_factor("account-passphrase")
            self.done(self.session.check_factor("account-passphrase", "blue garden gate"))
        else:
            self.session.begin_factor("one-time-code")
            self.done(self.session.check_factor("one-time-code", code_in(self.session.inbox())))

    def _prove(self, factor: str, typed: str) -> FactorProof:
        proof = self.session.prove("bela", factor, typed)
        if isinstance(proof, Message):
            raise Refused(str(proof))
        return proof

    def _token(self) -> str:
        return next(line for line in self.session.inbox() if " bela:" in line).rpartition(" ")[2]


def code_in(inbox: tuple[str, ...]) -> str:
    """The newest one-time code."""
    return next(word for word in inbox[0].split() if word.isdecimal() and len(word) == 6)


def opened(folder: Path, minutes: float = 0) -> Desk:
    """The desk's training side, so long after the beginning of these tests' time."""
    return open_desk(folder, training=True, clock=ManualClock(START + timedelta(minutes=minutes)))


def session_of(desk: Desk) -> DeskSession:
    """Ana at the run of the case: come back to, or opened where there is none."""
    assert not isinstance(desk.sign_in("ana", PHRASES["ana"]), Message)
    runs = desk.context.ledger.summaries(ended=True, ticket=TICKET)
    if runs:
        return desk.resume("ana", runs[0].run, "en")
    found = desk.start("ana", "account-change", TICKET, {}, "en")
    assert isinstance(found, DeskSession)
    return found


def work(order: Mapping[str, Any], ready: Callable[[], None], tell: Tell, again: Callable[[], None]) -> None:
    """What a worker does: `walk` from opening the desk to the end, or one `step` from where the run
    stands. It is `ready` just before that, and tries a step `again` once the disk has come back."""
    folder = Path(order["folder"])
    if order["do"] == "walk":
        ready()
    desk = opened(folder, order.get("minutes", 0))
    session = session_of(desk)
    walk = Walk(session, folder, tell)
    if order["do"] == "walk":
        tell(entry=desk.context.ledger.entries(session.run)[-1].seq)
        walk.until()
        return
    item = session.view().item
    assert item is not None
    ready()
    for _ in range(2):
        try:
            if order["do"] == "step":
                walk.step(item.node)
            for number in range(order.get("notes", 0)):
                walk.done(session.perform(AddNote(f"{order['who']} {number}")))
            return
        except SopError as error:
            tell(**in_words(error))
        except Refused as refused:
            tell(refused=str(refused))
            return
        again()
