"""Making the roles, schemas, tables and grants of a desk in a PostgreSQL database, by an administrator."""

from collections.abc import Callable

import psycopg
from psycopg import Connection, sql

from sop_runner.audit.log import LedgerKind
from sop_runner.base.errors import UsageError
from sop_runner.stores.postgres_mend import mended
from sop_runner.stores.postgres_pool import said
from sop_runner.stores.postgres_schema import (
    OWNER,
    SEALED,
    grants,
    log_statements,
    schema_of,
    unsampled,
    vault_of,
    vault_statements,
)
from sop_runner.stores.postgres_words import conninfo, place_of


def set_up(url: str, role: str) -> tuple[str, ...]:
    """Make what is missing, in one transaction; returns a line on each thing.

    `url` logs in an administrator: a superuser, or one who may create roles and schemas here. `role` is
    who the desk's machines log in as. Done again it sets right what guards the log (`postgres_mend`) and
    changes nothing that is on record. Raises UsageError.
    """
    said_so: list[str] = []
    try:
        with psycopg.connect(conninfo(url)) as connection:
            _check(connection)
            _roles(connection, role, said_so.append)
            for kind in LedgerKind:
                _schema(connection, schema_of(kind), role, log_statements, said_so.append)
                for line in mended(connection, kind):
                    said_so.append(f"schema '{schema_of(kind)}': {line}")
                _schema(connection, vault_of(kind), role, vault_statements, said_so.append)
                _unsampled(connection, vault_of(kind), said_so.append)
            connection.execute("RESET ROLE")
            _leave(connection)
    except psycopg.Error as error:
        raise UsageError(
            f"'{place_of(url)}' was not set up, nothing was changed: {said(error)}",
            hint="Log in as a superuser, or as a role that may create roles and schemas in this database.",
        ) from error
    return tuple(said_so)


def _check(connection: Connection) -> None:
    (encoding,) = connection.execute("SHOW server_encoding").fetchone() or ("",)
    if encoding != "UTF8":
        raise UsageError(
            f"the database is encoded as '{encoding}', which cannot hold every text",
            hint="Create it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        )


def _roles(connection: Connection, role: str, say: Callable[[str], None]) -> None:
    if role == OWNER:
        raise UsageError(f"'{OWNER}' owns the tables and never logs in", hint="Name another role.")
    for name, may in ((OWNER, "NOLOGIN"), (role, "LOGIN")):
        row = connection.execute(
            "SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = %s", (name,)
        ).fetchone()
        if row is None:
            connection.execute(sql.SQL("CREATE ROLE {} " + may).format(sql.Identifier(name)))
            say(f"role '{name}' made, {'can log in' if may == 'LOGIN' else 'cannot log in'}")
        elif row[1] or (name == OWNER and row[0]):
            raise UsageError(
                f"the role '{name}' is {'a superuser' if row[1] else 'able to log in'}: it could change what is on record",
                hint=f"Take that from it (ALTER ROLE {name} NOSUPERUSER{' NOLOGIN' if name == OWNER else ''}), or name another.",
            )
        else:
            say(f"role '{name}' is there")
    ((member,),) = connection.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", (role, OWNER)).fetchall()
    if member:
        raise UsageError(
            f"the role '{role}' is a member of '{OWNER}': it could change what is on record",
            hint=f"REVOKE {OWNER} FROM {role}",
        )
    if not _superuser(connection):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))


def _schema(
    connection: Connection,
    schema: str,
    role: str,
    statements: Callable[[str], tuple[str, ...]],
    say: Callable[[str], None],
) -> None:
    name, owner = sql.Identifier(schema), sql.Identifier(OWNER)
    there = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
    if there is None:
        connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(name, owner))
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
    if there is None:
        connection.execute(sql.SQL("SET LOCAL search_path = {}, pg_temp").format(name))
        for statement in statements(schema):
            connection.execute(statement)
    for grant in grants(schema, sql.Identifier(role).as_string(connection)):
        connection.execute(grant)
    connection.execute("RESET ROLE")
    say(f"schema '{schema}' {'made' if there is None else 'is there'}, '{role}' may read and add")


def _unsampled(connection: Connection, schema: str, say: Callable[[str], None]) -> None:
    """Set right a vault that was made when servers still took samples of what is sealed."""
    tables = [f'"{schema}".{table}' for table in SEALED]
    (sampled,) = connection.execute(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = ANY(%s::regclass[]) AND attname = ANY(%s) "
        "AND attstattarget IS DISTINCT FROM 0",
        (tables, list(SEALED.values())),
    ).fetchone() or (0,)
    if sampled:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
        for statement in unsampled(schema):
            connection.execute(statement)
        connection.execute("RESET ROLE")
        say(f"schema '{schema}': samples of what is sealed are dropped, and no more are taken")


def _leave(connection: Connection) -> None:
    if not _superuser(connection):
        connection.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(sql.Identifier(OWNER)))


def _superuser(connection: Connection) -> bool:
    row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])
