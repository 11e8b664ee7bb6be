"""A worker that does what is no step of a run at a live desk, for `clerk`: publish, approve, start, erase."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sop_runner.base.errors import SopError
from sop_runner.desk.erasing import erase_subject
from sop_runner.desk.layout import Layout
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import FactorProof
from sop_runner.run.register import State
from sop_runner.wiring import open_desk, opened_publishing
from tests.attack.deceiving import NOTE, PASSPHRASE
from tests.attack.telling import in_words
from tests.publishing import APPROVER, AUTHOR, person

DEEDS = ("publish", "approve", "start", "erase")
TICKET, SUBJECT = "T-3", "C-2"
Tell = Callable[..., None]


def write_revision(folder: Path) -> Path:
    """The next text of the procedure, which says a little more."""
    path = Layout(folder).procedures / "take-a-note.yaml"
    path.write_text(
        NOTE.replace("revision: 1", "revision: 2").replace("Hear the customer.", "Hear them out.")
    )
    return path


def keep(order: Mapping[str, Any], ready: Callable[[], None], tell: Tell, again: Callable[[], None]) -> None:
    """Do one deed, and once more `again` where it failed; `mark` makes the proofs of this worker its own."""
    folder = Path(order["folder"])
    deed = {"publish": _publish, "approve": _approve, "start": _start, "erase": _erase}[order["do"]]
    for attempt in range(2):
        proofs = (
            FactorProof("passphrase", "knowledge", True),
            FactorProof("totp", "possession", True, f"totp:{order['mark']}-{attempt}"),
        )
        try:
            tell(entry=deed(folder, proofs, ready))
            return
        except SopError as error:
            tell(**in_words(error))
        again()
        ready = _nothing


def _publish(folder: Path, proofs: tuple[FactorProof, ...], ready: Callable[[], None]) -> int:
    with opened_publishing(folder) as publishing:
        found = publishing.examine(publishing.registry.text(Layout(folder).procedures / "take-a-note.yaml"))
        who = person(publishing, AUTHOR)
        ready()
        return publishing.publish(found, who, "clearer words").seq


def _approve(folder: Path, proofs: tuple[FactorProof, ...], ready: Callable[[], None]) -> int:
    with opened_publishing(folder) as publishing:
        found = publishing.examine(publishing.registry.text(Layout(folder).procedures / "take-a-note.yaml"))
        revision = publishing.find("take-a-note", State.WAITING)
        who = person(publishing, APPROVER)
        ready()
        return publishing.approve(revision, found, who, proofs, "", ()).seq


def _start(folder: Path, proofs: tuple[FactorProof, ...], ready: Callable[[], None]) -> int:
    desk = open_desk(folder)
    desk.sign_in("ana", PASSPHRASE)
    ready()
    session = desk.start("ana", "take-a-note", TICKET, {"customer_id": "C-3"}, "en")
    if not isinstance(session, DeskSession):  # it had begun, and the ticket's file failed after that
        (begun,) = desk.context.ledger.summaries(ticket=TICKET)
        assert begun.run in str(session.message)
        session = desk.resume("ana", begun.run, "en")
    return desk.context.ledger.entries(session.run)[-1].seq


def _erase(folder: Path, proofs: tuple[FactorProof, ...], ready: Callable[[], None]) -> int:
    desk = open_desk(folder)
    who = desk.folk.directory().acting("ana")
    ready()
    return erase_subject(desk.context, SUBJECT, who, proofs, "asked for in writing")[0][-1].seq


def _nothing() -> None:
    """The worker is ready once."""
