"""The one door: durable before true, nothing lost, nothing twice, refusals on record."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.log import Summary
from sop_runner.audit.verify import verify
from sop_runner.base.errors import AppendFailed, Conflict
from sop_runner.desk.context import Context
from sop_runner.desk.desk import Desk
from sop_runner.desk.perform import Done, begin, perform
from sop_runner.desk.record import Record, read_record
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import Action, Actor, AddNote, Answer, GoBack, Hold, Resume, Start
from sop_runner.run.events import REFUSED
from sop_runner.stores.memory import Fault, MemoryLedger

from .conftest import Open

ANA = Actor("ana", frozenset({"agent"}))


class Flaky:
    """A ledger whose appends fail as told, one after the other; everything else is the real one's."""

    def __init__(self, inner: MemoryLedger) -> None:
        self.inner = inner
        self.faults: list[Fault] = []
        self.before_append: list[Any] = []

    def append(
        self, run: str | None, expected_run_seq: int, drafts: Sequence[Draft], summary: Summary | None = None
    ) -> tuple[Entry, ...]:
        if self.before_append:
            self.before_append.pop(0)()
        self.inner.fail = self.faults.pop(0) if self.faults else ""
        return self.inner.append(run, expected_run_seq, drafts, summary)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def flaky(memory: Context) -> tuple[Context, Flaky]:
    ledger = Flaky(memory.ledger)  # type: ignore[arg-type]
    return (
        Context(
            ledger, memory.vault, memory.clock, memory.plans, memory.tickets, memory.settings, memory.training
        ),
        ledger,
    )


def opened(context: Context) -> Record:
    registry = context.plans
    text = registry.find("account-change")  # type: ignore[attr-defined]
    plan = registry.plan(text)  # type: ignore[attr-defined]
    registry.keep(text)  # type: ignore[attr-defined]
    start = Start("RUN1-0001", "CR-000123", "UTC", training=True)
    record = begin(context, plan, start, ANA, "en")
    assert isinstance(record, Record)
    return record


def do(context: Context, record: Record, *actions: Action) -> Done:
    return perform(context, record, ANA, actions, "en")


def notes(context: Context) -> list[str | None]:
    return [entry.reason for entry in context.ledger.entries("RUN1-0001") if entry.type == "NoteAdded"]


@pytest.mark.parametrize("fault", ["lost", "late"])
def test_a_lost_answer_neither_loses_nor_doubles_an_action(memory: Context, fault: Fault) -> None:
    context, ledger = flaky(memory)
    record = opened(context)
    ledger.faults = [fault]
    done = do(context, record, AddNote("once"))
    assert done.accepted
    assert notes(context) == ["once"]
    assert record.run == read_record(context, "RUN1-0001").run
    assert verify(ledger.inner).findings == ()


@pytest.mark.parametrize("second", ["lost", "late"])
@pytest.mark.parametrize("first", ["lost", "late"])
def test_two_lost_answers_say_what_is_on_record(memory: Context, first: Fault, second: Fault) -> None:
    context, ledger = flaky(memory)
    record = opened(context)
    ledger.faults = [first, second]
    if (first, second) == ("lost", "lost"):
        with pytest.raises(AppendFailed, match="does not answer"):
            do(context, record, AddNote("once"))
        assert notes(context) == []
    else:
        assert do(context, record, AddNote("once")).accepted
        assert notes(context) == ["once"]
    assert do(context, record, AddNote("after")).accepted
    assert notes(context)[-1] == "after"
    assert record.run == read_record(context, "RUN1-0001").run


@pytest.mark.parametrize("fault", ["lost", "late"])
def test_a_start_whose_answer_is_lost_opens_one_run(memory: Context, fault: Fault) -> None:
    context, ledger = flaky(memory)
    ledger.faults = [fault]
    record = opened(context)
    assert [listing.run for listing in context.ledger.runs()] == [record.run.id]


def test_the_state_exists_only_after_the_append(memory: Context) -> None:
    context, ledger = flaky(memory)
    record = opened(context)
    before = record.run
    ledger.faults = ["lost", "lost"]
    with pytest.raises(AppendFailed):
        do(context, record, Answer("open-ticket"))
    assert record.run == before


def test_what_another_terminal_wrote_in_between_is_judged_anew(memory: Context) -> None:
    context, ledger = flaky(memory)
    record = opened(context)
    other = read_record(context, "RUN1-0001")
    ledger.before_append = [lambda: do(memory, other, Answer("open-ticket"))]
    done = do(context, record, Answer("open-ticket"))
    assert not done.accepted
    assert "not the current item" in str(done.message)
    types = [entry.type for entry in context.ledger.entries("RUN1-0001")]
    assert types == ["RunStarted", "NodeDone", REFUSED]


