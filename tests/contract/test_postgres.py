"""The contract on PostgreSQL, and what only a server can suffer: restarts, other machines, its administrator."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sop_runner.audit.chain import Place, Ready, linked
from sop_runner.audit.findings import Verdict
from sop_runner.audit.log import LedgerKind, Summary
from sop_runner.audit.verify import verify
from sop_runner.base.errors import AppendFailed, Conflict, NotVerified, StoreFailed, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.stores import postgres_pool
from sop_runner.stores.group import Answer, Request
from sop_runner.stores.personal import Opened
from sop_runner.stores.postgres import PostgresLedger
from sop_runner.stores.postgres_batch import Batch
from sop_runner.stores.postgres_reader import PostgresSource
from sop_runner.stores.postgres_schema import OWNER, ROLE
from sop_runner.stores.postgres_setup import set_up
from sop_runner.stores.postgres_vault import PostgresVault
from sop_runner.stores.postgres_weak import weaknesses
from tests.postgres import Base, Cluster

from .ledger_contract import CLOCK, LOG, SIGNER, LedgerContract, draft

OPEN: list[PostgresLedger] = []


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def base(postgres: Cluster) -> Base:
    return postgres.database()


def create(base: Base) -> PostgresLedger:
    OPEN.append(PostgresLedger.create(base.url, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now()))
    return OPEN[-1]


def reopen(base: Base) -> PostgresLedger:
    OPEN.append(PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER))
    return OPEN[-1]


def verified(base: Base) -> Verdict:
    with closing(PostgresSource(base.url, LedgerKind.LIVE)) as source:
        return verify(source, (SIGNER.verifier,))


class TestPostgres(LedgerContract):
    @pytest.fixture(autouse=True)
    def _database(self, base: Base) -> None:
        self.make = lambda: PostgresLedger.create(base.url, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())
        self.verdict = lambda ledger: verified(base)


# Appends to run argv[2] until killed, or argv[3] times, and says each position once acknowledged.
WRITER = """
import sys
from sop_runner.audit.entry import Draft
from sop_runner.audit.log import LedgerKind, Summary
from sop_runner.base.clock import SystemClock
from sop_runner.base.ids import random_hex
from sop_runner.stores.postgres import PostgresLedger
from tests.contract.ledger_contract import SIGNER
url, run, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger, clock = PostgresLedger.open(url, LedgerKind.LIVE, SIGNER), SystemClock()
at = len(ledger.entries(run))
while times:
    ledger.append(run, at, [Draft(type="StepDone", key=random_hex(), ts=clock.now())])
    print(at, flush=True)
    at, times = at + 1, times - 1
