"""Actions that arrive together at a file share one commit, and none disturbs another."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sop_runner.audit.entry import Entry
from sop_runner.audit.log import Ledger, LedgerKind, Summary
from sop_runner.base.errors import Conflict
from sop_runner.stores import waiting
from sop_runner.stores.sqlite import SqliteLedger
from tests.verifying import verify_file

from .ledger_contract import CLOCK, LOG, SIGNER, draft
from .sharing_contract import SharingContract, until


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


def sizes(path: Path) -> list[int]:
    """The sizes of all checkpoints."""
    with closing(sqlite3.connect(path)) as db:
        return [size for (size,) in db.execute("SELECT size FROM checkpoint ORDER BY size")]


class TestSqliteGroup(SharingContract):
    refused = ("B", Summary("B", 0, {"status": float("nan")}))  # no JSON for the database

    @pytest.fixture(autouse=True)
    def _file(self, path: Path) -> None:
        self.seats = path
        self.opened = lambda: opened(path)
        self.taken = lambda: taken(path)
        self.sizes = lambda: sizes(path)
        self.verdict = lambda: verify_file(path, (SIGNER.verifier,))

    def test_keeping_a_procedure_has_its_turn_among_actions(self, ledgers: list[Ledger]) -> None:
        first, second, third = ledgers
        came = self.together(
            [
                lambda: first.append("A", 0, [draft("RunOpened")]),
                lambda: second.put_procedure("d1", b"sop: 1\n"),
                lambda: third.append("C", 0, [draft("RunOpened")]),
            ],
        )
        assert came == [first.entries("A"), None, third.entries("C")]
        assert first.procedure("d1") == b"sop: 1\n"

    def test_who_is_taken_along_keeps_a_head_of_its_own(self, path: Path, tmp_path: Path) -> None:
        ledgers = [opened(path, tmp_path / f"state-{n}") for n in range(3)]
        came = self.together([lambda n=n: ledgers[n].append(f"run-{n}", 0, [draft()]) for n in range(3)])
        for n, entries in enumerate(came):
            assert isinstance(entries, tuple)
            assert self.head_of(tmp_path / f"state-{n}", path) > entries[0].seq, "it covers its own entry"
            ledgers[n].close()


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