def test_an_action_that_still_fits_goes_ahead_after_a_conflict(memory: Context) -> None:
    context, ledger = flaky(memory)
    record = opened(context)
    other = read_record(context, "RUN1-0001")
    ledger.before_append = [lambda: do(memory, other, AddNote("theirs"))]
    assert do(context, record, Answer("open-ticket")).accepted
    assert notes(context) == ["theirs"]
    assert record.run.at == "change-request"


def test_a_run_that_never_rests_gives_up_in_words(memory: Context) -> None:
    context, ledger = flaky(memory)
    record = opened(context)
    other = read_record(context, "RUN1-0001")
    ledger.before_append = [lambda: do(memory, other, AddNote("again"))] * 200
    with pytest.raises(Conflict, match="without a pause"):
        do(context, record, Answer("open-ticket"))


def test_actions_done_as_one_are_done_whole_or_not_at_all(memory: Context) -> None:
    record = opened(memory)
    size = memory.ledger.size()
    assert do(memory, record, Hold("the terminal was lost"), Resume()).accepted
    hold, resumed = memory.ledger.entries("RUN1-0001")[-2:]
    assert (hold.type, resumed.type, hold.key) == ("RunHeld", "RunResumed", resumed.key)
    done = do(memory, record, Hold("why"), Hold("again"))
    assert not done.accepted
    assert record.run.hold is None
    assert memory.ledger.size() == size + 3


def test_a_refusal_is_on_record_with_its_reason(memory: Context) -> None:
    record = opened(memory)
    done = do(memory, record, GoBack("consent", "why not"))
    newest = memory.ledger.entries("RUN1-0001")[-1]
    assert (newest.type, newest.actor, newest.outcome) == (REFUSED, "ana", "GoBack")
    assert newest.reason == str(done.message)
    assert newest.seq == done.entries[-1].seq


def test_a_refused_start_is_on_record_and_belongs_to_no_run(desk: Desk) -> None:
    done = desk.start("ana", "account-change", "CR-000123", {"no_such": "x"}, "en")
    assert not isinstance(done, DeskSession)
    newest = desk.context.ledger.entries(None)[-1]
    assert (newest.type, newest.run, newest.seq) == (REFUSED, None, done.entry)
    assert "no_such" in str(newest.reason)


def test_an_ended_run_takes_no_more_entries(session: DeskSession, desk: Desk) -> None:
    from sop_runner.run.actions import Abandon

    assert session.perform(Abandon("the caller hung up")).accepted
    size = desk.context.ledger.size()
    done = session.perform(AddNote("too late"))
    assert not done.accepted
    assert "has ended" in str(done.message)
    assert desk.context.ledger.size() == size


def test_a_double_key_press_counts_once(session: DeskSession) -> None:
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(session.perform(Answer("open-ticket")).accepted))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]
    assert session.view().item is not None
    assert session.view().item.node == "change-request"  # type: ignore[union-attr]


def test_two_terminals_on_one_run_lose_and_double_nothing(opens: Open, session: DeskSession) -> None:
    others = [opens().resume("ana", session.run, "en") for _ in range(2)]
    each = 15
    failed: list[BaseException] = []

    def write(name: str, mine: DeskSession) -> None:
        try:
            for number in range(each):
                assert mine.perform(AddNote(f"{name} {number}")).accepted
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failed.append(error)

    sessions = {"one": session, "two": others[0], "three": others[1]}
    threads = [threading.Thread(target=write, args=pair) for pair in sessions.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    desk = opens()
    written = [e.reason for e in desk.context.ledger.entries(session.run) if e.type == "NoteAdded"]
    assert len(written) == 3 * each
    for name in sessions:
        own = [reason for reason in written if str(reason).startswith(f"{name} ")]
        assert own == [f"{name} {number}" for number in range(each)]
    for mine in sessions.values():
        assert mine.view().entries == session.view().entries


def test_a_stale_screen_becomes_a_recorded_refusal(opens: Open, session: DeskSession) -> None:
    other = opens().resume("ana", session.run, "en")
    assert other.perform(Answer("open-ticket")).accepted
    late = session.perform(Answer("open-ticket"))
    assert not late.accepted
    assert session.view().item.node == "change-request"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["a\0b", "half \ud800 a character"])
def test_what_no_entry_can_hold_is_refused(session: DeskSession, desk: Desk, text: str) -> None:
    done = session.perform(AddNote(text))
    assert not done.accepted
    newest = desk.context.ledger.entries(session.run)[-1]
    assert (newest.type, newest.seq) == (REFUSED, done.entry)
    assert session.perform(AddNote("a plain one")).accepted
