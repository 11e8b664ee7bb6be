"""The SQL of a SQLite audit log: the one place that every executed CREATE comes from.

Searched columns are generated from `body` and VIRTUAL: nothing is stored that could disagree
with the hashed bytes. The insert triggers demand the exact next position, because UPDATE and
DELETE triggers alone are bypassed by INSERT OR REPLACE; they guard against accidents, not
against the owner of the file, who is found by verification.
"""

VERSION = 2  # PRAGMA user_version
APPLICATION_ID = 0x534F5031  # "SOP1"

# Searched fields: column -> path in the body. Column order is that of the tables.
COLUMNS = {
    "prev": "$.prev",
    "run": "$.run",
    "run_seq": "$.run_seq",
    "type": "$.type",
    "key": "$.key",
    "actor": "$.actor",
    "at": "$.at",
    "procedure": "$.procedure.id",
    "wall": "$.ts.wall",
}

TABLES = {
    "entry": """\
CREATE TABLE entry (
  seq INTEGER NOT NULL PRIMARY KEY,
  body TEXT NOT NULL CHECK (typeof(body) = 'text'),
  leaf BLOB NOT NULL CHECK (typeof(leaf) = 'blob' AND length(leaf) = 32),
  prev TEXT GENERATED ALWAYS AS (json_extract(body, '$.prev')) VIRTUAL NOT NULL UNIQUE,
  run TEXT GENERATED ALWAYS AS (json_extract(body, '$.run')) VIRTUAL,
  run_seq INTEGER GENERATED ALWAYS AS (json_extract(body, '$.run_seq')) VIRTUAL,
  type TEXT GENERATED ALWAYS AS (json_extract(body, '$.type')) VIRTUAL NOT NULL,
  "key" TEXT GENERATED ALWAYS AS (json_extract(body, '$.key')) VIRTUAL NOT NULL,
  actor TEXT GENERATED ALWAYS AS (json_extract(body, '$.actor')) VIRTUAL,
  at TEXT GENERATED ALWAYS AS (json_extract(body, '$.at')) VIRTUAL,
  procedure TEXT GENERATED ALWAYS AS (json_extract(body, '$.procedure.id')) VIRTUAL,
  wall TEXT GENERATED ALWAYS AS (json_extract(body, '$.ts.wall')) VIRTUAL NOT NULL,
  UNIQUE (run, run_seq)
)""",
    "node": """\
CREATE TABLE node (
  level INTEGER NOT NULL CHECK (level > 0),
  "index" INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (typeof(hash) = 'blob' AND length(hash) = 32),
  PRIMARY KEY (level, "index")
) WITHOUT ROWID""",
    "checkpoint": """\
CREATE TABLE checkpoint (
  size INTEGER NOT NULL PRIMARY KEY,
  note TEXT NOT NULL CHECK (typeof(note) = 'text')
)""",
    "procedure": """\
CREATE TABLE procedure (
  digest TEXT NOT NULL PRIMARY KEY,
  yaml BLOB NOT NULL CHECK (typeof(yaml) = 'blob')
) WITHOUT ROWID""",
    "run_summary": """\
CREATE TABLE run_summary (
  run TEXT NOT NULL PRIMARY KEY,
  run_seq INTEGER NOT NULL,
  facts TEXT NOT NULL,
  ticket TEXT GENERATED ALWAYS AS (json_extract(facts, '$.ticket')) VIRTUAL,
  status TEXT GENERATED ALWAYS AS (json_extract(facts, '$.status')) VIRTUAL,
  waiting_for TEXT GENERATED ALWAYS AS (json_extract(facts, '$.waiting_for')) VIRTUAL,
  due TEXT GENERATED ALWAYS AS (json_extract(facts, '$.due')) VIRTUAL,
  last TEXT GENERATED ALWAYS AS (json_extract(facts, '$.last')) VIRTUAL
) WITHOUT ROWID""",
}

INDEXES = {
    "entry_key": 'CREATE INDEX entry_key ON entry ("key")',
    "run_summary_ticket": "CREATE INDEX run_summary_ticket ON run_summary (ticket)",
    # The board lists what has not ended; a million ended runs must not slow it down.
    "run_summary_open": "CREATE INDEX run_summary_open ON run_summary (last) WHERE status <> 'ended'",
}


def _frozen(table: str) -> dict[str, str]:
    return {
        f"{table}_no_{verb}": (
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        for verb in ("update", "delete")
    }


TRIGGERS = {
    **_frozen("entry"),
    "entry_next": """\
CREATE TRIGGER entry_next BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM entry)
  OR NEW.prev IS NOT coalesce(
    (SELECT lower(hex(leaf)) FROM entry WHERE seq = NEW.seq - 1),
    '0000000000000000000000000000000000000000000000000000000000000000')
  OR json_extract(NEW.body, '$.seq') IS NOT NEW.seq
  OR (NEW.run IS NULL) IS NOT (NEW.run_seq IS NULL)
  OR (NEW.run IS NOT NULL AND NEW.run_seq IS NOT
    (SELECT coalesce(max(run_seq), -1) + 1 FROM entry WHERE run = NEW.run))
BEGIN SELECT RAISE(ABORT, 'entry is append-only: this is not its next position'); END""",
    **_frozen("node"),
    "node_next": """\
CREATE TRIGGER node_next BEFORE INSERT ON node
WHEN EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND "index" = NEW."index")
  OR (NEW."index" > 0 AND NOT EXISTS
    (SELECT 1 FROM node WHERE level = NEW.level AND "index" = NEW."index" - 1))
BEGIN SELECT RAISE(ABORT, 'node is append-only: this is not its next position'); END""",
    **_frozen("checkpoint"),
    "checkpoint_next": """\
CREATE TRIGGER checkpoint_next BEFORE INSERT ON checkpoint
WHEN NEW.size IS NOT (SELECT max(seq) + 1 FROM entry)
  OR EXISTS (SELECT 1 FROM checkpoint WHERE size >= NEW.size)
BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only: it covers the newest entry'); END""",
    **_frozen("procedure"),
    "procedure_next": """\
CREATE TRIGGER procedure_next BEFORE INSERT ON procedure
WHEN EXISTS (SELECT 1 FROM procedure WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'procedure is append-only: this digest is kept already'); END""",
}

STATEMENTS: tuple[str, ...] = (*TABLES.values(), *INDEXES.values(), *TRIGGERS.values())


def weaknesses(found: dict[str, str | None]) -> list[str]:
    """Say what `found` (name -> SQL, from sqlite_schema) lacks or has beside this schema."""
    wanted = TABLES | INDEXES | TRIGGERS
    said = [f"{_what(name)} is missing" for name in wanted if name not in found]
    for name, sql in found.items():
        if name not in wanted:
            if not name.startswith("sqlite_"):
                said.append(f"'{name}' was added to the database")
        elif sql != wanted[name]:
            said.append(f"{_what(name)} was changed")
    return said


def _what(name: str) -> str:
    kind = "table" if name in TABLES else "index" if name in INDEXES else "guard"
    return f"the {kind} '{name}' of the database"