ledger.close()
"""


def writer(base: Base, run: str, times: int) -> "subprocess.Popen[str]":
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", WRITER, base.url, run, str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def errors(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(str(f.code), f.index) for f in verdict.findings if not f.warning]


def as_admin(base: Base, *statements: str) -> None:
    """What somebody with the whole server can do."""
    with psycopg.connect(base.admin, autocommit=True) as db:
        db.execute("SET search_path = sop_live")
        for statement in statements:
            db.execute(statement)


def test_processes_on_one_log_neither_lose_nor_double_nor_fork(base: Base) -> None:
    create(base).close()
    writers = [writer(base, run, 20) for run in ("A", "B", "C")]
    said = [process.communicate(timeout=60)[0].split() for process in writers]
    assert said == [[str(at) for at in range(20)]] * 3
    verdict = verified(base)
    assert (errors(verdict), verdict.entries) == ([], 61)


def test_two_connections_see_each_other_at_once(base: Base) -> None:
    one, two = create(base), reopen(base)
    for at in range(0, 6, 2):
        one.append("A", at, [draft()])
        two.append("A", at + 1, [draft()])
        with pytest.raises(Conflict):
            one.append("A", at + 1, [draft()])
    assert one.entries("A") == two.entries("A")


def run_together(ledger: PostgresLedger, threads: Sequence[threading.Thread]) -> None:
    """Let all of them have asked before the first is served."""
    with ledger._turn:
        for thread in threads:
            thread.start()
        while len(ledger._asked) < len(threads):
            pass
    for thread in threads:
        thread.join()


def test_threads_share_commits_and_one_that_conflicts_disturbs_no_other(base: Base) -> None:
    ledger = create(base)
    ledger.append("A", 0, [draft()])
    conflicts: list[Conflict] = []

    def wrong() -> None:
        try:
            ledger.append("A", 0, [draft()])
        except Conflict as error:
            conflicts.append(error)

    def right(run: str) -> None:
        ledger.append(run, 0, [draft()])

    threads = [threading.Thread(target=right, args=(f"R{n}",)) for n in range(20)]
    threads += [threading.Thread(target=wrong) for _ in range(5)]
    run_together(ledger, threads)
    assert len(conflicts) == 5
    assert ledger.size() == 22
    with closing(PostgresSource(base.url, LedgerKind.LIVE)) as source:
        assert source.signed() == 3, "one commit for all that waited"
        assert source.signed_at(22) == source.checkpoint()
        assert source.signed_at(20) is None
        bodies = {seq: body for seq, body, _, _ in source.rows()}
        assert list(source.at([1, 4, 21])) == [(seq, bodies[seq]) for seq in (1, 4, 21)]
        assert [seq for seq, _, _ in source.of_run("A", 22)] == [1]
    assert errors(verified(base)) == []


def test_a_killed_writer_holds_nobody_up_and_loses_nothing_acknowledged(base: Base) -> None:
    create(base).close()
    process = writer(base, "A", -1)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(5)]
    os.kill(process.pid, signal.SIGKILL)
    said += [int(line) for line in process.stdout if line.endswith("\n")]
    process.wait()
    process.stdout.close()
    ledger = reopen(base)
    size = len(ledger.entries("A"))
    assert said[-1] + 1 <= size <= said[-1] + 2  # the last answer may have been on its way
    ledger.append("A", size, [draft()])
    assert errors(verified(base)) == []


@pytest.mark.parametrize("how", ["restart", "crash"])
def test_a_restart_in_the_middle_of_appending_is_outlived(postgres: Cluster, base: Base, how: str) -> None:
    create(base).close()
    process = writer(base, "A", -1)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(3)]
    getattr(postgres, how)()
    said += [int(process.stdout.readline()) for _ in range(10)]
    assert process.poll() is None, "the writer went on"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert said == list(range(13))
    entries = reopen(base).entries("A")
    assert len({entry.key for entry in entries}) == len(entries) >= 13
    assert errors(verified(base)) == []


def test_an_answer_that_is_lost_after_the_commit_is_found_by_its_key(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = create(base)
    ledger.append("A", 0, [draft()])
    send, lost = Batch.send, []

    def send_and_lose(batch: Batch, connection: psycopg.Connection, *given: Any) -> bool:
        written = send(batch, connection, *given)
        if not lost:
            lost.append(batch)
            with psycopg.connect(base.admin, autocommit=True) as db:  # the connection dies before it is told
                db.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE usename = %s AND datname = current_database()",
                    (ROLE,),
                )
            connection.execute("SELECT 1")
        return written

    monkeypatch.setattr(Batch, "send", send_and_lose)
    (entry,) = ledger.append("A", 1, [draft()])
    assert lost
    assert (entry.seq, ledger.size()) == (2, 3)
    assert errors(verified(base)) == []


def test_a_server_that_stays_away_is_said_and_the_retry_writes_once(
    base: Base, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_pool, "PATIENCE_S", 0.2)
    monkeypatch.setattr(postgres_pool, "CONNECT_S", 1)
    ledger = create(base)
    drafts = [draft()]
    ledger.append("A", 0, drafts)
    postgres.stop()
    try:
        with pytest.raises(AppendFailed, match="not acknowledged by 'postgresql://127"):
            ledger.append("B", 0, [draft()])
        with pytest.raises(StoreFailed, match="does not answer"):
            ledger.size()
    finally:
        postgres.start()
        monkeypatch.undo()
    assert ledger.append("A", 0, drafts) == ledger.entries("A")
    assert ledger.size() == 2


FORBIDDEN = [
    "UPDATE entry SET leaf = leaf",
    "UPDATE entry SET body = body WHERE seq = 1",
    "DELETE FROM entry",
    "TRUNCATE entry",
    "DELETE FROM node",
    "UPDATE node SET hash = hash",
    "TRUNCATE node",
    "UPDATE checkpoint SET note = ''",
    "DELETE FROM checkpoint",
    "TRUNCATE checkpoint",
    "UPDATE procedure SET yaml = ''",
    "DELETE FROM procedure",
    "TRUNCATE procedure",
]
NOT_NEXT = [
    "INSERT INTO entry (seq, body, leaf) SELECT 3, body, leaf FROM entry WHERE seq = 1",
    # the right number, but after another entry than the newest: a fork
    "INSERT INTO entry SELECT 3, (body::jsonb || '{\"seq\": 3}')::text, leaf, prev, run, run_seq, type, key FROM entry WHERE seq = 1",
    "INSERT INTO entry SELECT -1, body, leaf, prev, run, run_seq, type, key FROM entry WHERE seq = 1",
    "INSERT INTO entry SELECT * FROM entry WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET body = excluded.body",
    "INSERT INTO node VALUES (1, 7, sha256(''))",
    "INSERT INTO checkpoint VALUES (9, 'x')",
    "INSERT INTO checkpoint VALUES (1, 'x')",
]
OWNERS = [
    "ALTER TABLE entry DISABLE TRIGGER ALL",
    "DROP TRIGGER entry_no_update ON entry",
    "DROP TABLE entry",
    "ALTER TABLE entry ALTER COLUMN prev DROP NOT NULL",
    "ALTER FUNCTION refuse_change() RENAME TO x",
    "CREATE TABLE extra (x int)",
    "SET ROLE sop_owner",
    "SET session_replication_role = replica",
    "DELETE FROM run_summary",
    "UPDATE sop_live_vault.subject SET wrapped = ''",
    "DELETE FROM sop_live_vault.value",
]


@pytest.fixture(scope="module")
def filled(postgres: Cluster) -> Base:
    base = postgres.database()
    ledger = create(base)
    ledger.append("A", 0, [draft()])
    ledger.append("A", 1, [draft()])
    ledger.put_procedure("d1", b"sop: 1\n")
    ledger.close()
    return base


@pytest.mark.parametrize("statement", [*FORBIDDEN, *NOT_NEXT, *OWNERS])
def test_the_desks_role_can_only_read_and_add_what_comes_next(filled: Base, statement: str) -> None:
    with psycopg.connect(filled.url) as db:
        db.execute("SET search_path = sop_live")
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)):
            db.execute(statement)


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"seq": 4},
        {"prev": "11" * 32},
        {"run": "B"},
        {"run": None},
        {"run_seq": 3},
        {"run_seq": None},
        {"run": None, "run_seq": None},
        {"type": "RunEnded"},
        {"key": "00"},
    ],
    ids=lambda other: "-".join(map(str, other)) or "what comes next",
)
def test_what_is_searched_is_what_the_body_says(filled: Base, other: dict[str, Any]) -> None:
    with psycopg.connect(filled.url) as db:
        db.execute("SET search_path = sop_live")
        row = db.execute("SELECT seq, leaf, run_seq FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        assert row is not None
        (link,) = linked(
            Place(LOG, row[0] + 1, row[1].hex(), "A", row[2] + 1, row[1].hex()), [Ready.of(draft())]
        )
        values = {**link._asdict(), **other, "body": link.body.decode()}
        insert = (
            "INSERT INTO entry (seq, body, leaf, prev, run, run_seq, type, key) "
            "VALUES (%(seq)s, %(body)s, %(leaf)s, %(prev)s, %(run)s, %(run_seq)s, %(type)s, %(key)s)"
        )
        if other:
            with pytest.raises(psycopg.IntegrityError, match="not its next position"):
                db.execute(insert, values)
        else:
            db.execute(insert, values)
        db.rollback()


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_triggers_stop_a_superuser_too_even_one_who_plays_replica(filled: Base, statement: str) -> None:
    with psycopg.connect(filled.admin) as db:
        db.execute("SET search_path = sop_live")
        db.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            db.execute(statement.replace("TRUNCATE", "TRUNCATE ONLY"))


UNLOCKED = "ALTER TABLE entry DISABLE TRIGGER USER"
TAMPERED = [
    ("UPDATE entry SET body = replace(body, 'StepDone', 'StepGone') WHERE seq = 2", {("FIELD_MODIFIED", 2)}),
    ("DELETE FROM entry WHERE seq = 1", {("ROW_DELETED", 1)}),
    ("DELETE FROM entry WHERE seq = 3", {("TAIL_TRUNCATED", 3)}),
    ("UPDATE entry SET leaf = sha256('') WHERE seq = 1", {("FIELD_MODIFIED", 1)}),
]


@pytest.mark.parametrize(("statement", "codes"), TAMPERED)
def test_what_somebody_with_the_server_changes_is_named(
    base: Base, statement: str, codes: set[tuple[str, int]]
) -> None:
    ledger = create(base)
    for at in range(3):
        ledger.append("A", at, [draft()])
    as_admin(base, UNLOCKED, statement)
    found = verified(base)
    assert codes <= set(errors(found))
    assert ("SCHEMA_WEAKENED", None) in errors(found), "the triggers are still off"


def test_a_searched_column_that_says_another_thing_than_the_body_is_named(base: Base) -> None:
    create(base).append("A", 0, [draft()])
    as_admin(
        base,
        UNLOCKED,
        "UPDATE entry SET type = 'RunEnded' WHERE seq = 1",
    )
    assert {("COLUMN_MISMATCH", 1), ("SCHEMA_WEAKENED", None)} <= set(errors(verified(base)))


WEAKENED = [
    ("ALTER TABLE entry DISABLE TRIGGER entry_no_update", "'entry_no_update' does not always fire"),
    ("ALTER TABLE node ENABLE TRIGGER node_no_truncate", "'node_no_truncate' does not always fire"),
    ("DROP TRIGGER entry_next ON entry", "'entry_next' is missing"),
    (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "'refuse_change' was changed",
    ),
    ("ALTER TABLE entry DROP CONSTRAINT entry_prev_key", "'entry' lacks UNIQUE (prev)"),
    ("GRANT UPDATE ON entry TO sop_desk", "'sop_desk' has the right to UPDATE on 'entry'"),
    ("GRANT DELETE ON checkpoint TO PUBLIC", "'PUBLIC' has the right to DELETE on 'checkpoint'"),
    ("GRANT UPDATE (note) ON checkpoint TO sop_desk", "'sop_desk' has the right to UPDATE on 'checkpoint'"),
    ("ALTER TABLE entry OWNER TO admin", "'entry' is owned by 'admin'"),
    ("CREATE TABLE extra (x int)", "'extra' does not belong to this schema"),
    ("CREATE RULE quiet AS ON INSERT TO node DO INSTEAD NOTHING", "the rule 'quiet' on 'node' does not belong to this schema"),
    ("ALTER TABLE entry RENAME COLUMN type TO kind", "'entry.type' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "said"), WEAKENED)
def test_a_weakened_schema_is_named(filled: Base, statement: str, said: str) -> None:
    with psycopg.connect(filled.admin) as db:
        db.execute("SET search_path = sop_live, pg_temp")
        assert list(weaknesses(db, LedgerKind.LIVE)) == []
        db.execute(statement)
        assert list(weaknesses(db, LedgerKind.LIVE)) == [said]
        db.rollback()


@pytest.mark.parametrize(("statement", "said"), WEAKENED)
def test_setting_up_again_puts_the_guards_back_and_says_what_it_cannot(
    base: Base, statement: str, said: str
) -> None:
    create(base).append("A", 0, [draft()])
    as_admin(base, "SET search_path = sop_live, pg_temp", statement)
    if "is owned" in said or "'extra'" in said:
        with pytest.raises(
            UsageError, match=r"nothing was changed: permission denied for table (entry|extra)"
        ):
            set_up(base.admin, ROLE)
        return
    theirs = any(word in said for word in ("lacks", "belong", "'entry.type'"))
    ending = "NOT set right, see docs/postgresql.md" if theirs else "set right"
    assert f"schema 'sop_live': {said}: {ending}" in set_up(base.admin, ROLE)
    with psycopg.connect(base.admin) as db:
        db.execute("SET search_path = sop_live, pg_temp")
        assert list(weaknesses(db, LedgerKind.LIVE)) == ([said] if theirs else [])
    assert any("set right" in line for line in set_up(base.admin, ROLE)) == theirs


def test_roles_that_could_change_the_record_are_refused(base: Base, postgres: Cluster) -> None:
    create(base).close()
    with pytest.raises(UsageError, match="may change what is on record"):
        PostgresLedger.open(base.admin, LedgerKind.LIVE, SIGNER)
    with pytest.raises(UsageError, match="'admin' is a superuser"):
        set_up(base.admin, "admin")
    with pytest.raises(UsageError, match="owns the tables"):
        set_up(base.admin, OWNER)


def test_setting_up_again_changes_nothing_and_an_administrator_need_not_be_superuser(
    postgres: Cluster,
) -> None:
    base = postgres.database(ready=False)
    with pytest.raises(UsageError, match="not set up"):
        create(base)
    as_admin(base, "CREATE ROLE keeper LOGIN CREATEROLE", f"ALTER DATABASE {base.name} OWNER TO keeper")
    keeper = base.admin.replace("admin@", "keeper@")
    assert any("'sop_live' made" in line for line in set_up(keeper, ROLE))
    create(base).append("A", 0, [draft()])
    assert all("is there" in line for line in set_up(keeper, ROLE))
    assert errors(verified(base)) == []
    with pytest.raises(UsageError, match="already"):
        create(base)
    with pytest.raises(UsageError, match="no training log"):
        PostgresLedger.open(base.url, LedgerKind.TRAINING, SIGNER)


def test_another_version_says_what_to_do(base: Base) -> None:
    create(base).close()
    as_admin(base, "UPDATE schema_version SET version_num = '0000'")
    with pytest.raises(UsageError, match="version 0") as older:
        reopen(base)
    assert "sop store upgrade" in str(older.value.hint)
    as_admin(base, "UPDATE schema_version SET version_num = '0099'")
    with pytest.raises(UsageError, match="version 99") as newer:
        reopen(base)
    assert "newer program" in str(newer.value.hint)


def test_the_heads_of_a_log_are_kept_by_the_server_it_lies_on(base: Base, tmp_path: Path) -> None:
    create(base).close()
    ledger = PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER, tmp_path)
    OPEN.append(ledger)
    ledger.append("A", 0, [draft()])
    ledger.append("A", 1, [draft()])
    as_admin(
        base, *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("entry", "node", "checkpoint"))
    )
    as_admin(base, "DELETE FROM entry WHERE seq = 2", "DELETE FROM checkpoint WHERE size = 3")
    with pytest.raises(NotVerified, match="it has 2 entries, 3 were written"):
        PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER, tmp_path)


def test_personal_values_open_by_commitment_and_are_gone_when_erased(base: Base, tmp_path: Path) -> None:
    salt, key = bytes(range(16)), tmp_path / "vault.key"
    one = PostgresVault.begin(base.url, LedgerKind.LIVE, key)
    two = PostgresVault.join(base.url, LedgerKind.LIVE, key)  # another machine with the same key
    digest = one.put("R", "phone", "s-1", salt, "+36 1 555 0199")
    assert two.put("R", "phone", "s-1", salt, "+36 1 555 0199") == digest
    kept = two.put("R", "phone", "s-2", salt, "other")
    assert one.open_all("R")[digest] == Opened("phone", "s-1", salt, "+36 1 555 0199")
    assert one.erase(two.shelves("s-1")) == 1
    assert list(two.open_all("R")) == [kept]
    with psycopg.connect(base.admin) as db:
        assert db.execute("SELECT subject FROM sop_live_vault.subject").fetchall() == [("s-2",)]
        (sealed,) = db.execute("SELECT sealed FROM sop_live_vault.value").fetchone() or (b"",)
    assert b"other" not in sealed
    one.close()
    two.close()


def test_what_the_server_cannot_hold_is_said_at_once_and_disturbs_nothing(base: Base) -> None:
    ledger = create(base)
    run = "".join(random_hex() for _ in range(200))  # longer than a key of an index may be
    with pytest.raises(AppendFailed, match="index row"):
        ledger.append(run, 0, [draft()])
    summary = Summary("A", 0, {"ticket": run, "status": "open"})
    ledger.append("A", 0, [draft("RunOpened")], summary)
    assert ledger.summaries(ticket=run) == (summary,)
    with pytest.raises(Conflict, match="has the run 'A'"):
        ledger.append("B", 0, [draft("RunOpened")], Summary("B", 0, summary.facts))
    assert errors(verified(base)) == []


def test_interrupted_in_its_turn_a_thread_lets_the_next_one_write(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = create(base)
    write, came = ledger._write, list[Exception | KeyboardInterrupt]()

    def interrupted(requests: Sequence[Request]) -> Sequence[Answer]:
        monkeypatch.setattr(ledger, "_write", write)
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "_write", interrupted)

    def work(run: str) -> None:
        try:
            ledger.append(run, 0, [draft()])
        except (AppendFailed, KeyboardInterrupt) as error:
            came.append(error)

    threads = [threading.Thread(target=work, args=(run,)) for run in "ABC"]
    run_together(ledger, threads)
    assert sorted(type(error).__name__ for error in came) == [
        "AppendFailed",
        "AppendFailed",
        "KeyboardInterrupt",
    ]
    ledger.append("D", 0, [draft()])
    assert [listing.run for listing in ledger.runs()] == ["D"]
