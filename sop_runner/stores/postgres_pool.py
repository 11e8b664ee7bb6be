"""Connections to a PostgreSQL server that outlive its restart."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from sop_runner.base.errors import StoreFailed
from sop_runner.base.message import msg
from sop_runner.stores.postgres_words import conninfo, place_of

PATIENCE_S = 15.0
"""How long a server may be gone, or the log be held by somebody else, before a person is told."""
CONNECT_S = 5
_PAUSE_S = 0.05
_MOST = 8  # connections; writers of a process share one
# Durable whatever the server's default is; who stops with the log in hand is thrown out.
_SETTINGS = (
    "SET synchronous_commit = on",
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '10s'",
    # A machine that is asleep holds nothing for longer than it would awake.
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
    "SET default_transaction_isolation = 'read committed'",
    # Every question at the desk has its index; a plan made while tables are small would read them whole later.
    "SET enable_seqscan = off",
    # What has none, the whole board, seems dear by that beyond measure, and was compiled for 50 ms to run for 1.
    "SET jit = off",
    "SET plan_cache_mode = force_generic_plan",
)
_PASSING = ("08", "40", "55", "57")  # classes of PostgreSQL's error codes (its manual, appendix A)
_BROKEN = ("53", "58", "XX")  # a full disk, no memory, an error of the system
_T = TypeVar("_T")
logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what it would say belongs on no screen


class Database:
    """One schema of a database on a server, from any thread."""

    def __init__(self, url: str, schema: str) -> None:
        """Connects when first asked."""
        self.place = place_of(url)
        self._info = conninfo(url, schema)
        self._schema = schema
        self._pool = ConnectionPool(
            self._info,
            kwargs={"autocommit": True, "connect_timeout": CONNECT_S},
            configure=self._configure,
            min_size=0,
            max_size=_MOST,
            open=False,
        )
        self._own: Connection | None = None

    @contextmanager
    def first(self) -> Iterator[Connection]:
        """A connection of its own, whose failure is told at once. Raises StoreFailed."""
        try:
            with psycopg.connect(self._info, autocommit=True, connect_timeout=CONNECT_S) as connection:
                self._configure(connection)
                yield connection
        except psycopg.OperationalError as error:
            raise self.failed(error) from error

    def run(self, work: Callable[[Connection], _T]) -> _T:
        """Do some work on a connection, and again on another one where the server went away meanwhile.

        The work is to be such that doing it twice is doing it once. Raises psycopg.Error.
        """
        return self._insist(work, lambda: self._pool.connection(timeout=CONNECT_S))

    def write(self, work: Callable[[Connection], _T]) -> _T:
        """As `run`, on a connection that is kept for it; not for several threads at once.

        To take one out of the pool and to put it back costs as much as to send a group.
        """
        return self._insist(work, self._kept)

    @contextmanager
    def _kept(self) -> Iterator[Connection]:
        if self._own is None:
            self._own = self._pool.getconn(timeout=CONNECT_S)
        try:
            yield self._own
        except BaseException:
            self._give_back()
            raise

    def _give_back(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            self._pool.putconn(own)

    def _insist(
        self, work: Callable[[Connection], _T], lent: Callable[[], AbstractContextManager[Connection]]
    ) -> _T:
        until = time.monotonic() + PATIENCE_S
        self._pool.open()
        while True:
            try:
                with lent() as connection:
                    try:
                        return work(connection)
                    except BaseException:
                        if not connection.closed:
                            connection.rollback()
                        raise
            except psycopg.OperationalError as error:
                if time.monotonic() > until or not _passes(error):
                    raise
            time.sleep(_PAUSE_S)
            self._pool.check()  # the others were cut off as well

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of a query. Raises StoreFailed."""
        try:
            return self.run(lambda connection: connection.execute(sql, values).fetchall())
        except psycopg.Error as error:
            raise self.failed(error) from error

    def close(self) -> None:
        """Let go of the connections; safe to call twice."""
        self._give_back()
        self._pool.close()

    def failed(self, error: Exception) -> StoreFailed:
        """What a person is told of an error."""
        return StoreFailed(
            msg("'{path}' does not answer: {reason}", path=self.place, reason=said(error)),
            hint=msg("What is on record stays on record. Check the server and the network, then try again."),
        )

    def _configure(self, connection: Connection) -> None:
        connection.execute("; ".join((*_SETTINGS, f'SET search_path = "{self._schema}", pg_temp')))


def is_of_the_request(error: Exception) -> bool:
    """Whether an error says that something cannot be written, and not that nothing can."""
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and state[:2] not in (*_PASSING, *_BROKEN)


def _passes(error: psycopg.OperationalError) -> bool:
    """Whether trying again may help: no connection, a server that restarts, a lock that somebody holds."""
    return error.sqlstate is None or error.sqlstate[:2] in _PASSING


def said(error: Exception) -> str:
    """The first line of what a server said; the rest is for its log."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
