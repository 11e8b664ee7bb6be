"""Whether a schema of a PostgreSQL database is one to work with, asked at every opening."""

from psycopg import Connection

from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg
from sop_runner.stores.postgres_schema import APPEND_ONLY, VERSION
from sop_runner.stores.versions import refuse_other_version


def refuse_unfit(connection: Connection, schema: str, place: str) -> None:
    """Raise UsageError for a database that is not set up, of another version, or open to this role."""
    (there,) = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchone() or (False,)
    if not there:
        raise UsageError(
            msg("'{path}' is not set up for a desk, or its role may not use it", path=place),
            hint=msg("An administrator runs 'sop store setup' once for each database."),
        )
    row = connection.execute("SELECT version_num FROM schema_version").fetchone()
    refuse_other_version(place, int(row[0]) if row else 0, VERSION)
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
