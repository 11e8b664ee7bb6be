"""Commits to a log on a server that the writers of several processes of a user share, in one round trip each.

A writer believes that the log ends where the last one here left it, and sends entries, tree, checkpoint
and commit together; the server, which has the lock, adds them only where that is so. Where another
machine has written meanwhile the writer looks and adds, in two round trips under the lock.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import Connection, errors

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.log import Opening
from sop_runner.audit.note import Signer
from sop_runner.stores import queries
from sop_runner.stores.commits import GivenUp, SharedCommits, Wanted
from sop_runner.stores.group import Answer, Request, Written, settle
from sop_runner.stores.pen import Pen
from sop_runner.stores.postgres_batch import Batch, believe, look
from sop_runner.stores.postgres_pool import Database, is_of_the_request
from sop_runner.stores.postgres_schema import lock_of
from sop_runner.stores.postgres_words import words


class PostgresCommits(SharedCommits):
    """The writing side of one log; not for use by several threads at once."""

    failures = (psycopg.Error,)
    patience_s = 3.0
    without_s = 30.0
    """How long to do without the pen once it was waited for in vain: its process may be stopped."""

    def __init__(self, database: Database, opening: Opening, signer: Signer, pen: Path | None) -> None:
        """`pen` is the file by which this user's processes take turns; without one each writes for itself."""
        self._pen = None if pen is None else Pen(pen)
        super().__init__(opening, signer, pen)
        self._database = database
        self._lock = lock_of(opening.kind)
        self._without_until = 0.0

    def close(self) -> None:
        if self._pen is not None:
            self._pen.close()
        super().close()

    def _try_to_begin(self) -> bool:
        return self._pen is None or self._pen.take() or time.monotonic() < self._without_until

    def _insist(self) -> None:
        """Go on without the pen: the server's lock is enough."""
        self._without_until = time.monotonic() + self.without_s

    def _let_go(self) -> None:
        if self._pen is not None:
            self._pen.let_go()

    def _group(self, requests: Sequence[Request], wanted: Wanted) -> Written:
        if self._pen is not None:
            self._edge = self._pen.left(self._signer.verifier) or self._edge

        def work(connection: Connection) -> Written:
            return self._believing(connection, requests, wanted) or self._looking(
                connection, requests, wanted
            )

        written = self._database.write(work)
        self._edge = written.edge
        if self._pen is not None:
            self._pen.leave(written.edge)
        return written

    def _believing(
        self, connection: Connection, requests: Sequence[Request], wanted: Wanted
    ) -> Written | None:
        """Write a group without having looked; None, with nothing written, where that is not possible."""
        edge = self._edge
        if edge is None or edge.signer != self._signer.verifier:
            return None
        facts = believe(edge, requests)
        if facts is None:
            return None
        batch = Batch(facts)
        written = self._write(batch, edge, requests)
        if not all(isinstance(answer, tuple) for answer in written.answers):
            return None  # nobody is refused for what is only believed
        if not wanted(written):
            raise GivenUp
        head = Checkpoint(self._opening.origin, edge.frontier.size, edge.frontier.root())
        return written if batch.send(connection, self._lock, head.text, requests) else None

    def _looking(self, connection: Connection, requests: Sequence[Request], wanted: Wanted) -> Written:
        batch = Batch(facts := look(connection, self._lock, requests, self._ring.upto))
        written = self._write(batch, None, requests)
        if not wanted(written):
            raise GivenUp
        if written.note is None:
            connection.rollback()
        elif not batch.send(connection, self._lock, facts.note or ""):
            raise errors.SerializationFailure("somebody writes who does not take the lock")
        alone = self._edge is None or facts.tail == (self._edge.frontier.size - 1, self._edge.leaf)
        # Where other machines write, the next one here looks first.
        return written if alone else replace(written, edge=replace(written.edge, signer=None))

    def _settle(self, request: Request) -> Answer | None:
        def work(connection: Connection) -> Answer | None:
            batch = Batch(look(connection, None, (request,), 0))
            connection.rollback()
            return settle(batch, self._opening, request)

        return self._database.run(work)

    def _newest_note(self) -> str | None:
        rows = self._database.run(lambda c: c.execute(words(queries.NEWEST_NOTE)).fetchall())
        return str(rows[0][0]) if rows else None

    def _is_of_the_request(self, error: Exception) -> bool:
        return is_of_the_request(error)
