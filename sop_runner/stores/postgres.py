"""The audit log in PostgreSQL: many machines, one chain, commits that threads and a user's processes share.

How a group of actions is written is in `postgres_commits`. Where the answer is lost it is tried again on a
new connection: its idempotency keys tell what is written already.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.log import CHUNK, LedgerKind, Opening, Summary, first_entry, read_opening
from sop_runner.audit.note import Signer
from sop_runner.audit.tree import Frontier
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import AppendFailed, NotVerified, UsageError
from sop_runner.base.message import msg
from sop_runner.stores import queries
from sop_runner.stores.group import Answer, Request, sign
from sop_runner.stores.heads import HeadFile, name_here, refuse_other
from sop_runner.stores.postgres_batch import Batch, Facts, begin, put_summaries
from sop_runner.stores.postgres_commits import PostgresCommits
from sop_runner.stores.postgres_pool import Database, said
from sop_runner.stores.postgres_schema import lock_of, schema_of
from sop_runner.stores.postgres_state import refuse_unfit
from sop_runner.stores.postgres_words import words
from sop_runner.stores.reading import LogReading
from sop_runner.stores.together import Together

_MOST_SEEN = 1_000  # runs
_KEEP_PROCEDURE = "INSERT INTO procedure (digest, yaml) VALUES (%s, %s) ON CONFLICT DO NOTHING"


def refuse_used_database(url: str) -> None:
    """Raise UsageError unless a database is set up for a desk and holds none; nothing is written."""
    for kind in LedgerKind:
        database = Database(url, schema_of(kind))
        with database.first() as connection:
            refuse_unfit(connection, schema_of(kind), database.place)
            _refuse_begun(connection, kind, database.place)


def _refuse_begun(connection: psycopg.Connection, kind: LedgerKind, place: str) -> None:
    if connection.execute(words(queries.TAIL)).fetchone() is not None:
        raise UsageError(
            f"'{place}' holds a {kind} log already",
            hint="It is never overwritten; name another database.",
        )


class PostgresLedger(LogReading, Together):
    """A `Ledger` in a schema of a PostgreSQL database; see the port for what each method promises."""

    failures = (psycopg.Error,)

    def __init__(
        self, database: Database, opening: Opening, signer: Signer, state: Path | None = None
    ) -> None:
        """Use `create` or `open`."""
        LogReading.__init__(self, database.place, opening)
        Together.__init__(self)
        self._database = database
        pen = None if state is None else state / "pens" / name_here(opening.log, database.place)
        self._commits = PostgresCommits(database, opening, signer, pen)
        self._seen: dict[str, tuple[int, bytes]] = {}

    @classmethod
    def create(cls, url: str, log: str, kind: LedgerKind, signer: Signer, ts: Stamp) -> "PostgresLedger":
        """Begin a log in the schema that `postgres_setup` made. Raises UsageError where one has begun."""
        database, entry = Database(url, schema_of(kind)), first_entry(log, kind, signer.verifier, ts)
        opening = read_opening(entry)
        with database.first() as connection:
            refuse_unfit(connection, schema_of(kind), database.place)
            begin(connection, lock_of(kind))
            _refuse_begun(connection, kind, database.place)
            batch, frontier = Batch(Facts()), Frontier()
            batch.add_entry(entry)
            frontier.push(entry.leaf)
            sign(batch, opening, signer, frontier)
            batch.send(connection, lock_of(kind), "")
        return cls(database, opening, signer)

    @classmethod
    def open(cls, url: str, kind: LedgerKind, signer: Signer, state: Path | None = None) -> "PostgresLedger":
        """Open an existing log. Raises UsageError where there is none, NotVerified where it is not the
        one that `state`, the user's state folder, has kept the head of."""
        database = Database(url, schema_of(kind))
        with database.first() as connection:
            refuse_unfit(connection, schema_of(kind), database.place)
            first = connection.execute(words(queries.FIRST)).fetchone()
        if first is None:
            raise UsageError(
                msg("'{path}' holds no {kind} log", path=database.place, kind=kind),
                hint=msg("make a desk with 'sop init'"),
            )
        opening = read_opening(Entry.parse(first[0]))
        if opening.kind is not kind:
            raise NotVerified(
                msg(
                    "'{path}' is a {kind} ledger and cannot be used as a {wanted} one",
                    path=database.place,
                    kind=opening.kind,
                    wanted=kind,
                )
            )
        opened = cls(database, opening, signer, state)
        try:
            if state is not None:
                opened._commits.head = head = HeadFile.of(state, opening.log, database.place)
                refuse_other(head, opened)
        except BaseException:
            opened.close()
            raise
        return opened

    def put_procedure(self, digest: str, text: bytes) -> None:
        def work(connection: psycopg.Connection) -> Any:
            connection.execute(_KEEP_PROCEDURE, (digest, text))
            return connection.execute(words(queries.PROCEDURE), (digest,)).fetchone()

        try:
            kept = self._database.run(work)
        except psycopg.Error as error:
            raise AppendFailed(
                msg("the procedure '{digest}' was not kept: {reason}", digest=digest, reason=said(error))
            ) from error
        if kept[0] != text:
            raise UsageError(msg("another text is kept under the digest '{digest}' already", digest=digest))

    def rebuild(self, summaries: Sequence[Summary]) -> None:
        def work(connection: psycopg.Connection) -> None:
            begin(connection, lock_of(self._opening.kind))
            connection.execute("SELECT clear_summaries()")
            for start in range(0, len(summaries), CHUNK):
                put_summaries(connection, summaries[start : start + CHUNK])
            connection.execute("COMMIT")

        try:
            self._database.run(work)
        except psycopg.Error as error:
            raise AppendFailed(msg("the summaries were not rebuilt: {reason}", reason=said(error))) from error

    def close(self) -> None:
        self._commits.close()
        self._database.close()

    def append(
        self,
        run: str | None,
        expected_run_seq: int,
        drafts: Sequence[Draft],
        summary: Summary | None = None,
    ) -> tuple[Entry, ...]:
        return self._noted(super().append(run, expected_run_seq, drafts, summary))

    def entries(self, run: str | None, from_run_seq: int = 0) -> tuple[Entry, ...]:
        return self._noted(super().entries(run, from_run_seq))

    def _noted(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Remember the newest entry of a run, for the next who adds to it."""
        if entries and (last := entries[-1]).run is not None and last.run_seq is not None:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[last.run] = last.run_seq, last.leaf
        return entries

    def _run_prev(self, run: str | None, expected_run_seq: int) -> bytes | None:
        at, leaf = self._seen.get(run or "", (-1, None))
        return leaf if at == expected_run_seq - 1 else None

    def _write(self, requests: Sequence[Request]) -> Sequence[Answer]:
        return self._commits.write(requests)

    def _all(self, sql: str, *values: Any) -> list[Any]:
        return self._database.rows(words(sql), values)
