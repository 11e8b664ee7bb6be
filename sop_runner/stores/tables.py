"""The tables of a desk's database, declared with SQLModel for readers and other databases.

SQLite executes the text of `schema`, which also holds the triggers; a test holds both equal.
Never import this where an entry is appended or a log is opened: it costs half a second.
"""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from sop_runner.stores.schema import COLUMNS


def _from_body(name: str, *, type_: Any = Text, nullable: bool = True, unique: bool = False) -> Any:
    expression = Computed(f"json_extract(body, '{COLUMNS[name]}')", persisted=False)
    return Field(sa_column=Column(name, type_, expression, nullable=nullable, unique=unique))


def _from_facts(name: str) -> Any:
    return Field(sa_column=Column(name, Text, Computed(f"json_extract(facts, '$.{name}')", persisted=False)))


def _stored(type_: Any, *, primary_key: bool = False) -> Any:
    return Field(sa_column=Column(type_, primary_key=primary_key, nullable=False, autoincrement=False))


class EntryRow(SQLModel, table=True):
    """One entry; everything but `seq`, `body` and `leaf` is generated from the body."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("run", "run_seq"),
        CheckConstraint("typeof(body) = 'text'"),
        CheckConstraint("typeof(leaf) = 'blob' AND length(leaf) = 32"),
        Index("entry_key", "key"),
    )

    seq: int = _stored(Integer, primary_key=True)
    body: str = _stored(Text)
    leaf: bytes = _stored(LargeBinary)
    prev: str = _from_body("prev", nullable=False, unique=True)
    run: str | None = _from_body("run")
    run_seq: int | None = _from_body("run_seq", type_=Integer)
    type: str = _from_body("type", nullable=False)
    key: str = _from_body("key", nullable=False)
    actor: str | None = _from_body("actor")
    at: str | None = _from_body("at")
    procedure: str | None = _from_body("procedure")
    wall: str = _from_body("wall", nullable=False)


class NodeRow(SQLModel, table=True):
    """One inner node of the Merkle tree; leaves are in `entry`."""

    __tablename__ = "node"
    __table_args__ = (
        CheckConstraint("level > 0"),
        CheckConstraint("typeof(hash) = 'blob' AND length(hash) = 32"),
        {"sqlite_with_rowid": False},
    )

    level: int = _stored(Integer, primary_key=True)
    index: int = _stored(Integer, primary_key=True)
    hash: bytes = _stored(LargeBinary)


class CheckpointRow(SQLModel, table=True):
    """One signed checkpoint, by the number of entries it covers."""

    __tablename__ = "checkpoint"
    __table_args__ = (CheckConstraint("typeof(note) = 'text'"),)

    size: int = _stored(Integer, primary_key=True)
    note: str = _stored(Text)


class ProcedureRow(SQLModel, table=True):
    """The text of a procedure under its digest."""

    __tablename__ = "procedure"
    __table_args__ = (CheckConstraint("typeof(yaml) = 'blob'"), {"sqlite_with_rowid": False})

    digest: str = _stored(Text, primary_key=True)
    yaml: bytes = _stored(LargeBinary)


class RunSummaryRow(SQLModel, table=True):
    """The projection of one run for the board; rebuildable from the entries."""

    __tablename__ = "run_summary"
    __table_args__ = (
        Index("run_summary_ticket", "ticket"),
        Index("run_summary_open", "last", sqlite_where=text("status <> 'ended'")),
        {"sqlite_with_rowid": False},
    )

    run: str = _stored(Text, primary_key=True)
    run_seq: int = _stored(Integer)
    facts: str = _stored(Text)
    ticket: str | None = _from_facts("ticket")
    status: str | None = _from_facts("status")
    waiting_for: str | None = _from_facts("waiting_for")
    due: str | None = _from_facts("due")
    last: str | None = _from_facts("last")


AUDIT_TABLES = (EntryRow, NodeRow, CheckpointRow, ProcedureRow, RunSummaryRow)
