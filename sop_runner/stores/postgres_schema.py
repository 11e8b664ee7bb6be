"""The SQL of an audit log on PostgreSQL: the one place that every executed CREATE comes from.

Each ledger has a schema of its own, and its personal values another. An owner that cannot log in has all of
it; the application's role may select and insert. What is a projection or has to be erased is changed by the
owner's functions alone. The triggers guard the log against whoever else may write, and fire always.

The searched columns of an entry come with its body, and the trigger compares them with it, in one reading for
all: five columns generated from the body read it five times while the log is locked.
"""

from sop_runner.audit.log import LedgerKind
from sop_runner.stores.schema import COLUMNS

VERSION = 2  # of the row in `schema_version`
OWNER, ROLE = "sop_owner", "sop_desk"
LOCK = 0x534F50  # "SOP": the first half of the advisory locks

# Only what is looked up: here they are stored.
SEARCHED = {name: COLUMNS[name] for name in ("prev", "run", "run_seq", "type", "key")}
_NUMBERS = frozenset(("run_seq",))
_NOT_NULL = frozenset(("prev", "type", "key"))
_FACTS = ("ticket", "status", "waiting_for", "due", "last")
APPEND_ONLY = ("entry", "node", "checkpoint", "procedure")


def schema_of(kind: LedgerKind) -> str:
    """The schema of a ledger."""
    return f"sop_{kind}"


def vault_of(kind: LedgerKind) -> str:
    """The schema of what stands behind a ledger's commitments."""
    return f"sop_{kind}_vault"


def lock_of(kind: LedgerKind) -> int:
    """The second half of the advisory lock that appending to a ledger takes."""
    return list(LedgerKind).index(kind) + 1


def expression(column: str) -> str:
    """What the body says of a searched column of `entry`."""
    value = f"(body::jsonb ->> '{column}')"
    return f"({value}::bigint)" if column in _NUMBERS else value


def _searched() -> str:
    lines = []
    for name in SEARCHED:
        kind = "bigint" if name in _NUMBERS else 'text COLLATE "C"'
        always = " NOT NULL" if name in _NOT_NULL else ""
        lines.append(f'  "{name}" {kind}{always},\n')
    return "".join(lines)


TABLES = {
    "entry": f"""\
CREATE TABLE entry (
  seq bigint NOT NULL PRIMARY KEY CHECK (seq >= 0),
  body text COLLATE "C" NOT NULL,
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
{_searched()}\
  UNIQUE (prev),
  UNIQUE (run, run_seq)
)""",
    "node": """\
CREATE TABLE node (
  level integer NOT NULL CHECK (level > 0),
  "index" bigint NOT NULL CHECK ("index" >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, "index")
)""",
    "checkpoint": """\
CREATE TABLE checkpoint (
  size bigint NOT NULL PRIMARY KEY,
  note text COLLATE "C" NOT NULL
)""",
    "procedure": """\
CREATE TABLE procedure (
  digest text COLLATE "C" NOT NULL PRIMARY KEY,
  yaml bytea NOT NULL
)""",
    "run_summary": 'CREATE TABLE run_summary (\n  run text COLLATE "C" NOT NULL PRIMARY KEY,\n'
    "  run_seq bigint NOT NULL,\n  facts text NOT NULL"
    + "".join(
        f",\n  {name} text COLLATE \"C\" GENERATED ALWAYS AS (facts::jsonb ->> '{name}') STORED"
        for name in _FACTS
    )
    + "\n)",
    "schema_version": "CREATE TABLE schema_version (version_num varchar(32) NOT NULL PRIMARY KEY)",
}

INDEXES = {
    "entry_key": 'CREATE INDEX entry_key ON entry ("key")',
    # The entries of no run are few among many: people, keys, procedures.
    "entry_outside": "CREATE INDEX entry_outside ON entry (seq) WHERE run IS NULL",
    # By hash: people type tickets, and a long one would not fit into a page of a tree.
    "run_summary_ticket": "CREATE INDEX run_summary_ticket ON run_summary USING hash (ticket)",
    "run_summary_open": "CREATE INDEX run_summary_open ON run_summary (last) WHERE status <> 'ended'",
}

BODIES = {
    "refuse_change": "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23000'; END",
    # After all rows of a statement. With the unique keys, by induction: no gap and no fork. What is looked for is
    # a value of one row, NULL where there is none: of EXISTS a plan could be made that reads the whole table.
    "entry_next": """\
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
END""",
    "node_next": """\
BEGIN
  IF EXISTS (SELECT FROM added WHERE "index" > 0 AND
    (SELECT node.level FROM node WHERE node.level = added.level AND node."index" = added."index" - 1) IS NULL)
  THEN
    RAISE EXCEPTION 'node is append-only: this is not its next position' USING ERRCODE = '23000';
  END IF;
  RETURN NULL;
END""",
    "checkpoint_next": """\
BEGIN
  IF NEW.size IS DISTINCT FROM (SELECT max(seq) + 1 FROM entry)
    OR EXISTS (SELECT FROM checkpoint WHERE size > NEW.size)
  THEN
    RAISE EXCEPTION 'checkpoint is append-only: it covers the newest entry' USING ERRCODE = '23000';
  END IF;
  RETURN NULL;
END""",
}

