"""Verification on several processors: this process begins at once, the others take their parts when they are ready.

Each takes one stretch and replays the runs that begin in it, so that no row is read by two. Each reads in short
statements, as a single verification does.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sop_runner.audit.log import Opening
from sop_runner.audit.stretches import joint_at
from sop_runner.audit.walk import Joint, Stretch, walk
from sop_runner.base.interrupts import deaf_to_interrupts
from sop_runner.review.beyond import Beyond, Looking
from sop_runner.review.portion import Noted, Portion, fits
from sop_runner.stores.source import LogSource

from .helper import READY, serve
from .storing import Store

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

EACH = 2_048
"""Entries that this process takes at a time until the others are ready."""
WORTH_IT = 4 * EACH
"""Entries from which on a part is given to another."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Gone(Exception):
    """Another process has ended before its time."""


class Helper:
    """Another process; `told` hears how many more entries it took."""

    def __init__(self, conn: "Connection", told: Callable[[int], None]) -> None:
        self._conn, self._told, self._answers = conn, told, list[Any]()
        self.ready = False

    def ask(self, name: str, *what: Any) -> None:
        """Have something done; `answer` waits for it."""
        self._conn.send((name, *what))

    def hear(self) -> None:
        """Take what it says, if it says anything."""
        try:
            while self._conn.poll():
                self._take(self._conn.recv())
        except (EOFError, OSError):
            self.ready = False

    def answer(self) -> Any:
        """What was asked for. Raises _Gone where nobody is there any more."""
        while not self._answers:
            try:
                self._take(self._conn.recv())
            except (EOFError, OSError) as error:
                raise _Gone from error
        return self._answers.pop()

    def _take(self, said: Any) -> None:
        if said == READY:
            self.ready = True
        elif isinstance(said, int):
            self._told(said)
        else:
            self._answers.append(said)


class ProcessTeam:
    """Processes that verify one log as of one moment; see `review.verifying.Team`."""

    def __init__(self, source: LogSource, helpers: list[Helper], told: Callable[[int], None]) -> None:
        self._source, self._helpers, self._told = source, helpers, told
        self._portion: Portion | None = None
        self._noted: list[Noted] = []
        self._whole = False

    def walker(self, looking: Looking | None) -> Callable[[Opening, Joint, bool], Iterator[Stretch | None]]:
        """Walks the log in stretches; with `looking` the runs are replayed as well."""

        def walks(opening: Opening, first: Joint, every: bool) -> Iterator[Stretch | None]:
            self._portion = None if looking is None else Portion(looking, first=True)
            self._noted, self._whole = [], False
            try:
                yield from self._walk(opening, first, every)
                self._whole = True
            except (_Gone, OSError):
                yield None
            finally:
                if not self._whole:
                    self._helpers = []  # they are gone, or busy with what nobody waits for any more

        return walks

    def beyond(self) -> list[Beyond] | None:
        """What each found in the runs that it looked after; None where somebody is gone."""
        portion, noted = self._portion, self._noted
        if portion is None or not self._whole or not fits(noted):
            return None
        try:
            others = self._helpers[: len(noted) - 1]
            for number, helper in enumerate(others, 2):
                helper.ask("finish", noted[number:])
            return [portion.finish(self._source, noted[1:]), *[helper.answer() for helper in others]]
        except (_Gone, OSError):
            return None

    def _walk(self, opening: Opening, first: Joint, every: bool) -> Iterator[Stretch | None]:
        at, size, began = first, self._source.size, perf_counter()
        stop: int | None = at.size
        while stop is not None:
            start, since = at.size, perf_counter()
            stop = start + EACH if start + EACH < size else None
            part = self._own(opening, at, stop, every)
            yield part
            if part is None:
                return
            at = part.end
            if self._helpers and all(helper.ready for helper in self._helpers):
                pace = (perf_counter() - since) / EACH
                # What they have still to learn takes them as long as it took here.
                behind = (perf_counter() - began) / pace - (at.size - first.size)
                each = int((size - at.size - behind) / (len(self._helpers) + 1))
                if each > WORTH_IT:
                    yield from self._shared(opening, first, at, each, every)
                    return
        self._note()

    def _shared(
        self, opening: Opening, first: Joint, at: Joint, each: int, every: bool
    ) -> Iterator[Stretch | None]:
        """Walk the rest: this process up to where the others begin, each of which takes `each` entries."""
        size, replay = self._source.size, self._portion is not None
        cuts = [size - each * number for number in range(len(self._helpers), 0, -1)]
        for helper, start, stop in zip(self._helpers, cuts, [*cuts[1:], None], strict=True):
            joint = joint_at(self._source, opening.origin, first, start)
            if joint is None:
                yield None
                return
            helper.ask("walk", joint, stop, every, replay)
        yield self._own(opening, at, cuts[0], every)
        self._note()
        for helper in self._helpers:
            found, noted = helper.answer()
            self._noted += [noted] if replay else []
            yield found

    def _own(self, opening: Opening, at: Joint, stop: int | None, every: bool) -> Stretch | None:
        along = None if self._portion is None else self._portion.along

        def told(count: int) -> None:
            self._told(count)
            for helper in self._helpers:
                helper.hear()

        return walk(self._source, opening, at, stop, every_signature=every, told=told, along=along)

    def _note(self) -> None:
        if self._portion is not None:
            self._noted.append(self._portion.noted)


@contextmanager
def team_for(
    store: Store,
    source: LogSource,
    told: Callable[[int], None],
    jobs: int | None = None,
    *,
    replay: bool = True,
) -> Iterator[ProcessTeam | None]:
    """The processes that verify a log, with `replay` its runs as well; None where there is no other processor."""
    jobs = processors() if jobs is None else jobs
    if jobs < 2:
        yield None
        return
    from multiprocessing import get_context

    # Fresh processes: a copy of this one could hold locks of threads that it does not have.
    context = get_context("spawn")
    helpers, started = [], []
    try:
        with deaf_to_interrupts():
            for _ in range(jobs - 1):
                here, there = context.Pipe()
                helper = context.Process(target=serve, args=(there, store, source.as_of, replay), daemon=True)
                helper.start()
                there.close()
                started.append(helper)
                helpers.append(Helper(here, told))
        yield ProcessTeam(source, helpers, told)
    finally:
        for helper in started:
            helper.terminate()  # they only read
            helper.join()
