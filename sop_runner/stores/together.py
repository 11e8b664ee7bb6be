"""Threads of one process collect their actions and share commits."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, RLock

from sop_runner.audit.chain import Ready, entries_of
from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.log import Summary
from sop_runner.base.errors import AppendFailed
from sop_runner.base.message import msg
from sop_runner.stores.group import Answer, Request


@dataclass(slots=True, eq=False)
class _Own:
    """A request of this process: its answer once there is one, or that its thread is to write next."""

    request: Request
    answer: Answer | None = None
    leads: bool = False
    called: "Lock | None" = None  # held until its thread is called; who leads waits for nobody
    after: "_Own | None" = None
    """Whose thread to wake next: all at once would be in each other's way, and in that of who writes next."""
    left: bool = False

    def call(self) -> None:
        """Wake its thread, if it waits."""
        if self.called is not None:
            with suppress(RuntimeError):  # it was called before
                self.called.release()


class Together(ABC):
    """The appending half of a `Ledger` in a database; see the port for what it promises.

    One thread writes for all that have asked by then, and calls the first of those who asked
    meanwhile to write next. A lock alone would not do: who has an answer already would queue for
    it again behind those who ask anew, and hardly two would ever share a commit.
    """

    place: str
    failures: tuple[type[Exception], ...]
    """What the database raises where it cannot be told whether a group is written."""

    def __init__(self) -> None:
        self._turn = RLock()
        self._gate = Lock()
        self._asked: list[_Own] = []
        self._led = False

    @abstractmethod
    def _write(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Write a group; durable when this returns. Raises one of `failures`. Called by one thread at a time."""

    def _run_prev(self, run: str | None, expected_run_seq: int) -> bytes | None:
        """The leaf of the run's entry before that position, where a database wants it and it was seen."""
        return None

    def append(
        self,
        run: str | None,
        expected_run_seq: int,
        drafts: Sequence[Draft],
        summary: Summary | None = None,
    ) -> tuple[Entry, ...]:
        own = _Own(
            Request(
                run,
                expected_run_seq,
                tuple(map(Ready.of, drafts)),
                summary,
                self._run_prev(run, expected_run_seq),
            )
        )
        with self._gate:
            self._asked.append(own)
            if self._led:
                own.called = Lock()
                own.called.acquire()
            own.leads, self._led = not self._led, True
        try:
            if own.called is not None:
                own.called.acquire()
            if own.leads:
                self._lead(own)
        finally:
            self._leave(own)
        if isinstance(own.answer, tuple):
            return entries_of(drafts, own.answer)
        raise own.answer or AppendFailed(
            msg("the entry was not acknowledged: whoever wrote it was interrupted")
        )

    def _lead(self, own: _Own) -> None:
        """Write for everybody who has asked by the time that the database is free."""
        group: list[_Own] = []
        try:
            with self._turn:
                with self._gate:
                    group, self._asked = self._asked, []
                self._serve(group)
        finally:
            with self._gate:
                last = own
                for one in group:
                    if one is not own and not one.left:
                        last.after = last = one

    def _leave(self, own: _Own) -> None:
        """Let the next one write, also where this thread was interrupted, and wake the next who is answered."""
        with self._gate:
            own.left = True
            if own in self._asked:
                self._asked.remove(own)
            if own.leads:
                self._led = bool(self._asked)
                if self._asked:
                    self._asked[0].leads = True
                    self._asked[0].call()
        if own.after is not None:
            own.after.call()

    def _serve(self, own: list[_Own]) -> None:
        """Answer the requests of this process's threads."""
        try:
            answers = self._write([one.request for one in own])
        except self.failures as error:
            if len(own) > 1:  # it may be the fault of one of them
                for one in own:
                    self._serve([one])
                return
            failed = AppendFailed(
                msg(
                    "the entry was not acknowledged by '{path}': {reason}",
                    path=self.place,
                    reason=str(error).strip(),
                ),
                hint=msg("the run is read back from the log; check the disk if this repeats"),
            )
            failed.__cause__ = error
            answers = [failed]
        for one, answer in zip(own, answers, strict=True):
            one.answer = answer
