"""What a log in a database answers to those who read it at the desk; see `Ledger` for the promises."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from sop_runner.audit.entry import Entry
from sop_runner.audit.keyring import Keyring
from sop_runner.audit.log import CHUNK, Opening, RunListing, Summary
from sop_runner.audit.note import VerifierKey
from sop_runner.base.errors import NotVerified, UsageError
from sop_runner.base.message import msg
from sop_runner.stores import queries


class LogReading(ABC):
    """The reading half of a `Ledger`; a database adds how it is asked."""

    def __init__(self, place: str, opening: Opening) -> None:
        """`place` is how people call where the log lies: a file, or a server without its password."""
        self.place = place
        self._opening = opening

    @abstractmethod
    def _all(self, sql: str, *values: Any) -> list[Any]:
        """The rows of a query of `queries`. Raises StoreFailed where the database does not answer."""

    @property
    def opening(self) -> Opening:
        return self._opening

    def entries(self, run: str | None, from_run_seq: int = 0) -> tuple[Entry, ...]:
        rows = self._all(queries.OUTSIDE) if run is None else self._all(queries.OF_RUN, run, from_run_seq)
        return tuple([Entry.parse(body) for (body,) in rows])

    def scan(self, start: int = 0, stop: int | None = None, chunk: int = CHUNK) -> Iterator[Entry]:
        end = self.size() if stop is None else stop
        while start < end and (rows := self._all(queries.PART, start, end, chunk)):
            for (body,) in rows:
                yield Entry.parse(body)
            start += len(rows)

    def size(self) -> int:
        ((newest,),) = self._all(queries.SIZE)
        return int(newest) + 1

    def checkpoint(self) -> bytes:
        rows = self._all(queries.NEWEST_NOTE)
        if not rows:
            raise NotVerified(msg("'{path}' holds no checkpoint", path=self.place))
        return str(rows[0][0]).encode()

    def node(self, level: int, index: int) -> bytes:
        if level == 0:
            return one_node(self._all(queries.LEAF, index), level, index)
        return one_node(self._all(queries.NODE, level, index), level, index)

    def keys(self) -> tuple[VerifierKey, ...]:
        """Every key that the log has or had."""
        ring = Keyring(self._opening.origin, self._opening.key)
        for (body,) in self._all(queries.KEY_ENTRIES, 0):
            entry = Entry.parse(body)
            ring.take(entry.type, entry.evidence)
            ring.covered(entry.seq + 1)
        return ring.known

    def procedure(self, digest: str) -> bytes:
        rows = self._all(queries.PROCEDURE, digest)
        if not rows:
            raise UsageError(
                msg(
                    "no procedure with the digest '{digest}' is kept in '{path}'",
                    digest=digest,
                    path=self.place,
                )
            )
        return bytes(rows[0][0])

    def runs(self) -> tuple[RunListing, ...]:
        return tuple(RunListing(*row) for row in self._all(queries.RUNS))

    def summaries(self, *, ended: bool = False, ticket: str | None = None) -> tuple[Summary, ...]:
        if ticket is not None:
            wanted = "ticket = ?" if ended else "ticket = ? AND status <> 'ended'"
            rows = self._all(queries.SUMMARIES.format(wanted), ticket)
        else:
            rows = self._all(queries.SUMMARIES.format("true" if ended else "status <> 'ended'"))
        return tuple(Summary(run, run_seq, json.loads(facts)) for run, run_seq, facts in rows)


def one_node(rows: list[Any], level: int, index: int) -> bytes:
    """The node of the tree in the rows that were found. Raises NotVerified where there is none."""
    if not rows:
        raise NotVerified(
            msg("the tree node {level}/{index} is missing", level=level, index=index),
            hint=msg("run 'sop audit verify'"),
        )
    return bytes(rows[0][0])
