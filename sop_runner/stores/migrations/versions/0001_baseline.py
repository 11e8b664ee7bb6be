"""What databases are born with: the statements of `schema` and `postgres_schema` when versions began.

A new database is made by those statements as they are now and is of the newest version at once. A later
change is a script beside this one, for both kinds of database, and a change there to the same result.
"""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: there is no older one."""
