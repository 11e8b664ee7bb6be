"""Commits that the writers of several processes share, the same for every database.

Who finds the database free writes at once. Who finds it taken leaves its requests in the waiting
room, where whoever writes next takes them along. A lock that the system takes from a dead process
decides who that is, so there is nobody to elect, and a writer that is killed is followed by the
next one that tries.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from sop_runner.audit.keyring import Keyring
from sop_runner.audit.log import Opening
from sop_runner.audit.note import Signer
from sop_runner.stores.group import Answer, Edge, Request, Tables, Written, write_group
from sop_runner.stores.heads import HeadFile
from sop_runner.stores.request_wire import (
    decode_answers,
    decode_requests,
    encode_answers,
    encode_requests,
)
from sop_runner.stores.waiting import Waiting, WaitingRoom

Wanted = Callable[[Written], bool]
"""Whether what is about to be committed is still asked for."""


class GivenUp(Exception):
    """Somebody whose request was taken along has given it up meanwhile."""


class SharedCommits(ABC):
    """The writing side of one log; not for use by several threads at once."""

    failures: tuple[type[Exception], ...]
    """What the database raises where it cannot be told whether a group is written."""
    patience_s: float
    """How long to wait for one's turn before doing without."""

    def __init__(self, opening: Opening, signer: Signer, beside: Path | None) -> None:
        """The seats lie beside the file `beside`; without one nobody waits together."""
        self.head: HeadFile | None = None
        self._opening = opening
        self._signer = signer
        self._ring = Keyring(opening.origin, opening.key)
        self._edge: Edge | None = None
        self._beside = beside
        self._seats: WaitingRoom | None = None
        self._crowded = False  # somebody wrote for us last time: then the first try is mostly in vain

    @abstractmethod
    def _try_to_begin(self) -> bool:
        """Take the turn to write; False where another process has it."""

    @abstractmethod
    def _insist(self) -> None:
        """Begin without a turn, after long waiting. Raises one of `failures` where that is not possible."""

    @abstractmethod
    def _group(self, requests: Sequence[Request], wanted: Wanted) -> Written:
        """Write and commit; raises GivenUp with nothing written where it is not `wanted` just before."""

    @abstractmethod
    def _settle(self, request: Request) -> Answer | None:
        """What became of a request that somebody else may have written; None where it could be written now."""

    @abstractmethod
    def _newest_note(self) -> str | None:
        """The newest checkpoint."""

    @abstractmethod
    def _is_of_the_request(self, error: Exception) -> bool:
        """Whether one of `failures` says that something cannot be written, and not that nothing can."""

    @abstractmethod
    def _let_go(self) -> None:
        """Give the turn back, if the end of the transaction has not done so."""

    def write(self, requests: Sequence[Request]) -> list[Answer]:
        """Write requests, here or by the process that writes now; durable when this returns.

        Raises one of `failures` where it cannot be told whether they are written.
        """
        if not (self._crowded or self._room.must_yield()) and self._try_to_begin():
            return self._commit(requests)
        answered = self._begin(encode_requests(requests))
        self._crowded = answered is not None
        if answered is None:
            return self._commit(requests)
        told = decode_answers(answered, self._opening.log, requests)
        self._room.wake_after()
        if self.head is not None and told.note and told.kept != self.head.name:
            self.head.keep(told.note)
        answers = [
            known or self._settle(request)
            for request, known in zip(requests, told.links or [None] * len(requests), strict=True)
        ]
        left = [request for request, answer in zip(requests, answers, strict=True) if answer is None]
        if left:  # who looked at them could not write them
            self._begin()
        rest = iter(self._commit(left) if left else ())
        return [next(rest) if answer is None else answer for answer in answers]

    def close(self) -> None:
        """Let go of files; safe to call twice."""
        if self._seats is not None:
            self._seats.close()

    def _begin(self, data: bytes = b"") -> bytes | None:
        """Take the turn to write; else what another process answered to the requests in `data` meanwhile."""
        waited = 0.0
        with self._room.sitting(data) as seat:
            while not (seat.may_try() and self._try_to_begin()):
                if waited > self.patience_s:
                    self._insist()
                    break
                waited += seat.wait()
                if (answer := seat.answer()) is not None:
                    return answer
        return None

    def _commit(self, own: Sequence[Request]) -> list[Answer]:
        """Write requests, and what waits elsewhere, in the turn that has begun."""
        others = [(waiting, decode_requests(waiting.data)) for waiting in self._room.others()]
        asked = [request for _, requests in others for request in requests]
        answers: Iterator[Answer] = iter(())
        note = b""

        def wanted(written: Written) -> bool:
            return not asked or self._room.still_wait(_newly(written, others))

        try:
            try:
                written = self._group([*asked, *own], wanted)  # in the order of their coming
                answers = iter(written.answers)
            except GivenUp:
                written = self._group(own, lambda _: True)
            except self.failures as error:
                if not asked or not self._is_of_the_request(error):
                    raise
                # One of the others' is not to be written; each of them tries for itself.
                written = self._group(own, lambda _: True)
            # Nothing is new where all was written before, by one whose answer came late.
            note = written.note or (self._newest_note() or "").encode()
            if self.head is not None:
                self.head.keep(note)
        finally:
            kept = self.head.name if self.head is not None else b""
            for nth, (waiting, requests) in enumerate(others, start=1):
                told = list(islice(answers, len(requests)))
                after = others[nth][0].seat if nth < len(others) else -1
                self._room.answer(waiting, encode_answers(told, note, kept) if told else b"", after)
            self._let_go()  # the next one takes nobody along who is answered
            self._room.call_next()
            if others:
                self._room.wake(others[0][0].seat)
        return list(written.answers[-len(own) :])

    def _write(self, tables: Tables, edge: Edge | None, requests: Sequence[Request]) -> Written:
        return write_group(tables, self._opening, self._ring, self._signer, edge, requests)

    @property
    def _room(self) -> WaitingRoom:
        if self._seats is None:  # a reader needs none
            self._seats = WaitingRoom(self._beside)
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
