"""Bringing the tables of a log up to date with the scripts in `migrations`; the only user of alembic.

A SQLite file says its version in its header, a schema on PostgreSQL in `schema_version`; alembic reads and
writes the latter itself, and for a file a table beside it in memory that begins and ends as the header. All steps of a
database are one transaction: a failure or a crash leaves it as it was.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg import sql
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from sop_runner.audit.log import LedgerKind
from sop_runner.base.errors import StoreFailed, UsageError
from sop_runner.stores.connection import PATIENCE_S
from sop_runner.stores.postgres_pool import said
from sop_runner.stores.postgres_schema import OWNER, schema_of
from sop_runner.stores.postgres_words import conninfo, place_of

SCRIPTS = Path(__file__).with_name("migrations")
_TABLE = "schema_version"


def newest() -> int:
    """The version that the scripts lead to."""
    return int(_scripts().get_current_head() or 0)


def version_of_file(path: Path) -> int:
    """The version of the log in a file. Raises UsageError where there is none."""
    with _file(path) as connection:
        return int(connection.execute(text("PRAGMA user_version")).scalar_one())


def upgrade_file(path: Path) -> None:
    """Bring the log in a file up to date. Raises UsageError for one that is newer, StoreFailed where it is not done."""
    with _file(path) as connection, _explained(str(path)):
        connection.execute(text("ATTACH ':memory:' AS beside"))
        connection.execute(text("BEGIN IMMEDIATE"))
        found = int(connection.execute(text("PRAGMA user_version")).scalar_one())
        connection.execute(text(f"CREATE TABLE beside.{_TABLE} (version_num TEXT PRIMARY KEY)"))
        connection.execute(text(f"INSERT INTO beside.{_TABLE} VALUES (:found)"), {"found": f"{found:04}"})  # noqa: S608 - a constant
        _run(connection, "beside")
        now = int(connection.execute(text(f"SELECT version_num FROM beside.{_TABLE}")).scalar_one())  # noqa: S608 - a constant
        connection.execute(text(f"PRAGMA user_version = {now}"))
        connection.execute(text("COMMIT"))


def version_on_server(url: str, kind: LedgerKind) -> int:
    """The version of a ledger's schema. Raises UsageError where there is none."""
    with _server(url, kind) as connection, _explained(place_of(url)):
        return int(connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar_one())  # noqa: S608 - a constant


def upgrade_on_server(url: str, kind: LedgerKind) -> None:
    """Bring a ledger's schema up to date; `url` logs in an administrator. Raises as `upgrade_file` does."""
    with _server(url, kind) as connection, _explained(place_of(url)), connection.begin():
        connection.execute(text(f"LOCK TABLE {_TABLE}"))
        _run(connection, schema_of(kind))


def _run(connection: Connection, schema: str) -> None:
    scripts = _scripts()
    with EnvironmentContext(
        Config(), scripts, fn=lambda rev, _: scripts._upgrade_revs("head", rev), destination_rev="head"
    ) as environment:
        environment.configure(
            connection=connection,
            version_table=_TABLE,
            version_table_schema=schema,
            transactional_ddl=False,  # the transaction is ours
        )
        environment.run_migrations()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(SCRIPTS))


@contextmanager
def _file(path: Path) -> Iterator[Connection]:
    if not path.is_file():
        raise UsageError(f"there is no audit log at '{path}'", hint="Make a desk with 'sop init'.")
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, isolation_level=None, timeout=PATIENCE_S),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        yield connection


@contextmanager
def _server(url: str, kind: LedgerKind) -> Iterator[Connection]:
    def connected() -> psycopg.Connection:
        connection = psycopg.connect(conninfo(url))
        name = sql.Identifier(schema_of(kind))
        try:
            connection.execute(sql.SQL("SET search_path = {}, pg_temp").format(name))
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(OWNER)))
            connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("postgresql+psycopg://", creator=connected, poolclass=NullPool)
    with _explained(place_of(url)):
        connection = engine.connect()
    with connection:
        yield connection


@contextmanager
def _explained(place: str) -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise UsageError(
            f"'{place}' is of a version that this program does not know: {error}",
            hint="A newer program made it: install that one here as well.",
        ) from error
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        raise StoreFailed(
            f"'{place}' was not upgraded, nothing was changed: {said(Exception(str(cause)))}",
            hint="It is as it was. On a server log in as an administrator; see 'sop store setup'.",
        ) from error
