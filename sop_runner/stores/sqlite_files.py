"""Making the file of a SQLite log, and opening one that is there."""

import sqlite3
from pathlib import Path

from sop_runner.audit.entry import Entry
from sop_runner.audit.log import LedgerKind, Opening, first_entry, read_opening
from sop_runner.audit.note import Signer
from sop_runner.audit.tree import Frontier
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import NotVerified, StoreFailed, UsageError
from sop_runner.base.message import msg
from sop_runner.stores import schema
from sop_runner.stores.connection import (
    BROKEN_DISK,
    code_of,
    configure,
    connect,
    journal_settings,
    patiently,
    transaction,
)
from sop_runner.stores.files import create_private, refuse_network
from sop_runner.stores.group import sign
from sop_runner.stores.sqlite_tables import SqliteTables
from sop_runner.stores.versions import refuse_other_version


def create_log(
    path: Path, log: str, kind: LedgerKind, signer: Signer, ts: Stamp
) -> tuple[sqlite3.Connection, Opening]:
    """Make the file of a new log; see `SqliteLedger.create`."""
    refuse_network(path)
    entry = first_entry(log, kind, signer.verifier, ts)
    create_private(path)
    connection = connect(path)
    try:
        configure(connection, *journal_settings())
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        opening = read_opening(entry)
        with transaction(connection) as db:
            db.execute(f"PRAGMA user_version = {schema.VERSION}")
            for statement in schema.STATEMENTS:
                db.execute(statement)
            tables, frontier = SqliteTables(db), Frontier()
            tables.add_entry(entry)
            frontier.push(entry.leaf)
            sign(tables, opening, signer, frontier)
    except BaseException:
        connection.close()
        raise
    return connection, opening


def open_log(path: Path, kind: LedgerKind) -> tuple[sqlite3.Connection, Opening]:
    """Open the file of a log; see `SqliteLedger.open`."""
    if not path.is_file():
        raise UsageError(
            msg("there is no audit log at '{path}'", path=str(path)),
            hint=msg("make a desk with 'sop init'"),
        )
    refuse_network(path)
    connection = connect(path)
    try:
        configure(connection, *journal_settings())
        opening = _opening(path, connection)
        if opening.kind is not kind:
            raise UsageError(
                msg(
                    "'{path}' is a {kind} ledger and cannot be used as a {wanted} one",
                    path=str(path),
                    kind=opening.kind,
                    wanted=kind,
                )
            )
    except sqlite3.DatabaseError as error:
        connection.close()
        if code_of(error) in BROKEN_DISK:
            raise StoreFailed(
                msg(
                    "the audit log '{path}' cannot be opened now: {reason}",
                    path=str(path),
                    reason=str(error),
                ),
                hint=msg("Check the disk and who may read the file, then try again."),
            ) from error
        raise NotVerified(
            msg("'{path}' is not a readable audit log: {reason}", path=str(path), reason=str(error))
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection, opening


def _opening(path: Path, connection: sqlite3.Connection) -> Opening:
    (tables,) = patiently(connection, "SELECT count(*) FROM sqlite_schema").fetchone()
    if tables == 0:
        raise NotVerified(
            msg("'{path}' is empty: making it was interrupted", path=str(path)),
            hint=msg("remove it and make it again"),
        )
    (version,) = patiently(connection, "PRAGMA user_version").fetchone()
    refuse_other_version(str(path), version, schema.VERSION)
    first = patiently(connection, "SELECT CAST(body AS BLOB) FROM entry WHERE seq = 0").fetchone()
    if first is None:
        raise NotVerified(
            msg("'{path}' has lost its first entry", path=str(path)), hint=msg("run 'sop audit verify'")
        )
    return read_opening(Entry.parse(first[0]))
