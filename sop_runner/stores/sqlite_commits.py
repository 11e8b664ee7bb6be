"""Commits to a SQLite log that the writers of several processes share: SQLite's own lock says whose turn it is."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sop_runner.audit.log import Opening
from sop_runner.audit.note import Signer
from sop_runner.stores.commits import GivenUp, SharedCommits, Wanted
from sop_runner.stores.connection import (
    BEGIN,
    PATIENCE_S,
    begun,
    is_of_the_request,
    patiently,
    snapshot,
    try_to_begin,
)
from sop_runner.stores.group import Answer, Request, Written, settle
from sop_runner.stores.sqlite_tables import SqliteTables


class SqliteCommits(SharedCommits):
    """The writing side of one connection; not for use by several threads at once."""

    failures = (sqlite3.Error,)
    patience_s = PATIENCE_S

    def __init__(self, path: Path, connection: sqlite3.Connection, opening: Opening, signer: Signer) -> None:
        super().__init__(opening, signer, path)
        self._connection = connection
        self._tables = SqliteTables(connection)

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """A transaction for other things than appending, in turn with those who append."""
        self._begin()
        try:
            with begun(self._connection) as db:
                yield db
        finally:
            self._room.call_next()

    def _try_to_begin(self) -> bool:
        return try_to_begin(self._connection)

    def _insist(self) -> None:
        self._connection.execute(BEGIN)

    def _let_go(self) -> None:
        """Nothing: a transaction that has ended holds no lock."""

    def _group(self, requests: Sequence[Request], wanted: Wanted) -> Written:
        if not self._connection.in_transaction:
            patiently(self._connection, BEGIN)
        with begun(self._connection):
            written = self._write(self._tables, self._edge, requests)
            if not wanted(written):
                raise GivenUp
        self._edge = written.edge
        return written

    def _settle(self, request: Request) -> Answer | None:
        with snapshot(self._connection):
            return settle(self._tables, self._opening, request)

    def _newest_note(self) -> str | None:
        return self._tables.newest_note()

    def _is_of_the_request(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.Error) and is_of_the_request(error)
