"""The contract on SQLite, and what only a file can suffer: other processes, death, the file's owner."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sop_runner.audit.findings import Outcome, Trust, Verdict
from sop_runner.audit.log import Ledger, LedgerKind
from sop_runner.audit.note import Ed25519Signer, Signer
from sop_runner.base.errors import AppendFailed, Conflict, NotVerified, SopError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.stores import schema
from sop_runner.stores.connection import journal_settings, rollback_settings
from sop_runner.stores.files import create_private, filesystem_of, refuse_network
from sop_runner.stores.keys import KeyFile, create_key
from sop_runner.stores.sqlite import SqliteLedger
from tests.verifying import verify_file

from .ledger_contract import CLOCK, LOG, SIGNER, LedgerContract, draft

# Appends to run argv[2] until killed, or argv[3] times, and says each position once acknowledged.
WRITER = """
import sys
from pathlib import Path
from sop_runner.audit.entry import Draft
from sop_runner.audit.log import LedgerKind
from sop_runner.base.clock import SystemClock
from sop_runner.base.ids import random_hex
from sop_runner.stores.keys import KeyFile
from sop_runner.stores.sqlite import SqliteLedger
folder, run, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger, clock = SqliteLedger.open(folder / "desk.db", LedgerKind.LIVE, KeyFile(folder / "key")), SystemClock()
at = len(ledger.entries(run))
while times:
    ledger.append(run, at, [Draft(type="StepDone", key=random_hex(), ts=clock.now())])
    print(at, flush=True)
    at, times = at + 1, times - 1
