"""Verification on several processors: each process opens log and vault itself and takes a part.

Parts are a few seconds' work, so that progress shows and nothing large waits to be put together. Each
reads in short statements, as a single verification does.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sop_runner.audit.log import Opening
from sop_runner.audit.stretches import joint_at, stretches
from sop_runner.audit.verify import opening_of
from sop_runner.audit.walk import Joint, Stretch, walk
from sop_runner.base.garbage import seldom_collected
from sop_runner.base.interrupts import deaf_to_interrupts
from sop_runner.review.beyond import Beyond, Share, look_beyond
from sop_runner.stores.source import LogSource

from .examined import examined
from .storing import Store

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

EACH = 8_192
"""Entries a stretch: a power of two leaves few subtrees open."""

T = TypeVar("T")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class ProcessTeam:
    """Processes that verify one log as of one moment; see `review.verifying.Team`."""

    store: Store
    source: LogSource
    pool: "ProcessPoolExecutor"
    jobs: int
    told: Callable[[int], None]

    def walker(self, opening: Opening, first: Joint, every_signature: bool) -> Iterator[Stretch | None]:
        """Walk the log in stretches, each from where the stored nodes say that it begins."""
        size, origin = self.source.size, opening.origin
        coming: list[Future[Stretch | None]] = []
        cuts = tuple(stretches(first.size, size, EACH))
        with deaf_to_interrupts():
            for start, stop in cuts:
                joint = first if start == first.size else joint_at(self.source, origin, first, start)
                if joint is None:
                    break
                task = (self.store, self.source.as_of, joint, stop, every_signature)
                coming.append(self.pool.submit(_stretch, *task))
        missing = len(coming) < len(cuts)
        for (start, stop), found in zip(cuts, self._in_turn(coming), strict=False):
            self.told((stop or size) - start)
            yield found
        if missing:
            yield None

    def beyond(self) -> Iterator[Beyond]:
        """Replay the runs, shared out by their names."""
        # One each: whoever begins a share learns anew what runs do.
        shares = [Share(number, self.jobs) for number in range(self.jobs)]
        done = 0
        with deaf_to_interrupts():
            coming = [self.pool.submit(_beyond, self.store, self.source.as_of, share) for share in shares]
        for number, found in enumerate(self._in_turn(coming), 1):
            upto = self.source.size * number // len(shares)
            self.told(upto - done)
            done = upto
            yield found

    def _in_turn(self, coming: "list[Future[T]]") -> Iterator[T]:
        """The results in order, each let go of once it was taken."""
        coming.reverse()
        try:
            while coming:
                yield coming.pop().result()
        finally:
            for future in coming:
                future.cancel()


@contextmanager
def team_for(
    store: Store, source: LogSource, told: Callable[[int], None], jobs: int | None = None
) -> Iterator[ProcessTeam | None]:
    """The processes that verify a log; None where there is no other processor."""
    jobs = processors() if jobs is None else jobs
    if jobs < 2:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    others = active_children()
    # Fresh processes: a copy of this one could hold locks of threads that it does not have.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"))
    try:
        yield ProcessTeam(store, source, pool, jobs, told)
    except BaseException:
        for child in set(active_children()).difference(others):
            child.terminate()  # they only read
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _source(store: Store, as_of: tuple[int, int]) -> LogSource:
    source = store.source()
    source.see_as_of(as_of)
    return source


@seldom_collected()
def _stretch(
    store: Store, as_of: tuple[int, int], joint: Joint, stop: int | None, every_signature: bool
) -> Stretch | None:
    with closing(_source(store, as_of)) as source:
        opening = opening_of(source)
        if opening is None:
            return None
        return walk(source, opening, joint, stop, every_signature=every_signature)


@seldom_collected()
def _beyond(store: Store, as_of: tuple[int, int], share: Share) -> Beyond:
    with closing(_source(store, as_of)) as source, examined(store) as examine:
        opening = opening_of(source)
        assert opening is not None
        return look_beyond(source, opening, frozenset(), examine, share)
