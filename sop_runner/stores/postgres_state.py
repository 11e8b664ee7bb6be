"""Whether a schema of a PostgreSQL database is one to work with, asked at every opening."""

from psycopg import Connection

from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg
from sop_runner.stores.postgres_schema import APPEND_ONLY, VERSION


def refuse_unfit(connection: Connection, schema: str, place: str) -> None:
    """Raise UsageError for a database that is not set up, of another version, or open to this role."""
    (there,) = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchone() or (False,)
    if not there:
        raise UsageError(
            msg("'{path}' is not set up for a desk, or its role may not use it", path=place),
            hint=msg("An administrator runs 'sop store setup' once for each database."),
        )
    refuse_version(connection, place)
    for table in APPEND_ONLY:
        (may,) = connection.execute(
            "SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')", (f'"{schema}"."{table}"',)
        ).fetchone() or (True,)
        if may:
            raise UsageError(
                msg("the role that '{path}' is opened with may change what is on record", path=place),
                hint=msg(
                    "Use the role that 'sop store setup' made, which may only read and add, in the address of the store."
                ),
            )


def refuse_version(connection: Connection, place: str) -> None:
    """Raise UsageError where the tables are older or newer than this program."""
    row = connection.execute("SELECT version_num FROM schema_version").fetchone()
    found = int(row[0]) if row else 0
    if found == VERSION:
        return
    raise UsageError(
        msg(
            "'{path}' has schema version {version}, this program works with {known}",
            path=place,
            version=found,
            known=VERSION,
        ),
        hint=msg("Make a backup, then run 'sop store upgrade'.")
        if found < VERSION
        else msg("A newer program made it: install that one here as well."),
    )
