"""On a server searched columns come with the body and are compared with it, once for a statement; files stay as they are.

Five columns generated from the body, each of which read it anew, and a trigger for each row took half of what
a server spent on an entry.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_ENTRY_NEXT = """\
BEGIN
  IF EXISTS (SELECT FROM (SELECT *, body::jsonb AS said FROM added OFFSET 0) AS one
    WHERE seq IS DISTINCT FROM (said ->> 'seq')::bigint
      OR prev IS DISTINCT FROM said ->> 'prev'
      OR run IS DISTINCT FROM said ->> 'run'
      OR run_seq IS DISTINCT FROM (said ->> 'run_seq')::bigint
      OR type IS DISTINCT FROM said ->> 'type'
      OR "key" IS DISTINCT FROM said ->> 'key'
      OR prev IS DISTINCT FROM (CASE WHEN seq = 0 THEN repeat('0', 64)
        ELSE (SELECT encode(leaf, 'hex') FROM entry WHERE entry.seq = one.seq - 1) END)
      OR (run IS NULL) <> (run_seq IS NULL)
      OR (run_seq > 0 AND
        (SELECT seq FROM entry WHERE entry.run = one.run AND entry.run_seq = one.run_seq - 1) IS NULL)
      OR run_seq < 0)
  THEN
    RAISE EXCEPTION 'entry is append-only: this is not its next position' USING ERRCODE = '23000';
  END IF;
  RETURN NULL;
END"""
_NODE_NEXT = """\
BEGIN
  IF EXISTS (SELECT FROM added WHERE "index" > 0 AND
    (SELECT node.level FROM node WHERE node.level = added.level AND node."index" = added."index" - 1) IS NULL)
  THEN
    RAISE EXCEPTION 'node is append-only: this is not its next position' USING ERRCODE = '23000';
  END IF;
  RETURN NULL;
END"""


def upgrade() -> None:
    """What was generated stays as it is: nothing is written anew."""
    if op.get_context().dialect.name != "postgresql":
        return
    for column in ("prev", "run", "run_seq", "type", "key"):
        op.execute(f'ALTER TABLE entry ALTER COLUMN "{column}" DROP EXPRESSION')
    for table, body in (("entry", _ENTRY_NEXT), ("node", _NODE_NEXT)):
        op.execute(f"DROP TRIGGER {table}_next ON {table}")
        op.execute(f"DROP FUNCTION {table}_next()")
        op.execute(
            f"CREATE FUNCTION {table}_next() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path FROM CURRENT AS $body$\n{body}\n$body$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_next AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_next()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_next")
