"""Older tables are brought up to date as a whole or not at all, on files and on a server."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from sop_runner.audit.log import LedgerKind
from sop_runner.audit.verify import verify
from sop_runner.base.errors import StoreFailed, UsageError
from sop_runner.stores import postgres_schema, schema, upgrade
from sop_runner.stores.postgres import PostgresLedger
from sop_runner.stores.postgres_reader import PostgresSource
from sop_runner.stores.postgres_weak import weaknesses
from sop_runner.stores.sqlite import SqliteLedger
from tests.postgres import Base, Cluster

from .ledger_contract import CLOCK, LOG, SIGNER, draft

NEXT = """
from alembic import op
revision, down_revision = "0003", "0002"
def upgrade():
    op.execute("CREATE INDEX entry_type ON entry (type)")
"""


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that knows one version more."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrade.SCRIPTS, folder)
    (folder / "versions" / "0003_type.py").write_text(NEXT)
    monkeypatch.setattr(upgrade, "SCRIPTS", folder)
    monkeypatch.setattr(schema, "VERSION", 3)
    monkeypatch.setattr("sop_runner.stores.postgres_state.VERSION", 3)
    return folder / "versions"


def test_new_databases_are_of_the_version_that_the_scripts_lead_to() -> None:
    assert upgrade.newest() == schema.VERSION == postgres_schema.VERSION


def made(path: Path) -> SqliteLedger:
    return SqliteLedger.create(path, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())


def test_an_older_file_says_so_and_is_brought_up_to_date(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "desk.db"
    with closing(made(path)) as ledger:
        ledger.append("A", 0, [draft()])
    request.getfixturevalue("scripts")
    with pytest.raises(UsageError, match="version 2, this program works with 3") as older:
        SqliteLedger.open(path, LedgerKind.LIVE, SIGNER)
    assert "backup" in str(older.value.hint)
    upgrade.upgrade_file(path)
    upgrade.upgrade_file(path)
    assert upgrade.version_of_file(path) == 3
    with closing(SqliteLedger.open(path, LedgerKind.LIVE, SIGNER)) as ledger:
        ledger.append("A", 1, [draft()])
    with closing(sqlite3.connect(path)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema")]
    assert "entry_type" in names
    assert "schema_version" not in names


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    made(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(UsageError, match="version 9") as newer:
        SqliteLedger.open(path, LedgerKind.LIVE, SIGNER)
    assert "newer program" in str(newer.value.hint)
    with pytest.raises(UsageError, match="does not know"):
        upgrade.upgrade_file(path)


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, scripts: Path) -> None:
    path = tmp_path / "desk.db"
    made(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 2")
    (scripts / "0003_type.py").write_text(NEXT + '    op.execute("UPDATE entry SET leaf = leaf")\n')
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match="append-only"):
        upgrade.upgrade_file(path)
    assert path.read_bytes() == before


def test_an_older_schema_on_a_server_is_brought_up_to_date_by_an_administrator(
    postgres: Cluster, request: pytest.FixtureRequest
) -> None:
    base: Base = postgres.database()
    with closing(PostgresLedger.create(base.url, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())) as ledger:
        ledger.append("A", 0, [draft()])
    scripts = request.getfixturevalue("scripts")
    with pytest.raises(UsageError, match="version 2, this program works with 3"):
        PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER)
    with pytest.raises(StoreFailed, match="permission denied"):
        upgrade.upgrade_on_server(base.url, LedgerKind.LIVE)
    broken = NEXT + '    op.execute("UPDATE entry SET leaf = leaf")\n'
    (scripts / "0003_type.py").write_text(broken)
    with pytest.raises(StoreFailed, match="append-only"):
        upgrade.upgrade_on_server(base.admin, LedgerKind.LIVE)
    assert upgrade.version_on_server(base.admin, LedgerKind.LIVE) == 2
    (scripts / "0003_type.py").write_text(NEXT)
    upgrade.upgrade_on_server(base.admin, LedgerKind.LIVE)
    assert upgrade.version_on_server(base.admin, LedgerKind.LIVE) == 3
    with closing(PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER)) as ledger:
        ledger.append("A", 1, [draft()])
    with psycopg.connect(base.admin) as db:
        row = db.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'sop_live'").fetchone()
        assert row == (postgres_schema.OWNER,)


def test_a_file_of_the_first_version_is_as_it_was_but_for_its_number(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    made(path).close()
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 1")
    upgrade.upgrade_file(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}
    assert names >= schema.TABLES.keys() | schema.TRIGGERS.keys()
    assert len(path.read_bytes()) == len(before)


# How a schema was born with version 1, as far as it was another.
FIRST = (
    "ALTER TABLE entry DROP COLUMN prev, DROP COLUMN run, DROP COLUMN run_seq, DROP COLUMN type, DROP COLUMN key",
    """ALTER TABLE entry
  ADD COLUMN prev text COLLATE "C" GENERATED ALWAYS AS ((body::jsonb ->> 'prev')) STORED NOT NULL,
  ADD COLUMN run text COLLATE "C" GENERATED ALWAYS AS ((body::jsonb ->> 'run')) STORED,
  ADD COLUMN run_seq bigint GENERATED ALWAYS AS (((body::jsonb ->> 'run_seq')::bigint)) STORED,
  ADD COLUMN type text COLLATE "C" GENERATED ALWAYS AS ((body::jsonb ->> 'type')) STORED NOT NULL,
  ADD COLUMN key text COLLATE "C" GENERATED ALWAYS AS ((body::jsonb ->> 'key')) STORED NOT NULL,
  ADD UNIQUE (prev), ADD UNIQUE (run, run_seq)""",
    postgres_schema.INDEXES["entry_key"],
    postgres_schema.INDEXES["entry_outside"],
    *(f"DROP TRIGGER {table}_next ON {table}" for table in ("entry", "node")),
    *(f"CREATE TRIGGER {t}_next AFTER INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION {t}_next()" for t in ("entry", "node")),
    *(
        f"CREATE OR REPLACE FUNCTION {t}_next() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        for t in ("entry", "node")
    ),
    "UPDATE schema_version SET version_num = '0001'",
)  # fmt: skip


def test_a_schema_of_the_first_version_becomes_what_a_new_one_is(postgres: Cluster) -> None:
    base = postgres.database()
    with closing(PostgresLedger.create(base.url, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())) as ledger:
        ledger.append("A", 0, [draft()])
    with psycopg.connect(base.admin) as db:
        db.execute("SET search_path = sop_live, pg_temp")
        for statement in FIRST:
            db.execute(statement)
        assert list(weaknesses(db, LedgerKind.LIVE)) != []
    with pytest.raises(UsageError, match="version 1, this program works with 2"):
        PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER)
    upgrade.upgrade_on_server(base.admin, LedgerKind.LIVE)
    with psycopg.connect(base.admin) as db:
        db.execute("SET search_path = sop_live, pg_temp")
        assert list(weaknesses(db, LedgerKind.LIVE)) == []
        generated = (
            "SELECT attname FROM pg_attribute WHERE attrelid = 'entry'::regclass AND attgenerated <> ''"
        )
        assert db.execute(generated).fetchall() == []
        paths = "SELECT proname, proconfig FROM pg_proc WHERE proname IN ('entry_next', 'node_next')"
        found = db.execute(f"{paths} AND pronamespace = 'sop_live'::regnamespace").fetchall()
        new = db.execute(f"{paths} AND pronamespace = 'sop_training'::regnamespace").fetchall()
        assert [config for _, config in sorted(found)] == [
            [one.replace("sop_training", "sop_live") for one in config] for _, config in sorted(new)
        ]
    with closing(PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER)) as ledger:
        ledger.append("A", 1, [draft()])
        assert [entry.run_seq for entry in ledger.entries("A")] == [0, 1]
    with closing(PostgresSource(base.url, LedgerKind.LIVE)) as source:
        assert verify(source, (SIGNER.verifier,)).findings == ()
