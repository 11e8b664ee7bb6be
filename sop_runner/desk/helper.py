"""A process that helps to verify a log: it opens log and vault itself, and answers what it is asked to do."""

from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from sop_runner.audit.log import Opening
from sop_runner.audit.verify import opening_of
from sop_runner.audit.walk import Joint, walk
from sop_runner.base.garbage import seldom_collected

from .storing import Store

if TYPE_CHECKING:
    from sop_runner.review.payloads import Examine
    from sop_runner.review.portion import Noted, Portion
    from sop_runner.stores.source import LogSource

READY = "ready"
_OFTEN = 2_048
"""Entries between two words of progress."""


def serve(conn: Connection, store: Store, as_of: tuple[int, int], replayed: bool) -> None:
    """Answer until nobody asks any more. Whoever cannot is gone, and the one who asked does it without."""
    # The other end may have gone; anything else is met, and said, by the one who asked.
    with suppress(Exception), closing(store.source()) as source:
        source.see_as_of(as_of)
        opening = opening_of(source)
        if opening is not None and replayed:
            from sop_runner.review import payloads, replay  # noqa: F401 - loaded now: who is ready needs no more time for it

            from .examined import examined

            with examined(store) as examine:
                _Helper(conn, source, opening, examine).serve()
        elif opening is not None:
            _Helper(conn, source, opening, None).serve()


class _Helper:
    def __init__(
        self, conn: Connection, source: "LogSource", opening: Opening, examine: "Examine | None"
    ) -> None:
        self._conn, self._source, self._opening, self._examine = conn, source, opening, examine
        self._portion: Portion | None = None

    @seldom_collected()
    def serve(self) -> None:
        self._conn.send(READY)
        while True:
            name, *asked = self._conn.recv()
            self._conn.send(getattr(self, name)(*asked))

    def walk(self, joint: Joint, stop: int | None, every_signature: bool, replay: bool) -> Any:
        """A stretch, and what this process notes of it for others where it replays the runs in it."""
        portion = self._portion = self._new(joint.size) if replay else None
        along = None if portion is None else portion.along
        told = _NowAndThen(self._conn.send)
        found = walk(
            self._source,
            self._opening,
            joint,
            stop,
            every_signature=every_signature,
            told=told,
            along=along,
        )
        told.rest()
        return found, None if portion is None else portion.noted

    def finish(self, later: "list[Noted]") -> Any:
        """What was found in the runs of that stretch."""
        assert self._portion is not None
        return self._portion.finish(self._source, later)

    def _new(self, start: int) -> "Portion":
        from sop_runner.review.beyond import Looking
        from sop_runner.review.portion import Portion

        portion = Portion(Looking(self._source, self._opening, frozenset(), self._examine), first=False)
        portion.begin(self._source, start)
        return portion


class _NowAndThen:
    """Adds up counts, and sends on what came together."""

    def __init__(self, send: Callable[[int], None]) -> None:
        self._send, self._waiting = send, 0

    def __call__(self, count: int) -> None:
        self._waiting += count
        if self._waiting >= _OFTEN:
            self.rest()

    def rest(self) -> None:
        """Send what is left."""
        self._send(self._waiting)
        self._waiting = 0
