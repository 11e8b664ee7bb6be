"""Commits to a SQLite log that the writers of several processes share.

Who finds the database free writes at once. Who finds it taken leaves its requests in the waiting
room, where whoever writes next takes them along. SQLite's own lock decides who that is, so there
is nobody to elect, and a writer that is killed is followed by the next one that tries.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from sop_runner.audit.keyring import Keyring
from sop_runner.audit.log import Opening
from sop_runner.audit.note import Signer
from sop_runner.stores.connection import (
    BEGIN,
    PATIENCE_S,
    begun,
    is_of_the_request,
    snapshot,
    transaction,
    try_to_begin,
)
from sop_runner.stores.group import Answer, Edge, Request, Written, settle, write_group
from sop_runner.stores.heads import HeadFile
from sop_runner.stores.request_wire import (
    decode_answers,
    decode_requests,
    encode_answers,
    encode_requests,
)
from sop_runner.stores.sqlite_tables import SqliteTables
from sop_runner.stores.waiting import Waiting, WaitingRoom


class _GivenUp(Exception):
    """Somebody whose request was taken along has given it up meanwhile."""


class SqliteCommits:
    """The writing side of one connection; not for use by several threads at once."""

    def __init__(self, path: Path, connection: sqlite3.Connection, opening: Opening, signer: Signer) -> None:
        self.head: HeadFile | None = None
        self._path = path
        self._connection = connection
        self._tables = SqliteTables(connection)
        self._opening = opening
        self._signer = signer
        self._ring = Keyring(opening.origin, opening.key)
        self._edge: Edge | None = None
        self._seats: WaitingRoom | None = None

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """Write requests, here or by the process that writes now; durable when this returns.

        Raises sqlite3.Error where it cannot be told whether they are written.
        """
        if not self._room.must_yield() and try_to_begin(self._connection):
            return self._commit(requests)
        answered = self._begin(encode_requests(requests))
        if answered is None:
            return self._commit(requests)
        told = decode_answers(answered, self._opening.log, requests)
        if self.head is not None and told.note and told.kept != str(self.head.path):
            self.head.keep(told.note)
        answers = [
            known or self._settle(request)
            for request, known in zip(requests, told.entries or [None] * len(requests), strict=True)
        ]
        left = [request for request, answer in zip(requests, answers, strict=True) if answer is None]
        if left:  # who looked at them could not write them
            self._begin()
        rest = iter(self._commit(left) if left else ())
        return [next(rest) if answer is None else answer for answer in answers]

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """A transaction for other things than appending, in turn with those who append."""
        self._begin()
        try:
            with begun(self._connection) as db:
                yield db
        finally:
            self._room.call_next()

    def close(self) -> None:
        """Let go of the waiting room; safe to call twice."""
        if self._seats is not None:
            self._seats.close()

    def _begin(self, data: bytes = b"") -> bytes | None:
        """Begin a transaction; else what another process answered to the requests in `data` meanwhile."""
        waited = 0.0
        with self._room.sitting(data) as seat:
            while not (seat.may_try() and try_to_begin(self._connection)):
                if (answer := seat.answer()) is not None:
                    return answer
                if waited > PATIENCE_S:
                    self._connection.execute(BEGIN)
                    break
                waited += seat.wait()
        return None

    def _commit(self, own: Sequence[Request]) -> list[Answer]:
        """Write requests, and what waits elsewhere, in the transaction that has begun."""
        others = [(waiting, decode_requests(waiting.data)) for waiting in self._room.others()]
        asked = [request for _, requests in others for request in requests]
        answers: Iterator[Answer] = iter(())
        note = b""
        try:
            try:
                with begun(self._connection):
                    written = self._write([*asked, *own])  # in the order of their coming
                    if asked and not self._room.still_wait(_newly(written, others)):
                        raise _GivenUp
                answers = iter(written.answers)
            except (_GivenUp, sqlite3.Error) as error:
                if isinstance(error, sqlite3.Error) and not (asked and is_of_the_request(error)):
                    raise
                # One of the others' is not to be written; each of them tries for itself.
                with transaction(self._connection):
                    written = self._write(own)
            self._edge = written.edge
            # Nothing is new where all was written before, by one whose answer came late.
            note = written.note or (self._tables.newest_note() or "").encode()
            if self.head is not None:
                self.head.keep(note)
        finally:
            self._room.call_next([waiting for waiting, _ in others])
            kept = str(self.head.path) if self.head is not None else ""
            for waiting, requests in others:
                told = list(islice(answers, len(requests)))
                self._room.answer(waiting, encode_answers(told, note, kept) if told else b"")
        return list(written.answers[-len(own) :])

    def _settle(self, request: Request) -> Answer | None:
        with snapshot(self._connection):
            return settle(self._tables, self._opening, request)

    def _write(self, requests: Sequence[Request]) -> Written:
        return write_group(self._tables, self._opening, self._ring, self._signer, self._edge, requests)

    @property
    def _room(self) -> WaitingRoom:
        if self._seats is None:  # a reader needs none
            self._seats = WaitingRoom(self._path)
        return self._seats


def _newly(written: Written, others: Sequence[tuple[Waiting, Sequence[Request]]]) -> list[Waiting]:
    """Those for whom something is written that was not there before."""
    answers = iter(written.answers)
    found = []
    for waiting, requests in others:
        mine = list(islice(answers, len(requests)))
        if any(isinstance(answer, tuple) and answer[0].seq >= written.start for answer in mine):
            found.append(waiting)
    return found
