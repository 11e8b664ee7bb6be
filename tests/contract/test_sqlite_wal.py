"""The contract on a log that is written ahead, as with SQLite 3.51.3 and newer; forced here with any."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sop_runner.audit.chain import Ready
from sop_runner.audit.entry import Entry
from sop_runner.audit.findings import Outcome, Verdict
from sop_runner.audit.log import Ledger, LedgerKind
from sop_runner.stores import sqlite_files
from sop_runner.stores.connection import journal_settings, rollback_settings, transaction
from sop_runner.stores.group import Request
from sop_runner.stores.personal import Personal
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.stores.vault import Vault
from tests.verifying import verify_file

from .ledger_contract import CLOCK, LOG, SIGNER, LedgerContract, draft

AHEAD = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")


@pytest.fixture(autouse=True)
def _ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_files, "journal_settings", lambda: AHEAD)


def create(folder: Path) -> SqliteLedger:
    return SqliteLedger.create(folder / "desk.db", LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())


def mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("PRAGMA journal_mode").fetchone()[0])


def verdict_of(ledger: Ledger) -> Verdict:
    assert isinstance(ledger, SqliteLedger)
    return verify_file(ledger.path, (SIGNER.verifier,))


class TestWrittenAhead(LedgerContract):
    verdict: Callable[[Ledger], Verdict] = staticmethod(verdict_of)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.make = lambda: create(tmp_path)


def test_it_is_what_newer_libraries_get(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    assert journal_settings() == rollback_settings()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert journal_settings() == AHEAD


def test_a_reader_in_a_long_transaction_holds_up_no_writer(tmp_path: Path) -> None:
    ledger = create(tmp_path)
    assert mode(ledger.path) == "wal"
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM entry").fetchone() == (1,)
        ledger.append("A", 0, [draft()])
        assert reader.execute("SELECT count(*) FROM entry").fetchone() == (1,)
    assert ledger.size() == 2
    ledger.close()


def test_one_writer_at_a_time_from_the_beginning_of_its_transaction(tmp_path: Path) -> None:
    ledger = create(tmp_path)
    with closing(sqlite3.connect(ledger.path, isolation_level=None, timeout=0)) as other:
        with transaction(ledger._connection), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
    ledger.append("A", 0, [draft()])
    ledger.close()


def test_a_request_that_is_written_while_its_writer_asks_is_no_conflict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by fifty writers: the look-up of the key came before the other's commit, that of the run after."""
    ledger = create(tmp_path)
    other = SqliteLedger.open(ledger.path, LedgerKind.LIVE, SIGNER)
    drafts, tables = (draft("RunOpened"),), ledger._commits._tables
    ask = tables.by_key

    def slowly(key: str) -> tuple[Entry, ...]:
        found = ask(key)
        other.append("A", 0, drafts)
        return found

    monkeypatch.setattr(tables, "by_key", slowly)
    assert ledger._commits._settle(Request("A", 0, tuple(map(Ready.of, drafts)), None)) is None
    monkeypatch.undo()
    assert ledger.append("A", 0, drafts) == other.entries("A")
    ledger.close()
    other.close()


def test_all_of_it_is_in_the_file_once_the_last_has_left(tmp_path: Path) -> None:
    ledger = create(tmp_path)
    for at in range(30):
        ledger.append("A", at, [draft(reason="x" * 2_000)])
    assert (tmp_path / "desk.db-wal").stat().st_size > 0
    assert verdict_of(ledger).entries == 31, "what is not yet in the file counts"
    ledger.close()
    assert not (tmp_path / "desk.db-wal").exists()
    assert verify_file(tmp_path / "desk.db", (SIGNER.verifier,)).entries == 31


def test_a_killed_writer_leaves_its_commits_to_the_next(tmp_path: Path) -> None:
    ledger = create(tmp_path)
    ledger.append("A", 0, [draft()])
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("desk.db", "desk.db-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    with (copy / "desk.db-wal").open("ab") as torn:
        torn.write(b"half a frame of a commit that was never acknowledged")
    ledger.close()
    again = SqliteLedger.open(copy / "desk.db", LedgerKind.LIVE, SIGNER)
    again.append("A", 1, [draft()])
    again.close()
    verdict = verify_file(copy / "desk.db", (SIGNER.verifier,))
    assert (verdict.outcome, verdict.entries) == (Outcome.CLEAN, 3)


def test_a_log_goes_from_one_way_to_the_other_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(tmp_path).close()
    for at, (settings, expected) in enumerate(((rollback_settings, "delete"), (lambda: AHEAD, "wal"))):
        monkeypatch.setattr(sqlite_files, "journal_settings", settings)
        ledger = SqliteLedger.open(tmp_path / "desk.db", LedgerKind.LIVE, SIGNER)
        ledger.append("A", at, [draft()])
        assert mode(ledger.path) == expected
        ledger.close()
    assert verify_file(tmp_path / "desk.db", (SIGNER.verifier,)).entries == 3


def test_what_is_erased_is_in_no_file_of_either(tmp_path: Path) -> None:
    """The vault never writes ahead, whatever the log does: erased pages would lie there for a while."""
    ledger = create(tmp_path)
    vault = Vault.create(tmp_path / "vault.db", tmp_path / "vault.key")
    vault.put_all([Personal("A", "email", "C-1", bytes(range(16)), "canary@example.org", True)])
    ledger.append("A", 0, [draft()])
    with closing(sqlite3.connect(tmp_path / "vault.db")) as db:
        (sealed,) = db.execute("SELECT sealed FROM value").fetchone()
    assert any(sealed in file.read_bytes() for file in tmp_path.iterdir())
    assert vault.erase(vault.shelves("C-1")) == 1
    ledger.append(None, 0, [draft("SubjectErased", procedure=None)])
    assert not any(sealed in file.read_bytes() for file in tmp_path.iterdir())
    assert mode(tmp_path / "vault.db") == "delete"
    vault.close()
    ledger.close()
