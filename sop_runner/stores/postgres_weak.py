"""What a schema on PostgreSQL lacks, has beside what was declared, or lets anybody do."""

import re
from collections.abc import Iterator

from psycopg import Connection

from sop_runner.audit.log import LedgerKind
from sop_runner.stores.postgres_schema import (
    APPEND_ONLY,
    BODIES,
    INDEXES,
    OWNER,
    PROJECTION,
    SEARCHED,
    TABLES,
    TRIGGERS,
    schema_of,
)

_RELATIONS = (
    "SELECT relname, relkind, pg_get_userbyid(relowner), relpersistence FROM pg_class "
    "WHERE relnamespace = %s::regnamespace AND relkind NOT IN ('i', 't', 'c')"
)
_INDEXES = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'i'"
_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = 'entry'::regclass AND attnum > 0 AND NOT attisdropped"
)
_CONSTRAINTS = (
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = %s::regnamespace AND contype IN ('p', 'u', 'c') AND convalidated"
)
_TRIGGERS = (
    "SELECT tgname, pg_get_triggerdef(pg_trigger.oid), tgenabled FROM pg_trigger "
    "JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = %s::regnamespace AND NOT tgisinternal"
)
_RULES = "SELECT rulename, tablename FROM pg_rules WHERE schemaname = %s"
_FUNCTIONS = (
    "SELECT proname, trim(E'\\n' FROM prosrc), pg_get_userbyid(proowner) FROM pg_proc "
    "WHERE pronamespace = %s::regnamespace"
)
_GRANTS = (
    "SELECT DISTINCT relname, coalesce(pg_get_userbyid(nullif(grantee, 0)), 'PUBLIC'), privilege_type "
    "FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS acl "
    "WHERE relnamespace = %(schema)s::regnamespace AND relname = ANY(%(tables)s) AND grantee <> relowner "
    "UNION SELECT relname, coalesce(pg_get_userbyid(nullif(grantee, 0)), 'PUBLIC'), privilege_type "
    "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid CROSS JOIN LATERAL aclexplode(attacl) AS acl "
    "WHERE relnamespace = %(schema)s::regnamespace AND relname = ANY(%(tables)s) AND grantee <> relowner "
    "ORDER BY 1, 2, 3"
)
_OWNER = (
    "SELECT rolcanlogin, ARRAY(SELECT pg_get_userbyid(member) FROM pg_auth_members "
    "WHERE roleid = pg_roles.oid AND NOT admin_option) "
    "FROM pg_roles WHERE rolname = %s"
)
_UNIQUE = {
    ("entry", "PRIMARY KEY (seq)"),
    ("entry", "UNIQUE (prev)"),
    ("entry", "UNIQUE (run, run_seq)"),
    ("entry", "CHECK ((octet_length(leaf) = 32))"),
    ("node", 'PRIMARY KEY (level, index)'),
    ("node", "CHECK ((octet_length(hash) = 32))"),
    ("checkpoint", "PRIMARY KEY (size)"),
    ("procedure", "PRIMARY KEY (digest)"),
}  # fmt: skip


def weaknesses(connection: Connection, kind: LedgerKind) -> Iterator[str]:
    """Say in sentences what a ledger's schema lacks or has beside what `postgres_schema` declares.

    `connection` has the schema as its search path. Raises psycopg.Error where there is no such schema.
    """
    schema = schema_of(kind)
    yield from _relations(connection, schema)
    columns = {name for (name,) in connection.execute(_COLUMNS)}
    for name in sorted(SEARCHED.keys() - columns):
        yield f"'entry.{name}' is missing"
    constraints = set(connection.execute(_CONSTRAINTS, (schema,)))
    for table, text in sorted(_UNIQUE - constraints):
        yield f"'{table}' lacks {text}"
    yield from _triggers(connection, schema)
    for name, table in connection.execute(_RULES, (schema,)):
        yield f"the rule '{name}' on '{table}' does not belong to this schema"
    yield from _rights(connection, kind)


def _relations(connection: Connection, schema: str) -> Iterator[str]:
    found = {name: rest for name, *rest in connection.execute(_RELATIONS, (schema,))}
    for name in sorted(TABLES.keys() - found.keys()):
        yield f"'{name}' is missing"
    for name, (kind, owner, persistence) in sorted(found.items()):
        if name not in TABLES:
            yield f"'{name}' does not belong to this schema"
        elif (kind, persistence) != ("r", "p"):
            yield f"'{name}' is no table that is kept"
        elif owner != OWNER:
            yield f"'{name}' is owned by '{owner}'"
    indexes = {name for (name,) in connection.execute(_INDEXES, (schema,))}
    for name in sorted(INDEXES.keys() - indexes):
        yield f"'{name}' is missing"


def _triggers(connection: Connection, schema: str) -> Iterator[str]:
    found = {name: (text, enabled) for name, text, enabled in connection.execute(_TRIGGERS, (schema,))}
    for name, (_, rest) in TRIGGERS.items():
        text, enabled = found.get(name, ("", ""))
        if name not in found:
            yield f"'{name}' is missing"
        elif _bare(text.replace(f"{schema}.", "")) != _bare(f"CREATE TRIGGER {name} {rest}"):
            yield f"'{name}' was changed"
        elif enabled != "A":
            yield f"'{name}' does not always fire"
    for name in sorted(found.keys() - TRIGGERS.keys()):
        yield f"'{name}' does not belong to this schema"
    wanted = BODIES | {name.partition("(")[0]: body for name, body in PROJECTION.items()}
    there = {name: rest for name, *rest in connection.execute(_FUNCTIONS, (schema,))}
    for name in sorted(wanted.keys() - there.keys()):
        yield f"'{name}' is missing"
    for name, (body, owner) in sorted(there.items()):
        if name not in wanted:
            yield f"'{name}' does not belong to this schema"
        elif body != wanted[name] or owner != OWNER:
            yield f"'{name}' was changed"


def excess(connection: Connection, kind: LedgerKind) -> Iterator[tuple[str, str, str]]:
    """Table, role and right of whatever lets somebody do more with a log than read and add."""
    given = {"schema": schema_of(kind), "tables": list(APPEND_ONLY)}
    for table, who, what in connection.execute(_GRANTS, given).fetchall():
        if what not in ("SELECT", "INSERT"):
            yield table, who, what


def _rights(connection: Connection, kind: LedgerKind) -> Iterator[str]:
    for table, who, what in excess(connection, kind):
        yield f"'{who}' has the right to {what} on '{table}'"
    owner = connection.execute(_OWNER, (OWNER,)).fetchone()
    if owner is not None and owner[0]:
        yield f"the owner '{OWNER}' can log in"
    if owner is not None:
        for member in owner[1]:
            yield f"'{member}' may act as the owner '{OWNER}'"


def _bare(text: str) -> str:
    """An expression without what a server adds or leaves out when it tells it: brackets, casts, case, spaces."""
    return re.sub(r"::text(\[\])?|[\s()\"]", "", text or "").lower()
