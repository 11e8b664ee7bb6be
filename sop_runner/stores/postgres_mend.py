"""Setting right what guards a log on PostgreSQL, where somebody took it away: functions, triggers, rights."""

from collections.abc import Iterator
from contextlib import suppress

import psycopg
from psycopg import Connection, sql

from sop_runner.audit.log import LedgerKind
from sop_runner.stores.postgres_schema import OWNER, VERSION, guards, schema_of
from sop_runner.stores.postgres_weak import excess, weaknesses


def mended(connection: Connection, kind: LedgerKind) -> Iterator[str]:
    """Make functions and triggers of a ledger as they were, take back what nobody may do; what is left is said.

    `connection` is an administrator's, within a transaction. What somebody added, and rows, are left alone: an
    administrator decides on the first, `sop audit verify` speaks of the second. Raises psycopg.Error.
    """
    schema = sql.Identifier(schema_of(kind))
    connection.execute(sql.SQL("SET LOCAL search_path = {}, pg_temp").format(schema))
    (version,) = connection.execute("SELECT version_num FROM schema_version").fetchone() or ("0",)
    if int(version) != VERSION:
        yield f"of version {int(version)}, not looked at; bring it up to date: sop store upgrade URL"
        return
    before = _found(connection, kind)
    if not before:
        return
    with suppress(psycopg.Error), connection.transaction():
        _mend(connection, kind)
    after = _found(connection, kind)
    yield from (f"{one}: set right" for one in before if one not in after)
    yield from (f"{one}: NOT set right, see docs/postgresql.md" for one in after)


def _found(connection: Connection, kind: LedgerKind) -> list[str]:
    """What is weak, but for what an administrator who is no superuser needs for the time of setting up."""
    mine = f"'{connection.info.user}' may act as the owner '{OWNER}'"
    return [one for one in weaknesses(connection, kind) if one != mine]


def _mend(connection: Connection, kind: LedgerKind) -> None:
    """As the owner, whole or not at all: of what belongs to another role nothing can be made anew."""
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
    for table, who, right in excess(connection, kind):
        grantee = sql.SQL("PUBLIC") if who == "PUBLIC" else sql.Identifier(who)
        connection.execute(
            sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(right), sql.Identifier(table), grantee)
        )
    for statement in guards(schema_of(kind)):
        connection.execute(statement)
    connection.execute("RESET ROLE")
