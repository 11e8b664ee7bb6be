"""The rows of a log in a database for verification, without trusting or changing it."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sop_runner.audit.verify import Row
from sop_runner.base.errors import NotVerified
from sop_runner.stores.reading import one_node

CHUNK = 500  # rows a statement: no writer waits longer for a reader
# Both are null where an entry is of no run, so that the index on them leads to these alone.
_KEY_ENTRIES = (
    "SELECT seq, body FROM entry WHERE run IS NULL AND run_seq IS NULL AND seq < ? "
    "AND type IN ('KeyEnrolled', 'KeyRetired', 'KeyRotated') ORDER BY seq"
)
LOWEST = -(2**63)  # the first key may be below zero in a database that somebody changed


class LogSource(ABC):
    """A log as of the moment it was opened; later entries are left out."""

    def __init__(self, place: str) -> None:
        """Reads how far the log goes. `place` is how people call where it lies."""
        self.place = place
        # One statement, so that both are of the same moment while others append.
        ((self._stop, self._top),) = self._all(
            "SELECT (SELECT coalesce(max(seq), -1) + 1 FROM entry), "
            "(SELECT coalesce(max(size), 0) FROM checkpoint)"
        )

    @abstractmethod
    def _all(self, sql: str, *values: Any) -> list[Any]:
        """The rows of a query in SQLite's words. Raises Unverifiable where they cannot be read."""

    @abstractmethod
    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The entries `start` up to before `stop` by seq, all that stand before as well from 0 on; with their searched columns where these are not known to fit."""

    @abstractmethod
    def weaknesses(self) -> tuple[str, ...]:
        """Sentences on what the schema lacks."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""

    @property
    def size(self) -> int:
        """The number of entries as of that moment."""
        return int(self._stop)

    @property
    def as_of(self) -> tuple[int, int]:
        """That moment: the number of entries, and the size of the newest checkpoint."""
        return self._stop, self._top

    def see_as_of(self, moment: tuple[int, int]) -> None:
        """Leave out what came later than at a `moment` that another source was opened."""
        self._stop, self._top = moment

    def checkpoints(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        first, end = (start + 1 if start else LOWEST), (self._top if stop is None else stop) + 1
        sql = "SELECT size, CAST(note AS BLOB) FROM checkpoint WHERE size >= ? AND size < ? "
        return chain.from_iterable(self._chunks(sql + "ORDER BY size LIMIT ?", end, first))

    def nodes(self, level: int, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        end = max(self._stop, self._top) >> level if stop is None else stop
        sql = (
            f'SELECT "index", hash FROM node WHERE level = {level:d} AND "index" >= ? AND "index" < ? '  # noqa: S608 - a number
            'ORDER BY "index" LIMIT ?'
        )
        return chain.from_iterable(self._chunks(sql, end, start or LOWEST))

    def node(self, level: int, index: int) -> bytes:
        """One stored node, leaves included, for proofs. Raises NotVerified where it is missing."""
        if level == 0:
            return one_node(self._all("SELECT leaf FROM entry WHERE seq = ?", index), level, index)
        rows = self._all('SELECT hash FROM node WHERE level = ? AND "index" = ?', level, index)
        return one_node(rows, level, index)

    def of_run(self, run: str | None, stop: int) -> Iterator[tuple[int, bytes, bytes]]:
        """The entries of a run below `stop`, of none for None: seq, body and leaf, in order."""
        which = "run IS NULL AND run_seq IS NULL" if run is None else "run = ?"
        sql = (
            f"SELECT seq, CAST(body AS BLOB), leaf FROM entry WHERE {which} AND seq < ? ORDER BY run_seq, seq"  # noqa: S608 - constants
        )
        yield from self._all(sql, *(() if run is None else (run,)), stop)

    def at(self, places: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Index and body of the entries at these places, which come in order."""
        for first in range(0, len(places), CHUNK):
            some = places[first : first + CHUNK]
            marks = ", ".join("?" * len(some))
            sql = f"SELECT seq, CAST(body AS BLOB) FROM entry WHERE seq IN ({marks}) ORDER BY seq"  # noqa: S608 - marks
            yield from self._all(sql, *some)

    def key_entries(self, stop: int) -> Iterator[tuple[int, str, Any]]:
        """Index, type and evidence of the entries below `stop` that tell of keys."""
        for index, body in self._all(_KEY_ENTRIES, stop):
            raw = json.loads(body)
            yield index, raw["type"], raw["evidence"]

    def procedures(self) -> Iterator[tuple[str, bytes]]:
        """The kept texts of procedures, by digest."""
        for pin, text in self._all("SELECT digest, CAST(yaml AS BLOB) FROM procedure ORDER BY digest"):
            yield str(pin), bytes(text)

    def checkpoint(self) -> bytes:
        """The newest checkpoint. Raises NotVerified where there is none."""
        rows = self._all("SELECT CAST(note AS BLOB) FROM checkpoint WHERE size = ?", self._top)
        if not rows:
            raise NotVerified(f"'{self.place}' holds no checkpoint")
        return bytes(rows[0][0])

    def signed_at(self, size: int) -> bytes | None:
        """The checkpoint of exactly that size; None where nothing was signed then."""
        rows = self._all("SELECT CAST(note AS BLOB) FROM checkpoint WHERE size = ?", size)
        return bytes(rows[0][0]) if rows else None

    def signed(self) -> int:
        """How many checkpoints there are."""
        ((count,),) = self._all("SELECT count(*) FROM checkpoint")
        return int(count)

    def holds_runs(self) -> bool:
        """Whether any entry is of a run."""
        return bool(self._all("SELECT 1 FROM entry WHERE run IS NOT NULL LIMIT 1"))

    def tells_of_more(self) -> bool:
        """Whether a projection tells of entries that are not there: they were, in this very database."""
        sql = (
            "SELECT 1 FROM run_summary WHERE run_seq > coalesce("
            "(SELECT max(run_seq) FROM entry WHERE entry.run = run_summary.run), -1) LIMIT 1"
        )
        return bool(self._all(sql))

    def _compared(self, paths: Mapping[str, str], start: int, stop: int) -> Iterator[Row]:
        """The rows with their searched columns; `paths` says where each is in the body."""
        names = "".join(f', "{name}"' for name in paths)
        sql = f"SELECT seq, CAST(body AS BLOB), leaf{names} FROM entry WHERE seq >= ? AND seq < ? "  # noqa: S608 - constants
        chunks = self._chunks(sql + "ORDER BY seq LIMIT ?", stop, start)
        for seq, body, leaf, *values in chain.from_iterable(chunks):
            yield seq, _bytes(body), _bytes(leaf), dict(zip(paths.values(), values, strict=True))

    def _chunks(self, sql: str, stop: int, start: int = LOWEST) -> Iterator[list[Any]]:
        while chunk := self._all(sql, start, stop, CHUNK):
            yield chunk
            start = chunk[-1][0] + 1


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
