"""Addresses of PostgreSQL servers, and the questions of `queries` in its words."""

import re
from functools import cache

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg

_DRIVER = re.compile(r"^postgres(ql)?(\+psycopg)?://")
_WORDS = {
    "CAST(body AS BLOB)": "convert_to(body, 'UTF8')",
    "CAST(note AS BLOB)": "convert_to(note, 'UTF8')",
    "CAST(yaml AS BLOB)": "yaml",
    "%": "%%",
    "?": "%s",
}


@cache
def words(sql: str) -> str:
    """A query in SQLite's words, said to PostgreSQL through psycopg."""
    for theirs, ours in _WORDS.items():
        sql = sql.replace(theirs, ours)
    return sql


def conninfo(url: str, schema: str = "") -> str:
    """What psycopg connects with. Raises UsageError for an address that is none."""
    try:
        return make_conninfo(
            _DRIVER.sub("postgresql://", url),
            client_encoding="UTF8",
            application_name=f"sop {schema}".strip(),
        )
    except ProgrammingError:  # its text holds the address, and so perhaps a password
        raise UsageError(
            msg("the address of the store is none that PostgreSQL knows"),
            hint=msg("Write it like this: postgresql://role@host/database"),
        ) from None


def place_of(url: str) -> str:
    """How people call a database on a server: no password, no role."""
    parts = conninfo_to_dict(conninfo(url))
    host, port = parts.get("host") or parts.get("hostaddr") or "", parts.get("port") or 5432
    return f"postgresql://{host}:{port}/{parts.get('dbname') or ''}"
