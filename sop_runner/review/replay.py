"""Replaying a whole log: what is wrong although every hash and every signature is right.

Each run is followed under the text that it pinned, entry by entry in the order of the log; a run
that has ended is let go of, so memory grows with the runs that are open.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sop_runner.audit import outside
from sop_runner.audit.bodies import ACTOR, HEAD, PROCEDURE, ROLE, RUN, TYPE, Fields, fields_in, said_in
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.log import LedgerKind
from sop_runner.machine.plan import Plan
from sop_runner.run.actions import Opened
from sop_runner.run.entries import event_in
from sop_runner.run.register import TYPES

from .between import PROVING, Turn, Use, crossed, refs, reused
from .enrolled import Enrolled
from .followed import Followed, Said
from .holds import ticket_in
from .judging import Flaw
from .known import Known
from .plans import PinnedPlans
from .published import Published
from .replay_run import UNREADABLE, RunReplay
from .resting import LONG, Resting, woken
from .signed import proofs_in, unfit
from .written import misshapen

OpenAll = Callable[[str], Mapping[str, Opened]]
_WAITING = 8_192
"""Known entries of open runs that are kept; it is looked after as many more whether they are folded."""
MOST = 10_000
"""Findings after which a log is not replayed further."""


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


def nothing_opened(run: str) -> Mapping[str, Opened]:
    """For a log that came without its vault."""
    return {}


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
        self._training = kind is LedgerKind.TRAINING
        self._opened, self._skip = opened, skip
        self._runs: dict[str, Followed | _Ended | Resting | None] = {}
        self._known: dict[int, Known] = {}
        self._pins: dict[str, Mapping[str, Any]] = {}
        self._last: dict[str, int] = {}
        self._looked = 0  # up to where runs were looked through for those that rest
        self._tickets: dict[str, str] = {}
        self.known = 0
        """How many entries were of a kind that had been judged before."""
        self.uses: list[Use] = []
        """Every use of a one-time proof, by place; see `reused`."""
        self.turns: list[Turn] = []
        """Where each run took its ticket and let go of it, by place; see `crossed`."""
        self._signed: tuple[Any, ...] = ()
        self._enrolled = Enrolled()
        self._published = Published(self._plans, self._enrolled)

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
        if run not in self._runs:
            self._begin(index, run, body_of(said))
        elif self._runs[run] is _RESTING:
            self._wake(index, run, body_of(said))
        replayed = self._runs[run]
        if replayed is None:
            return
        pinned = self._pins[run]
        if pin is not pinned and pin != pinned:
            self._add(
                index, run, Flaw(Code.PROCEDURE_MISMATCH, "the entry names another text than the run pinned")
            )
        try:
            used = refs(kind, body_of(said)["evidence"]) if kind in PROVING else ()
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
        self._last[run] = index
        self._gone_on(index, run, replayed)

    def met(self, run: str) -> bool:
        """Whether an entry of the run was taken."""
        return run in self._runs

    def knows(self, index: int, fields: Fields) -> bool:
        """Take the next entry where that is all there is to do: it is known, proves nothing and holds nothing personal.

        Says whether it was taken.
        """
        run, kind = fields[RUN], fields[TYPE]
        replayed = self._runs.get(run)
        if (
            type(replayed) is not Followed
            or fields[HEAD].form.sealed
            or type(kind) is not str
            or kind in PROVING
            or fields[PROCEDURE] is not self._pins[run]
            or not (self._training or self._enrolled.is_known(fields[ACTOR], fields[ROLE]))
        ):
            return False
        try:
            if not replayed.goes_on(fields):
                return False
        except UNREADABLE:
            return False
        self.known = known = self.known + 1
        self._last[run] = index
        if known % _WAITING == 0 or replayed.ended or index > self._looked + LONG // 4:
            self._gone_on(index, run, replayed)
        return True

    def _gone_on(self, index: int, run: str, replayed: Any) -> None:
        """Let go of what need not be kept."""
        if self.known % _WAITING == 0:
            self._fold()
        if replayed.ended:
            self._end(index, run)
        if index > self._looked + LONG // 4:
            self._rest(index)

    def _end(self, index: int, run: str) -> None:
        if run in self._tickets:
            self.turns.append(Turn(index, run, self._tickets.pop(run), begins=False))
        self._runs[run] = _ENDED
        del self._last[run]

    def finish(self) -> tuple[AuditFinding, ...]:
        """All findings but of `uses` and `turns`, by place, with what is wrong about where runs stop and texts that no run pinned."""
        for run, index in self._last.items():
            replayed = self._runs[run]
            for flaw in replayed.finish() if replayed is not None else ():
                self._add(index, run, flaw)
        named = {finding.message for finding in self.findings}
        for _, flaw in self._plans.altered():
            if flaw.message not in named:
                self.findings.append(AuditFinding(flaw.code, None, None, flaw.message))
        return tuple(sorted(self.findings, key=lambda f: (-1 if f.index is None else f.index, f.code)))

    def _fold(self) -> None:
        found = [one for one in self._runs.values() if isinstance(one, Followed)]
        if sum(one.waiting for one in found) > _WAITING:
            for one in found:
                one.fold()

    def _outside(self, index: int, body: Mapping[str, Any]) -> None:
        """What an entry outside any run says of people and of texts; training runs any text."""
        flaws: tuple[Flaw, ...]
        try:
            wrong = misshapen(body)
            self._enrolled.take(body)
            if wrong:
                said = f"the entry is none that a program wrote: its '{wrong}'"
                flaws = (Flaw(Code.ILLEGAL_TRANSITION, said),)
            elif body["type"] in TYPES:
                flaws = () if self._training else tuple(self._published.take(index, body))
            elif body["type"] not in outside.ALL:
                said = f"entries of the type '{body['type']}' are unknown to this program: what it says was not judged"
                flaws = (Flaw(Code.UNVERIFIABLE, said),)
            else:
                flaws = tuple(unfit(body, None if self._training else self._enrolled))
        except UNREADABLE as error:
            said = f"the entry is none that a program wrote ({type(error).__name__})"
            flaws = (Flaw(Code.ILLEGAL_TRANSITION, said),)
        for flaw in flaws:
            self._add(index, None, flaw)
        act = (body["key"], body["ts"], body["actor"], body["reason"])
        if not flaws and act != self._signed:  # one act may take several entries
            self._factors(index, None, proofs_in(body), body["type"])
            self._signed = act

    def _begin(self, index: int, run: str, body: Mapping[str, Any]) -> None:
        self._runs[run] = None
        try:
            self._pins[run] = body["procedure"]
            about = _start_in(body)
            plan = self._plans.plan(body["procedure"], about["pinned"])
        except UNREADABLE:
            self._add(index, run, Flaw(Code.RUN_INCOMPLETE, "the start of the run is gone"))
            return
        if isinstance(plan, Flaw):
            self._add(index, run, plan)
            return
        self._runs[run] = self._followed(run, plan)
        self._tickets[run] = ticket_in(body["evidence"])
        self.turns.append(Turn(index, run, self._tickets[run], begins=True))
        if not self._training:
            self._approval(index, run, body, about)

    def _followed(self, run: str, plan: Plan) -> Followed:
        known = self._known.get(id(plan))
        if known is None:
            known = self._known[id(plan)] = Known(plan)
        behind = _Late(self._opened, run)
        return Followed(known, RunReplay(plan, run, self._training, behind, known.watch), behind)

    def _rest(self, index: int) -> None:
        """Keep nothing of runs that have stood still for long."""
        self._looked = index
        for run, last in self._last.items():
            replayed = self._runs[run]
            if last < index - LONG and isinstance(replayed, Followed) and not replayed.finish():
                self._runs[run] = _RESTING

    def _wake(self, index: int, run: str, body: Mapping[str, Any]) -> None:
        earlier, followed = list(self._texts.of_run(run, index)), None
        with suppress(*UNREADABLE):
            plan = self._plans.plan(self._pins[run], _start_in(json.loads(earlier[0][1]))["pinned"])
            followed = None if isinstance(plan, Flaw) else self._followed(run, plan)
        if followed is None or not woken(followed, earlier, body["run_prev"]):
            followed = None
            said = "the database does not lead to all that came before in the run: it was not judged further"
            self._add(index, run, Flaw(Code.UNVERIFIABLE, said))
        self._runs[run] = followed

    def _approval(self, index: int, run: str, body: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        try:
            today = event_in(body).when.astimezone(ZoneInfo(about["zone"])).date()
        except (*UNREADABLE, OSError):
            return  # named where the run is replayed
        flaw = self._published.started(index, body, today)
        if flaw is not None:
            self._add(index, run, flaw)

    def _factors(
        self, index: int, run: str | None, used: Iterable[str], at: str, *, named: bool = False
    ) -> None:
        self.uses += [Use(index, run, ref, at, named) for ref in used]

    def _add(self, index: int, run: str | None, flaw: Flaw) -> None:
        self.findings.append(AuditFinding(flaw.code, index, run, flaw.message))


def body_of(said: Said) -> Mapping[str, Any]:
    """What an entry says, by name."""
    return said_in(said) if isinstance(said, tuple) else said


def _start_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the first entry of a run says about its start. Raises what is in UNREADABLE where it says nothing."""
    return next(piece for piece in body["evidence"] if piece.get("kind") == "start")