"""


OPEN: list[SqliteLedger] = []


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def create(folder: Path) -> SqliteLedger:
    create_private(folder / "key", SIGNER.secret_text.encode())
    key = KeyFile(folder / "key")
    OPEN.append(SqliteLedger.create(folder / "desk.db", LOG, LedgerKind.LIVE, key, CLOCK.now()))
    return OPEN[-1]


def reopen(folder: Path, signer: Signer | None = None) -> SqliteLedger:
    OPEN.append(SqliteLedger.open(folder / "desk.db", LedgerKind.LIVE, signer or KeyFile(folder / "key")))
    return OPEN[-1]


def writer(folder: Path, run: str, times: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(folder), run, str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def verdict_of(ledger: Ledger) -> Verdict:
    assert isinstance(ledger, SqliteLedger)
    return verify_file(ledger.path, (SIGNER.verifier,))


class TestSqlite(LedgerContract):
    verdict: Callable[[Ledger], Verdict] = staticmethod(verdict_of)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.make = lambda: SqliteLedger.create(
            tmp_path / "desk.db", LOG, LedgerKind.LIVE, SIGNER, CLOCK.now()
        )


def test_files_are_private_and_never_overwritten(tmp_path: Path) -> None:
    create(tmp_path).close()
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    with pytest.raises(UsageError, match="never overwritten"):
        SqliteLedger.create(tmp_path / "desk.db", LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())
    with pytest.raises(UsageError, match="never overwritten"):
        create_key(tmp_path / "key", "k")
    assert verify_file(tmp_path / "desk.db").outcome is Outcome.CLEAN


def test_opening_refuses_another_kind_a_missing_file_and_what_is_no_log(tmp_path: Path) -> None:
    create(tmp_path).close()
    with pytest.raises(UsageError, match="live ledger"):
        SqliteLedger.open(tmp_path / "desk.db", LedgerKind.TRAINING, SIGNER)
    with pytest.raises(UsageError, match="no audit log"):
        SqliteLedger.open(tmp_path / "none.db", LedgerKind.LIVE, SIGNER)
    (tmp_path / "empty.db").touch()
    with pytest.raises(NotVerified, match="interrupted"):
        SqliteLedger.open(tmp_path / "empty.db", LedgerKind.LIVE, SIGNER)
    (tmp_path / "text.db").write_text("no database " * 200)
    with pytest.raises(NotVerified, match="not a readable"):
        SqliteLedger.open(tmp_path / "text.db", LedgerKind.LIVE, SIGNER)


def test_a_key_of_another_log_cannot_sign(tmp_path: Path) -> None:
    create(tmp_path).close()
    other = Ed25519Signer(SIGNER.verifier.name, bytes(32))
    ledger = reopen(tmp_path, other)
    with pytest.raises(UsageError, match="may not sign"):
        ledger.append("A", 0, [draft()])
    assert ledger.size() == 1


def test_two_connections_see_each_other_at_once(tmp_path: Path) -> None:
    one = create(tmp_path)
    two = reopen(tmp_path)
    for at in range(0, 20, 2):
        one.append("A", at, [draft()])
        two.append("A", at + 1, [draft()])
        with pytest.raises(Conflict):
            one.append("A", at + 1, [draft()])
    assert one.entries("A") == two.entries("A")
    assert len(one.entries("A")) == 20
    assert not verdict_of(one).findings


def test_two_processes_on_one_file(tmp_path: Path) -> None:
    create(tmp_path).close()
    writers = [writer(tmp_path, run, 30) for run in ("A", "B", "C")]
    said = [process.communicate(timeout=60)[0].split() for process in writers]
    assert said == [[str(at) for at in range(30)]] * 3
    verdict = verify_file(tmp_path / "desk.db")
    assert (verdict.outcome, verdict.entries, verdict.trust) == (Outcome.CLEAN, 91, Trust.SELF_ASSERTED)


def test_killed_writers_lose_nothing_acknowledged_and_block_nobody(tmp_path: Path) -> None:
    create(tmp_path).close()
    acknowledged = 0
    for after in (1, 2, 5, 11):
        process = writer(tmp_path, "A", -1)
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(after)]
        os.kill(process.pid, signal.SIGKILL)
        said += [int(line) for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
        acknowledged = said[-1] + 1
        ledger = reopen(tmp_path)
        size = len(ledger.entries("A"))
        assert acknowledged <= size <= acknowledged + 1  # the last answer may have been on its way
        ledger.append("A", size, [draft()])
        verdict = verify_file(tmp_path / "desk.db")
        assert [f for f in verdict.findings if not f.warning] == []
        ledger.close()


@pytest.mark.skipif(journal_settings() != rollback_settings(), reason="this SQLite writes ahead")
def test_a_commit_cut_short_is_rolled_back_by_whoever_opens_the_file(tmp_path: Path) -> None:
    ledger = create(tmp_path)
    ledger.append("A", 0, [draft()])
    db = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    db.execute("PRAGMA cache_size = 1")
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("BEGIN IMMEDIATE")
    for number in range(50):  # more than the cache holds: pages reach the file before the commit
        db.execute("INSERT INTO procedure VALUES (?, ?)", (str(number), bytes(5_000)))
    (tmp_path / "copy").mkdir()
    for name in ("desk.db", "desk.db-journal"):
        shutil.copy(tmp_path / name, tmp_path / "copy" / name)  # as a power cut would leave them
    db.close()
    assert (tmp_path / "copy" / "desk.db").stat().st_size > 250_000
    verdict = verify_file(tmp_path / "copy" / "desk.db", (SIGNER.verifier,))
    assert (verdict.outcome, verdict.entries) == (Outcome.CLEAN, 2)
    assert not (tmp_path / "copy" / "desk.db-journal").exists()


def test_verifying_while_others_write(tmp_path: Path) -> None:
    create(tmp_path).close()
    process = writer(tmp_path, "A", -1)
    assert process.stdout is not None
    process.stdout.readline()
    sizes = [verify_file(tmp_path / "desk.db") for _ in range(15)]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert [f for verdict in sizes for f in verdict.findings if not f.warning] == []
    assert sizes[-1].entries > sizes[0].entries


def test_a_refused_write_is_not_acknowledged_and_leaves_the_log_whole(tmp_path: Path) -> None:
    ledger = create(tmp_path)
    ledger._connection.execute("PRAGMA max_page_count = 1")  # a full disk
    drafts = [draft(key=random_hex(), reason="x" * 60_000)]
    with pytest.raises(AppendFailed, match="not acknowledged"):
        ledger.append("A", 0, drafts)
    ledger._connection.execute("PRAGMA max_page_count = 100000")
    assert not verdict_of(ledger).findings
    ledger.append("A", 0, drafts)
    assert len(ledger.entries("A")) == 1
    assert not verdict_of(ledger).findings


def test_nothing_is_signed_on_top_of_a_tree_that_was_changed(tmp_path: Path) -> None:
    create(tmp_path).append("A", 0, [draft()])
    with sqlite3.connect(tmp_path / "desk.db") as db:
        db.execute("DROP TRIGGER node_no_update")
        db.execute("UPDATE node SET hash = zeroblob(32)")
    db.close()
    ledger = reopen(tmp_path)
    with pytest.raises(NotVerified, match="nothing is signed"):
        ledger.append("A", 1, [draft()])


INSERT = "INTO entry (seq, body, leaf) "
FORBIDDEN = [
    "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 1",
    "UPDATE OR REPLACE entry SET seq = 0 WHERE seq = 1",
    "DELETE FROM entry",
    f"INSERT {INSERT} SELECT seq, body, leaf FROM entry WHERE seq = 2",
    f"INSERT OR REPLACE {INSERT} SELECT seq, body, zeroblob(32) FROM entry WHERE seq = 2",
    f"REPLACE {INSERT} SELECT 3, body, leaf FROM entry WHERE seq = 2",
    f"INSERT OR REPLACE {INSERT} SELECT 4, json_set(body, '$.seq', 4), leaf FROM entry WHERE seq = 2",
    f"INSERT {INSERT} SELECT 3, json_set(body, '$.seq', 3), leaf FROM entry WHERE seq = 2",
    # the right place and link, but the position of another entry of the run
    f"INSERT OR REPLACE {INSERT} SELECT 3, json_set(body, '$.seq', 3, '$.prev', lower(hex(leaf))), leaf "
    "FROM entry WHERE seq = 2",
    f"INSERT {INSERT} SELECT 3, CAST(body AS BLOB), leaf FROM entry WHERE seq = 2",
    "UPDATE node SET hash = zeroblob(32)",
    "DELETE FROM node",
    'INSERT OR REPLACE INTO node SELECT level, "index", zeroblob(32) FROM node',
    "INSERT INTO node VALUES (1, 7, zeroblob(32))",
    "UPDATE checkpoint SET note = ''",
    "DELETE FROM checkpoint",
    "INSERT OR REPLACE INTO checkpoint SELECT size, 'x' FROM checkpoint",
    "INSERT INTO checkpoint VALUES (9, 'x')",
    "UPDATE procedure SET yaml = x'00'",
    "DELETE FROM procedure",
    "INSERT OR REPLACE INTO procedure VALUES ('d1', x'00')",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses_every_change_but_the_next_entry(tmp_path: Path, statement: str) -> None:
    ledger = create(tmp_path)
    ledger.append("A", 0, [draft()])
    ledger.append("A", 1, [draft()])
    ledger.put_procedure("d1", b"sop: 1\n")
    db = sqlite3.connect(tmp_path / "desk.db")
    for recursive in ("ON", "OFF"):
        db.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(statement)
        db.rollback()
    db.close()
    assert not verdict_of(ledger).findings


def test_network_file_systems_are_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\nsrv:/x {tmp_path}/my\\040share nfs4 rw 0 0\n/dev/sdb {tmp_path}/my\\040share/in ext4 rw 0 0\n"
    )
    text = mounts.read_text()
    assert filesystem_of("/home/ana", text) == "ext4"
    assert filesystem_of(f"{tmp_path}/my share/in/desk.db", text) == "ext4"
    assert filesystem_of(f"{tmp_path}/my shared", text) == "ext4"
    with pytest.raises(UsageError, match="network file system"):
        refuse_network(tmp_path / "my share" / "desk.db", mounts)
    refuse_network(tmp_path / "desk.db", mounts)


def test_a_weakened_schema_is_named(tmp_path: Path) -> None:
    create(tmp_path).close()
    db = sqlite3.connect(tmp_path / "desk.db")
    db.execute("DROP TRIGGER entry_no_delete")
    db.execute("CREATE TABLE extra (x)")
    db.commit()
    db.close()
    said = [(str(f.code), f.message) for f in verify_file(tmp_path / "desk.db").findings]
    assert said == [
        ("SCHEMA_WEAKENED", "the guard 'entry_no_delete' of the database is missing"),
        ("SCHEMA_WEAKENED", "'extra' was added to the database"),
    ]
    assert schema.weaknesses({**schema.TABLES, **schema.INDEXES, **schema.TRIGGERS}) == []


def test_what_is_no_database_cannot_be_verified(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database " * 200)
    with pytest.raises(SopError, match="cannot be read"):
        verify_file(tmp_path / "text.db")
