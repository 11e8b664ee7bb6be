"""Finding runs: a reviewer's index, brought up to date from the log whenever it is looked at."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.audit.entry import Entry
from sop_runner.base.errors import NotVerified, SopError
from sop_runner.machine.plan import Plan
from sop_runner.review.marking import run_marked
from sop_runner.review.search.fold import RunFold
from sop_runner.review.search.query import Days, parse
from sop_runner.stores.heads import log_name
from sop_runner.stores.run_index import RunIndex

from .context import Context

SLICE = 2_000
"""Entries that are read at a time: what is asked meanwhile waits for no more of them."""


def index_file(state: Path, context: Context) -> Path:
    """Where a reviewer keeps the index of a log."""
    return state / "runs" / f"{log_name(context.ledger.opening.log)}.db"


class Search:
    """The runs of a ledger, found by what a reviewer asks."""

    def __init__(self, context: Context, index: RunIndex) -> None:
        self._context, self._index = context, index
        self._plans: dict[tuple[str, ...], Plan | None] = {}
        self._checked = False

    def read_on(self) -> tuple[int, int]:
        """Read a slice of what is new; how many entries are read now, and how many there are."""
        ledger, index = self._context.ledger, self._index
        size = ledger.size()
        read, leaf = index.place()
        if not self._checked and read and (read > size or self._leaf(read - 1) != leaf):
            index.clear()  # another log, or this one with another history
            read = 0
        self._checked = True
        stop = min(read + SLICE, size)
        if read < stop:
            index.put(read, stop, self._leaf(stop - 1), (fold.indexed() for fold in self._folded(read, stop)))
        return stop, size

    def find(self, query: str) -> "array[int]":
        """What is found, as numbers for `facts`, newest first. Raises UsageError for what is no query."""
        zone = ZoneInfo(self._context.settings.timezone)
        today = self._context.clock.now().wall.astimezone(zone).date()
        return self._index.find(parse(query, Days(zone, today)))

    def facts(self, ids: Sequence[int]) -> list[Mapping[str, Any]]:
        """What a list shows of runs that were found."""
        return self._index.facts(ids)

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _folded(self, start: int, stop: int) -> Iterable[RunFold]:
        entries = list(self._entries(start, stop))
        runs = {run for entry in entries if (run := entry.run or run_marked(entry)) is not None}
        known = self._index.known(runs)
        folds = {run: RunFold(run, known[run]) for run in runs & known.keys()}
        for entry in entries:
            if entry.run is not None:
                folds.setdefault(entry.run, RunFold(entry.run)).take(entry, self._plan)
            elif (run := run_marked(entry)) is not None and run in folds:
                folds[run].mark(entry)
        return folds.values()

    def _entries(self, start: int, stop: int) -> Iterator[Entry]:
        """The entries of a slice; of a log that was changed, those of them that can still be read."""
        ledger = self._context.ledger
        try:
            found = list(ledger.scan(start, stop))
        except NotVerified:
            found = []
            for seq in range(start, stop):
                with suppress(NotVerified):
                    found += ledger.scan(seq, seq + 1)
        yield from filter(_can_be_found, found)

    def _leaf(self, seq: int) -> bytes:
        try:
            return self._context.ledger.node(0, seq)
        except NotVerified:
            return b""

    def _plan(self, pin: Mapping[str, Any], callees: Sequence[Mapping[str, Any]]) -> Plan | None:
        key = (pin["digest"], *(one["digest"] for one in callees))
        if key not in self._plans:
            try:
                self._plans[key] = self._context.plans.pinned(pin["digest"], callees)
            except SopError:
                self._plans[key] = None
        return self._plans[key]


def _can_be_found(entry: Entry) -> bool:
    """Whether an entry names its run and its place as every program writes them."""
    if not (isinstance(entry.run, str | None) and isinstance(entry.seq, int) and abs(entry.seq) < 2**53):
        return False
    try:
        return entry.run is None or bool(entry.run.encode())
    except UnicodeEncodeError:
        return False