TRIGGERS = {
    **{
        f"{table}_no_{verb}": (table, f"BEFORE {verb.upper()} ON {table} FOR EACH {each} EXECUTE FUNCTION refuse_change()")
        for table in APPEND_ONLY
        for verb, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
    },
    **{
        f"{table}_next": (table, f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {table}_next()")
        for table in ("entry", "node")
    },
    "checkpoint_next": ("checkpoint", "AFTER INSERT ON checkpoint FOR EACH ROW EXECUTE FUNCTION checkpoint_next()"),
}  # fmt: skip

PROJECTION = {
    "put_summary(run text, run_seq bigint, facts text)": """\
INSERT INTO run_summary (run, run_seq, facts) VALUES ($1, $2, $3)
  ON CONFLICT (run) DO UPDATE SET run_seq = excluded.run_seq, facts = excluded.facts""",
    "clear_summaries()": "DELETE FROM run_summary",
}

VAULT_TABLES = (
    'CREATE TABLE subject (subject text COLLATE "C" NOT NULL PRIMARY KEY, wrapped bytea NOT NULL)',
    "CREATE TABLE value (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run text NOT NULL, "
    'name text NOT NULL, subject text COLLATE "C" NOT NULL REFERENCES subject, digest text NOT NULL, sealed bytea NOT NULL, '
    "UNIQUE (run, name, digest))",
    "CREATE INDEX value_subject ON value (subject)",
)
SEALED = {"value": "sealed", "subject": "wrapped"}
"""Columns by table that a server takes no samples of: in its statistics they would outlive an erasure."""
ERASING = {
    "erase_value(of_run text, of_name text, of_subject text)": (
        "DELETE FROM value WHERE run = $1 AND name = $2 AND subject = $3"
    ),
    "forget_subject(gone text)": """\
DELETE FROM subject WHERE subject = $1
  AND NOT EXISTS (SELECT FROM value WHERE value.subject = subject.subject)""",
}


def log_statements(schema: str) -> tuple[str, ...]:
    """What makes the tables of a ledger in its schema, which is the search path."""
    return (
        *TABLES.values(),
        *INDEXES.values(),
        *guards(schema),
        f"INSERT INTO schema_version VALUES ('{VERSION:04}')",  # noqa: S608 - a constant
    )


def guards(schema: str) -> tuple[str, ...]:
    """What makes the functions and triggers of a ledger, or makes them again as they were."""
    path = f'SET search_path = "{schema}", pg_temp'
    return (
        *(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {path} AS $body$\n{body}\n$body$"
            for name, body in BODIES.items()
        ),
        *(f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, (table, _) in TRIGGERS.items()),
        *(f"CREATE TRIGGER {name} {rest}" for name, (_, rest) in TRIGGERS.items()),
        *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for name, (table, _) in TRIGGERS.items()),
        *_definers(PROJECTION, path),
    )


def vault_statements(schema: str) -> tuple[str, ...]:
    """What makes the tables of a vault in its schema, which is the search path."""
    return (*VAULT_TABLES, *_definers(ERASING, f'SET search_path = "{schema}", pg_temp'), *unsampled(schema))


def unsampled(schema: str) -> tuple[str, ...]:
    """What drops the samples of the sealed columns of a vault, and lets the server take no more."""
    return tuple(
        f'ALTER TABLE "{schema}".{table} ALTER COLUMN {column} TYPE bytea, ALTER COLUMN {column} SET STATISTICS 0'
        for table, column in SEALED.items()
    )


def grants(schema: str, role: str) -> tuple[str, ...]:
    """What lets a role (quoted) use a schema: to read and to add; nothing else. For a ledger and for a vault."""
    return (
        f'GRANT USAGE ON SCHEMA "{schema}" TO {role}',
        f'GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA "{schema}" TO {role}',
        f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "{schema}" TO {role}',
    )


def _definers(functions: dict[str, str], path: str) -> tuple[str, ...]:
    """Functions that do for whoever may call them what only the owner may."""
    made = []
    for signature, body in functions.items():
        head = f"CREATE OR REPLACE FUNCTION {signature} RETURNS void LANGUAGE sql SECURITY DEFINER {path}"
        made += [f"{head} AS $body$\n{body}\n$body$", f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"]
    return tuple(made)
