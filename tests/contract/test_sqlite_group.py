"""Actions that arrive together share one commit, and none disturbs another."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import Entry
from sop_runner.audit.log import LedgerKind, Summary
from sop_runner.audit.note import Note
from sop_runner.base.errors import AppendFailed, Conflict, SopError
from sop_runner.base.ids import random_hex
from sop_runner.stores import commits, waiting
from sop_runner.stores.group import Request, write_group
from sop_runner.stores.heads import HeadFile
from sop_runner.stores.request_wire import encode_requests
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.stores.waiting import WaitingRoom
from tests.verifying import verify_file

from .ledger_contract import CLOCK, LOG, SIGNER, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "desk.db"
    SqliteLedger.create(made, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now()).close()
    return made


def opened(path: Path, state: Path | None = None) -> SqliteLedger:
    """A writer of its own, as another process has it."""
    return SqliteLedger.open(path, LedgerKind.LIVE, SIGNER, state)


@contextmanager
def taken(path: Path) -> Iterator[None]:
    """While inside, another writer has the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def together(path: Path, actions: Sequence[Callable[[], object]]) -> list[object]:
    """What each action came to, all of them begun while the database was taken."""
    came: list[object] = [None] * len(actions)

    def work(at: int, action: Callable[[], object]) -> None:
        try:
            came[at] = action()
        except SopError as error:
            came[at] = error

    threads = [threading.Thread(target=work, args=each) for each in enumerate(actions)]
    with closing(WaitingRoom(path)) as looking, taken(path):
        for count, thread in enumerate(threads, start=1):
            thread.start()
            until(lambda count=count: len(looking._heads()) == count)  # type: ignore[misc]
    for thread in threads:
        thread.join()
    return came


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, "it did not come to wait"


def sizes(path: Path) -> list[int]:
    """The sizes of all checkpoints."""
    with closing(sqlite3.connect(path)) as db:
        return [size for (size,) in db.execute("SELECT size FROM checkpoint ORDER BY size")]


def test_what_waits_shares_a_commit_in_the_order_of_its_coming(path: Path, tmp_path: Path) -> None:
    ledgers = [opened(path, tmp_path / f"state-{n}") for n in range(5)]
    actions = [
        partial(ledger.append, f"run-{n}", 0, [draft("RunOpened", reason="é")])
        for n, ledger in enumerate(ledgers)
    ]
    came = together(path, actions)
    entries = [entries[0] for entries in came if isinstance(entries, tuple)]
    # Who came to write is the last of its commit; who waited with it comes in order.
    assert sorted(entry.seq for entry in entries) == [1, 2, 3, 4, 5]
    assert len(sizes(path)) < 6
    for n, (ledger, entry) in enumerate(zip(ledgers, entries, strict=True)):
        assert ledger.entries(f"run-{n}") == (entry,)
        assert Checkpoint.parse(Note.parse(ledger.checkpoint())).size == 6
        head = HeadFile.of(tmp_path / f"state-{n}", LOG, path).read()
        assert head is not None
        assert Checkpoint.parse(Note.parse(head)).size > entry.seq, "its own head covers its own entry"
        ledger.close()
    assert verify_file(path, (SIGNER.verifier,)).findings == ()


def test_a_conflict_disturbs_nobody_else(path: Path) -> None:
    first, second, third = opened(path), opened(path), opened(path)
    came = together(
        path,
        [
            lambda: first.append("A", 0, [draft("RunOpened")]),
            lambda: second.append("A", 0, [draft("RunOpened")]),
            lambda: third.append("B", 0, [draft("RunOpened")]),
        ],
    )
    kinds = sorted(type(one).__name__ for one in came[:2])
    assert kinds == ["Conflict", "tuple"], came
    assert isinstance(came[2], tuple)
    assert [(run.run, run.entries) for run in first.runs()].count(("A", 1)) == 1
    for ledger in (first, second, third):
        ledger.close()
    assert verify_file(path, (SIGNER.verifier,)).findings == ()


def test_a_request_that_cannot_be_written_disturbs_nobody_else(path: Path) -> None:
    first, second, third = opened(path), opened(path), opened(path)
    refused = Summary("B", 0, {"status": float("nan")})  # no JSON for the database
    came = together(
        path,
        [
            lambda: first.append("A", 0, [draft("RunOpened")]),
            lambda: second.append("B", 0, [draft("RunOpened")], refused),
            lambda: third.append("C", 0, [draft("RunOpened")]),
        ],
    )
    assert isinstance(came[0], tuple)
    assert isinstance(came[1], AppendFailed)
    assert isinstance(came[2], tuple)
    assert first.entries("B") == ()
    for ledger in (first, second, third):
        ledger.close()
    assert verify_file(path, (SIGNER.verifier,)).findings == ()


