"""What must hold of a desk whatever happened to whoever worked at it."""

from pathlib import Path

from sop_runner.audit.entry import Entry
from sop_runner.desk.record import Record, read_record
from sop_runner.desk.replay import story_of
from sop_runner.desk.verified import verify_desk
from tests.attack.clerk import Told
from tests.attack.walking import TICKET, Walk, opened, session_of

LOST = "the terminal was lost"


def recorded(folder: Path, minutes: float = 0) -> Record | None:
    """The case's run as its log has it; None where none was opened."""
    desk = opened(folder, minutes)
    try:
        listings = desk.context.ledger.runs()
        return read_record(desk.context, listings[0].run) if listings else None
    finally:
        desk.close()


def entries_of(folder: Path) -> tuple[Entry, ...]:
    """The entries of the case's run; none where it was not opened."""
    found = recorded(folder)
    return tuple(found.entries) if found is not None else ()


def check_log(folder: Path, told: Told, before: int = 0) -> Record | None:
    """Verified, replayable, nothing acknowledged lost, at most one action beyond what was told.

    `before` is how many entries of the run were there before what `told` is about.
    """
    assert verify_desk(folder, training=True).findings == ()
    record = recorded(folder)
    if record is None:
        assert told.acknowledged == []
        return None
    new = record.entries[before:]
    lost = set(told.acknowledged) - {entry.seq for entry in new}
    assert not lost, f"acknowledged and lost: {lost}"
    newest = max(told.acknowledged, default=-1)
    unanswered = {entry.key for entry in new if entry.seq > newest}
    assert len(unanswered) <= 1, "more than the action under way went on behind its back"
    desk = opened(folder)
    try:
        assert [step.problem for step in story_of(desk.context, record.run.id).steps if step.problem] == []
        (summary,) = desk.context.ledger.summaries(ended=True, ticket=TICKET)
        assert summary.facts["at"] == record.run.at, "the board says something else than the log"
    finally:
        desk.close()
    return record


def check_goes_on(folder: Path, minutes: float = 0) -> None:
    """The run is resumed where it stood, it says that its terminal was lost, and is walked to its end."""
    before = recorded(folder)
    desk = opened(folder, minutes)
    try:
        session = session_of(desk)
        after = recorded(folder)
        assert after is not None
        if before is not None:
            assert (after.run.at, after.run.facts) == (before.run.at, before.run.facts)
            lost = [entry.reason for entry in after.entries[len(before.entries) :] if entry.type == "RunHeld"]
            assert lost == ([LOST] if before.run.status == "open" else [])
            assert session.recap().lines, "who comes back is told what happened"
        Walk(session, folder, _unheard).until()
        check_closed(folder)
    finally:
        desk.close()


def check_closed(folder: Path) -> None:
    """The run has ended, each item done once, and its ticket is closed with its receipt."""
    assert verify_desk(folder, training=True).findings == ()
    record = recorded(folder)
    assert record is not None
    done = [entry.at for entry in record.entries if entry.type == "NodeDone"]
    assert len(done) == len(set(done)), "an item was done twice"
    assert record.run.end == "closed"
    desk = opened(folder)
    try:
        ticket = desk.context.tickets.find(TICKET)
        assert ticket is not None
        assert ticket.status == "closed"
    finally:
        desk.close()
    (receipt,) = (folder / "training" / "receipts").glob("*.tlog-proof")
    assert receipt.read_text().startswith("c2sp.org/tlog-proof@v1\n")
    assert receipt.read_text().endswith("\n")


def _unheard(**_: object) -> None:
    """The entries are read back from the log."""
