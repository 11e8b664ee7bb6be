"""Replaying a whole log: what is wrong although every hash and every signature is right.

Each run is followed under the text that it pinned, entry by entry in the order of the log; a run
that has ended is let go of, so memory grows with the runs that are open.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from sop_runner.audit.bodies import ACTOR, HEAD, PROCEDURE, ROLE, RUN, TYPE, Fields
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.log import LedgerKind

from .beside import Beside
from .between import PROVING, Turn, Use, refs
from .enrolled import SIGNED
from .followed import Followed, Said, body_of
from .forms import Sought
from .holds import ticket_in
from .judging import Flaw
from .plans import PinnedPlans
from .replay_run import UNREADABLE
from .resting import LONG, Ended, Resting, woken
from .starts import OpenAll, Starts, nothing_opened

_WAITING = 8_192
"""Known entries of open runs that are kept before they are folded."""


class Texts(Protocol):
    """What a replay reads of a log."""

    def rows(self) -> Iterable[tuple[int, bytes, bytes, Mapping[str, Any] | None]]:
        """All entries by seq: seq, body, leaf, columns."""
        ...

    def procedures(self) -> Iterable[tuple[str, bytes]]:
        """The kept texts, by digest."""
        ...

    def of_run(self, run: str | None, stop: int) -> Iterable[tuple[int, bytes, bytes]]:
        """The entries of a run below `stop`: seq, body, leaf, in order."""
        ...


class Replay:
    """Takes the entries of a log in order and collects what is wrong with them.

    `opened` gives the values behind a run's commitments; runs in `skip` are named already and
    are passed over.
    """

    def __init__(
        self,
        texts: Texts,
        kind: LedgerKind,
        opened: OpenAll = nothing_opened,
        skip: frozenset[str] = frozenset(),
    ) -> None:
        self.findings: list[AuditFinding] = []
        self._texts = texts
        self._plans = PinnedPlans(texts.procedures())
        self._training, self._skip = kind is LedgerKind.TRAINING, skip
        self._starts = Starts(self._plans, self._training, opened)
        self._open: dict[str, Followed] = {}
        # Runs that have ended, that rest, and those of which nothing can be judged.
        self._others: dict[str, Ended | Resting | None] = {}
        self._pins: dict[str, Mapping[str, Any]] = {}
        self._looked = 0  # up to where runs were looked through for those that rest
        self._folded = 0  # how many were known when it was last looked after what waits to be folded
        self._tickets: dict[str, str] = {}
        self.known = 0
        """How many entries were of a kind that had been judged before."""
        self.uses: list[Use] = []
        """Every use of a one-time proof, by place; see `reused`."""
        self.turns: list[Turn] = []
        """Where each run took its ticket and let go of it, by place; see `crossed`."""
        self._marks = {kind: Sought(partial(refs, kind)) for kind in PROVING}
        self._beside = Beside(self._plans, self._training)
        self._enrolled = self._beside.enrolled

    def take(self, index: int, said: Said) -> None:
        """Judge the next entry."""
        if isinstance(said, tuple):
            run, kind, pin = said[RUN], said[TYPE], said[PROCEDURE]
        else:
            run, kind, pin = said["run"], said["type"], said["procedure"]
        if run is None:
            self._outside(index, body_of(said))
            return
        if self._skip and run in self._skip:
            return
        replayed = self._open.get(run) or self._other(index, run, said)
        if replayed is None:
            return
        pinned = self._pins[run]
        if pin is not pinned and pin != pinned:
            self._add(
                index, run, Flaw(Code.PROCEDURE_MISMATCH, "the entry names another text than the run pinned")
            )
        try:
            used = self._proofs(kind, said)
            flaws, known = replayed.take(said, used)
        except UNREADABLE as error:
            wrong = f"the entry is none that a program wrote ({type(error).__name__})"
            self._add(index, run, Flaw(Code.ILLEGAL_TRANSITION, wrong))
            return
        if flaws or used:
            named = False
            for flaw in flaws:
                named = named or flaw.code is Code.FACTOR_REUSED
                self._add(index, run, flaw)
            if used:
                self._factors(index, run, used, body_of(said)["at"] or "", named=named)
        if not self._training:
            unknown = self._enrolled.stranger(body_of(said))
            if unknown:
                self._add(index, run, Flaw(Code.ILLEGAL_TRANSITION, unknown))
        self.known += known
        if isinstance(replayed, Followed):
            replayed.last = index
            if replayed.ended:
                self._end(index, run)
        self.rest(index)

    def met(self, run: str) -> bool:
        """Whether an entry of the run was taken."""
        return run in self._open or run in self._others

    def knows(self, index: int, fields: Fields) -> bool:
        """Take the next entry where it is known, or its kind. Says whether it was taken."""
        run, kind = fields[RUN], fields[TYPE]
        replayed = self._open.get(run)
        if replayed is None:
            return self._known_start(index, run, fields)
        if (
            fields[PROCEDURE] is not replayed.pin
            or fields[HEAD].body is not None
            or not (
                self._training
                or (kind not in SIGNED and self._enrolled.is_known(fields[ACTOR], fields[ROLE]))
            )
        ):
            return False
        try:
            if kind in PROVING:
                used = self._proofs(kind, fields)
                if (used and not replayed.proofs.isdisjoint(used)) or not replayed.goes_on(fields):
                    return False
                if used:
                    replayed.proofs.update(used)
                    self._factors(index, run, used, fields[HEAD].at or "")
            elif not replayed.goes_on(fields):
                return False
        except UNREADABLE:
            return False
        self.known += 1
        replayed.last = index
        if replayed.ended:
            self._end(index, run)
        return True

    def rest(self, index: int) -> None:
        """Let go of what need not be kept; to be asked now and then, after the entry `index`."""
        if self.known >= self._folded + _WAITING:
            self._folded = self.known
            if sum(one.waiting for one in self._open.values()) > _WAITING:
                for one in self._open.values():
                    one.fold()
        if index > self._looked + LONG // 4:
            self._looked = index
            for run, one in list(self._open.items()):
                if one.last < index - LONG and not one.finish():
                    self._others[run] = _RESTING
                    del self._open[run]

    def _end(self, index: int, run: str) -> None:
        if run in self._tickets:
            self.turns.append(Turn(index, run, self._tickets.pop(run), begins=False))
        self._others[run] = _ENDED
        del self._open[run]

    def _proofs(self, kind: Any, said: Said) -> Sequence[str]:
        """The marks of one-time proofs that an entry used."""
        if kind not in PROVING:
            return ()
        if isinstance(said, tuple):
            return self._marks[kind].of(said[HEAD])
        return refs(kind, said["evidence"])

    def finish(self) -> tuple[AuditFinding, ...]:
        """All findings but of `uses` and `turns`, by place, with what is wrong about where runs stop and texts that no run pinned."""
        for run, replayed in self._open.items():
            for flaw in replayed.finish():
                self._add(replayed.last, run, flaw)
        named = {finding.message for finding in self.findings}
        for _, flaw in self._plans.altered():
            if flaw.message not in named:
                self.findings.append(AuditFinding(flaw.code, None, None, flaw.message))
        return tuple(sorted(self.findings, key=lambda f: (-1 if f.index is None else f.index, f.code)))

    def _outside(self, index: int, body: Mapping[str, Any]) -> None:
        flaws, used = self._beside.take(index, body)
        for flaw in flaws:
            self._add(index, None, flaw)
        self._factors(index, None, used, body["type"])

    def _other(self, index: int, run: str, said: Said) -> "Followed | Ended | None":
        """A run that is not open: one that begins, that goes on after a rest or after its end."""
        body = body_of(said)
        if run not in self._others:
            return self._begin(index, run, body, said if isinstance(said, tuple) else None)
        found = self._others[run]
        if isinstance(found, Resting):
            return self._wake(index, run, body)
        return found

    def _begin(self, index: int, run: str, body: Mapping[str, Any], fields: Fields | None) -> Followed | None:
        self._others[run] = None
        try:
            self._pins[run] = body["procedure"]
            followed = self._starts.begun(run, body, fields)
        except UNREADABLE:
            self._add(index, run, Flaw(Code.RUN_INCOMPLETE, "the start of the run is gone"))
            return None
        if isinstance(followed, Flaw):
            self._add(index, run, followed)
            return None
        self._opens(index, run, followed, ticket_in(body["evidence"]))
        flaw = None if self._training else self._beside.started(index, body)
        if flaw is not None:
            self._add(index, run, flaw)
        return followed

    def _opens(self, index: int, run: str, followed: Followed, ticket: str) -> None:
        self._others.pop(run, None)
        self._open[run] = followed
        self._pins[run], self._tickets[run] = followed.pin, ticket
        self.turns.append(Turn(index, run, ticket, begins=True))

    def _known_start(self, index: int, run: str | None, fields: Fields) -> bool:
        """Take the first entry of a run where its kind is known. Says whether it was taken."""
        head = fields[HEAD]
        if (
            run is None
            or run in self._others
            or head.body is not None
            or not self._training  # approvals and people are to be looked at
            or self._skip
        ):
            return False
        followed = self._starts.like_others(run, fields)
        try:
            if followed is None or not followed.goes_on(fields):
                return False
        except UNREADABLE:
            return False
        self.known += 1
        followed.last = index
        self._opens(index, run, followed, self._starts.ticket(fields))
        return True

    def _wake(self, index: int, run: str, body: Mapping[str, Any]) -> Followed | None:
        earlier, followed = list(self._texts.of_run(run, index)), None
        with suppress(*UNREADABLE):
            begun = self._starts.begun(run, json.loads(earlier[0][1]))
            followed = None if isinstance(begun, Flaw) else begun
        if followed is None or not woken(followed, earlier, body["run_prev"]):
            said = "the database does not lead to all that came before in the run: it was not judged further"
            self._add(index, run, Flaw(Code.UNVERIFIABLE, said))
            self._others[run] = None
            return None
        followed.pin = self._pins[run]
        del self._others[run]
        self._open[run] = followed
        return followed

    def _factors(
        self, index: int, run: str | None, used: Iterable[str], at: str, *, named: bool = False
    ) -> None:
        self.uses += [Use(index, run, ref, at, named) for ref in used]

    def _add(self, index: int, run: str | None, flaw: Flaw) -> None:
        self.findings.append(AuditFinding(flaw.code, index, run, flaw.message))


_ENDED = Ended()
_RESTING = Resting()
