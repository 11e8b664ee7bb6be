"""Threads of one process collect their actions and share commits."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.log import Summary
from sop_runner.base.errors import AppendFailed
from sop_runner.base.message import msg
from sop_runner.stores.group import Answer, Request


@dataclass(slots=True, eq=False)
class _Own:
    """A request of this process, and its answer once there is one."""

    request: Request
    answer: Answer | None = None


class Together(ABC):
    """The appending half of a `Ledger` in a database; see the port for what it promises."""

    place: str
    failures: tuple[type[Exception], ...]
    """What the database raises where it cannot be told whether a group is written."""

    def __init__(self) -> None:
        self._turn = RLock()
        self._asked: list[_Own] = []

    @abstractmethod
    def _write(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Write a group; durable when this returns. Raises one of `failures`. Called by one thread at a time."""

    def append(
        self,
        run: str | None,
        expected_run_seq: int,
        drafts: Sequence[Draft],
        summary: Summary | None = None,
    ) -> tuple[Entry, ...]:
        own = _Own(Request(run, expected_run_seq, tuple(drafts), summary))
        self._asked.append(own)
        try:
            with self._turn:
                if own.answer is None:  # else another thread took it along
                    self._serve([other for other in self._asked.copy() if other.answer is None])
        finally:
            self._asked.remove(own)
        if isinstance(own.answer, tuple):
            return own.answer
        assert own.answer is not None
        raise own.answer

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