class _Ended:
    """Stands for every run that has ended, so that none of them is kept."""

    ended = True

    def take(self, said: Said, used: Iterable[str]) -> tuple[list[Flaw], bool]:
        body = body_of(said)
        event_in(body)
        return [Flaw(Code.ILLEGAL_TRANSITION, f"'{body['type']}' comes after the end of the run")], False

    def finish(self) -> list[Flaw]:
        return []


_ENDED = _Ended()
_RESTING = Resting()


class _Late(dict[str, Opened]):
    """The values behind a run's commitments, read when the first one is asked for."""

    def __init__(self, opened: OpenAll, run: str) -> None:
        super().__init__()
        self._read: Callable[[], Mapping[str, Opened]] | None = lambda: opened(run)

    def get(self, key: str, default: Any = None) -> Any:
        if self._read is not None:
            read, self._read = self._read, None
            self.update(read())
        return super().get(key, default)


def replay(
    texts: Texts, kind: LedgerKind, opened: OpenAll = nothing_opened, skip: frozenset[str] = frozenset()
) -> tuple[AuditFinding, ...]:
    """Replay every run of a log whose bytes have been verified."""
    replayed = Replay(texts, kind, opened, skip)
    for index, body, _, _ in texts.rows():
        try:
            said: Said = fields_in(body)
        except (*UNREADABLE, RecursionError):
            try:
                said = json.loads(body)
            except ValueError:
                continue  # named by the integrity of the log
        if isinstance(said, tuple) or (isinstance(said, dict) and "run" in said):
            replayed.take(index, said)
        if len(replayed.findings) >= MOST:
            break
    found = (*replayed.finish(), *reused(replayed.uses), *crossed(replayed.turns))
    return tuple(sorted(found, key=lambda f: (-1 if f.index is None else f.index, f.code)))
