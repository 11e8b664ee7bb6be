"""Older tables are brought up to date as a whole or not at all, on files and on a server."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from sop_runner.audit.log import LedgerKind
from sop_runner.base.errors import StoreFailed, UsageError
from sop_runner.stores import postgres_schema, schema, upgrade
from sop_runner.stores.postgres import PostgresLedger
from sop_runner.stores.sqlite import SqliteLedger
from tests.postgres import Base, Cluster

from .ledger_contract import CLOCK, LOG, SIGNER, draft

NEXT = """
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    op.execute("CREATE INDEX entry_type ON entry (type)")
"""


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that knows one version more."""
    folder = tmp_path / "migrations"
    shutil.copytree(upgrade.SCRIPTS, folder)
    (folder / "versions" / "0002_type.py").write_text(NEXT)
    monkeypatch.setattr(upgrade, "SCRIPTS", folder)
    monkeypatch.setattr(schema, "VERSION", 2)
    monkeypatch.setattr("sop_runner.stores.postgres_state.VERSION", 2)
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
    with pytest.raises(UsageError, match="version 1, this program works with 2") as older:
        SqliteLedger.open(path, LedgerKind.LIVE, SIGNER)
    assert "backup" in str(older.value.hint)
    upgrade.upgrade_file(path)
    upgrade.upgrade_file(path)
    assert upgrade.version_of_file(path) == 2
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
        db.execute("PRAGMA user_version = 1")
    (scripts / "0002_type.py").write_text(NEXT + '    op.execute("UPDATE entry SET leaf = leaf")\n')
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
    with pytest.raises(UsageError, match="version 1, this program works with 2"):
        PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER)
    with pytest.raises(StoreFailed, match="permission denied"):
        upgrade.upgrade_on_server(base.url, LedgerKind.LIVE)
    broken = NEXT + '    op.execute("UPDATE entry SET leaf = leaf")\n'
    (scripts / "0002_type.py").write_text(broken)
    with pytest.raises(StoreFailed, match="append-only"):
        upgrade.upgrade_on_server(base.admin, LedgerKind.LIVE)
    assert upgrade.version_on_server(base.admin, LedgerKind.LIVE) == 1
    (scripts / "0002_type.py").write_text(NEXT)
    upgrade.upgrade_on_server(base.admin, LedgerKind.LIVE)
    assert upgrade.version_on_server(base.admin, LedgerKind.LIVE) == 2
    with closing(PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER)) as ledger:
        ledger.append("A", 1, [draft()])
    with psycopg.connect(base.admin) as db:
        row = db.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'sop_live'").fetchone()
        assert row == (postgres_schema.OWNER,)