def test_a_retry_in_a_group_is_written_once(path: Path) -> None:
    first, second = opened(path), opened(path)
    drafts = [draft("RunOpened", key=random_hex())]
    one, other = together(path, [lambda: first.append("A", 0, drafts), lambda: second.append("A", 0, drafts)])
    assert one == other
    assert first.size() == 2
    first.close()
    second.close()


@pytest.mark.parametrize(
    "answer", [b"", b"{", b'[[null],"",""]', b'[[[1,"x",0,"x","x"]],"",""]', b"[[],1,2]"]
)
def test_an_answer_that_says_nothing_is_looked_for_in_the_log(
    path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(commits, "encode_answers", lambda *_: answer)
    first, second = opened(path), opened(path)
    came = together(
        path,
        [
            lambda: first.append("A", 0, [draft("RunOpened")]),
            lambda: second.append("B", 0, [draft("RunOpened")]),
        ],
    )
    assert came == [first.entries("A"), second.entries("B")]
    assert first.size() == 3
    first.close()
    second.close()


@pytest.mark.parametrize("data", [b"", b"[", b"[7]", b'[{"run":"A"}]', b'{"a":1}'])
def test_what_cannot_be_read_at_a_seat_is_left_alone(path: Path, data: bytes) -> None:
    ledger = opened(path)
    with closing(WaitingRoom(path)) as other, other.sitting(data) as seat:
        ledger.append("A", 0, [draft("RunOpened")])
        assert seat.answer() in (b"", None)
    assert ledger.size() == 2
    ledger.close()


def test_a_request_that_was_given_up_meanwhile_is_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its writer has said that nothing was done, while the one that had taken it along stood still."""
    ledger = opened(path)
    request = Request("B", 0, (draft("RunOpened"),), None)
    with closing(WaitingRoom(path)) as other, ExitStack() as gives_up:
        gives_up.enter_context(other.sitting(encode_requests([request])))

        def slowly(*given: Any) -> Any:
            written = write_group(*given)
            gives_up.close()
            return written

        monkeypatch.setattr(commits, "write_group", slowly)
        (entry,) = ledger.append("A", 0, [draft("RunOpened")])
    assert (entry.seq, ledger.size(), ledger.entries("B")) == (1, 2, ())
    ledger.close()
    assert verify_file(path, (SIGNER.verifier,)).findings == ()


def test_a_large_action_and_a_procedure_have_their_turn_among_small_ones(path: Path) -> None:
    first, second, third = opened(path), opened(path), opened(path)
    large = [draft("Note", reason="x" * 40_000)]
    came = together(
        path,
        [
            lambda: first.append("A", 0, [draft("RunOpened")]),
            lambda: second.append("B", 0, large),
            lambda: third.put_procedure("d1", b"sop: 1\n"),
        ],
    )
    assert came == [first.entries("A"), second.entries("B"), None]
    assert third.procedure("d1") == b"sop: 1\n"
    for ledger in (first, second, third):
        ledger.close()
    assert verify_file(path, (SIGNER.verifier,)).findings == ()


def test_threads_that_wait_for_one_another_share_a_commit(path: Path) -> None:
    ledger = opened(path)
    came: list[Entry | Conflict] = []

    def work(run: str, at: int) -> None:
        try:
            came.extend(ledger.append(run, at, [draft("RunOpened")]))
        except Conflict as error:
            came.append(error)

    threads = [threading.Thread(target=work, args=each) for each in (("A", 0), ("B", 0), ("C", 5))]
    with ledger._lock:
        for thread in threads:
            thread.start()
        until(lambda: len(ledger._asked) == 3)
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in came) == ["Conflict", "Entry", "Entry"]
    assert sizes(path) == [1, 3]
    ledger.close()


def test_where_nobody_can_wait_together_each_writes_for_himself(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_SETLK", 0)
    ledgers = [opened(path) for _ in range(3)]

    def work(n: int) -> None:
        for at in range(5):
            ledgers[n].append(f"run-{n}", at, [draft()])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledgers[0].size() == 16
    assert not path.with_name("desk.db-waiting").exists()
    for ledger in ledgers:
        ledger.close()
    assert verify_file(path, (SIGNER.verifier,)).findings == ()


def test_an_interrupt_between_begin_and_write_blocks_nothing(path: Path) -> None:
    ledger = opened(path)
    ledger._connection.execute("BEGIN IMMEDIATE")  # as an interrupt can leave it
    ledger.append("A", 0, [draft("RunOpened")])
    assert ledger.size() == 2
    ledger.close()
