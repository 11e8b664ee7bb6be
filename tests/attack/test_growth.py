"""A run of thousands of entries: each is read once when it is opened, and none again at the next act."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.entry import Entry
from sop_runner.desk import record as record_module
from sop_runner.desk.perform import perform
from sop_runner.desk.record import read_record
from sop_runner.run.actions import Actor, AddNote, Answer
from tests.attack.conftest import At
from tests.attack.walking import opened, session_of

ENTRIES = 5_000
_A_COMMIT = 500


class Counted:
    """Counts calls of what it stands for."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real, self.calls = real, 0

    def __call__(self, *args: Any, **keys: Any) -> Any:
        self.calls += 1
        return self.real(*args, **keys)


def with_notes(folder: Path) -> str:
    """Give the case's run thousands of notes, many a commit."""
    desk = opened(folder)
    run = session_of(desk).run
    record = read_record(desk.context, run)
    ana = Actor("ana", frozenset({"agent"}))
    for commit in range(ENTRIES // _A_COMMIT):
        notes = tuple(AddNote(f"note {commit}-{number}") for number in range(_A_COMMIT))
        assert perform(desk.context, record, ana, notes, "en").accepted
    desk.close()
    return run


def test_a_long_run_is_read_once_and_gone_on_with_at_no_cost(
    desk_at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = desk_at("change-request")
    run = with_notes(folder)
    desk = opened(folder)
    folded = Counted(record_module.evolve)
    read = Counted(Entry.parse)
    statements: list[str] = []
    monkeypatch.setattr(record_module, "evolve", folded)
    monkeypatch.setattr(Entry, "parse", read)
    ledger: Any = desk.context.ledger
    ledger._connection.set_trace_callback(statements.append)
    session = session_of(desk)
    assert session.run == run
    entries = session.view().entries
    assert entries > ENTRIES
    assert folded.calls <= entries + 10, "each entry is folded once"
    assert read.calls <= entries + 100, "each entry is read once"
    assert len(statements) < 60, "a resumption is a handful of queries"
    assert len(session.recap().lines) < 50

    folded.calls = read.calls = 0
    statements.clear()
    assert session.perform(AddNote("one more")).accepted
    assert not session.perform(Answer("consent", "affirmed")).accepted
    session.view()
    assert folded.calls <= 8, "what was folded is not folded again"
    assert read.calls <= 8
    assert len(statements) < 60
    desk.close()
