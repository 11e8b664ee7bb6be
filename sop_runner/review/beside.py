"""What stands beside runs: people, texts, erasures, holds and keys, judged entry by entry."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.audit import outside
from sop_runner.audit.findings import Code
from sop_runner.run.entries import event_in
from sop_runner.run.register import TYPES

from .enrolled import Enrolled
from .judging import Flaw
from .plans import PinnedPlans
from .published import Published
from .replay_run import UNREADABLE
from .signed import proofs_in, unfit
from .starts import start_in
from .written import misshapen


class Beside:
    """Takes the entries outside any run in order; training runs any text."""

    def __init__(self, plans: PinnedPlans, training: bool) -> None:
        self._training = training
        self._signed: tuple[Any, ...] = ()
        self.enrolled = Enrolled()
        self._published = Published(plans, self.enrolled)

    def take(self, index: int, body: Mapping[str, Any]) -> tuple[tuple[Flaw, ...], Sequence[str]]:
        """What is wrong with an entry, and the one-time proofs of its act where that is a new one."""
        flaws: tuple[Flaw, ...]
        try:
            wrong = misshapen(body)
            self.enrolled.take(body)
            if wrong:
                said = f"the entry is none that a program wrote: its '{wrong}'"
                flaws = (Flaw(Code.ILLEGAL_TRANSITION, said),)
            elif body["type"] in TYPES:
                flaws = () if self._training else tuple(self._published.take(index, body))
            elif body["type"] not in outside.ALL:
                said = f"entries of the type '{body['type']}' are unknown to this program: what it says was not judged"
                flaws = (Flaw(Code.UNVERIFIABLE, said),)
            else:
                flaws = tuple(unfit(body, None if self._training else self.enrolled))
        except UNREADABLE as error:
            said = f"the entry is none that a program wrote ({type(error).__name__})"
            flaws = (Flaw(Code.ILLEGAL_TRANSITION, said),)
        act = (body["key"], body["ts"], body["actor"], body["reason"])
        if flaws or act == self._signed:  # one act may take several entries
            return flaws, ()
        self._signed = act
        return flaws, proofs_in(body)

    def started(self, index: int, body: Mapping[str, Any]) -> Flaw | None:
        """What is wrong with the text that a run starts under."""
        try:
            today = event_in(body).when.astimezone(ZoneInfo(start_in(body)["zone"])).date()
        except (*UNREADABLE, OSError):
            return None  # named where the run is replayed
        return self._published.started(index, body, today)
