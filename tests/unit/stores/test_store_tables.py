"""The SQL that is executed and the tables declared with SQLModel are the same tables."""

import sqlite3
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from sop_runner.stores import schema
from sop_runner.stores.tables import AUDIT_TABLES


def shape(db: sqlite3.Connection, table: str) -> dict[str, Any]:
    """Columns, keys and indexes as SQLite understood them, and the CHECK and generated expressions."""
    indexes = {}
    for _, name, unique, kind, partial in db.execute(f"PRAGMA index_list({table})"):
        columns = tuple(row[2] for row in db.execute(f"PRAGMA index_info({name})"))
        indexes[columns] = (unique, kind, partial)
    (sql,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    lines = " ".join(sql.split())
    expressions = sorted(part for part in lines.replace("GENERATED", "\n").split("\n")[1:])
    return {
        "columns": [tuple(row) for row in db.execute(f"PRAGMA table_xinfo({table})")],
        "indexes": indexes,
        "rowid": "WITHOUT ROWID" in sql,
        "checks": lines.count("CHECK"),
        "generated": sorted(e.split(" VIRTUAL")[0] for e in expressions),
    }


@pytest.mark.parametrize("row", AUDIT_TABLES, ids=lambda row: str(row.__tablename__))
def test_declared_and_executed_tables_are_equal(row: Any) -> None:
    executed, declared = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    for statement in schema.STATEMENTS:
        executed.execute(statement)
    declared.execute(str(CreateTable(row.__table__).compile(dialect=dialect.dialect())))
    for index in row.__table__.indexes:
        declared.execute(str(CreateIndex(index).compile(dialect=dialect.dialect())))
    assert shape(declared, row.__tablename__) == shape(executed, row.__tablename__)
    executed.close()
    declared.close()


def test_every_table_is_declared() -> None:
    assert {row.__tablename__ for row in AUDIT_TABLES} == set(schema.TABLES)


def test_searched_columns_are_those_of_the_reader() -> None:
    for name, path in schema.COLUMNS.items():
        assert f"(json_extract(body, '{path}'))" in schema.TABLES["entry"], name


CHEAP = """
import sys
from pathlib import Path
from sop_runner.audit.log import LedgerKind
from sop_runner.base.clock import SystemClock
from sop_runner.stores.keys import KeyFile, create_key
from tests.verifying import verify_file
from sop_runner.stores.sqlite import SqliteLedger
folder = Path(sys.argv[1])
if sys.argv[2] == "create":
    SqliteLedger.create(folder / "d.db", "ab" * 16, LedgerKind.LIVE, create_key(folder / "k", "n"), SystemClock().now())
elif sys.argv[2] == "open":
    assert SqliteLedger.open(folder / "d.db", LedgerKind.LIVE, KeyFile(folder / "k")).size() == 1
else:
    assert not verify_file(folder / "d.db").findings
heavy = {"sqlalchemy", "sqlmodel", "textual", "transitions", "pydantic", "cryptography", "yaml"}
print(*sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""


def test_opening_and_verifying_load_nothing_heavy(tmp_path: Any) -> None:
    loaded = {}
    for what in ("create", "open", "verify"):
        done = subprocess.run(
            [sys.executable, "-c", CHEAP, str(tmp_path), what], capture_output=True, text=True, check=True
        )
        loaded[what] = done.stdout.split()
    assert loaded == {"create": ["cryptography"], "open": [], "verify": ["cryptography"]}
