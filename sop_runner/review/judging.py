"""Judging a recorded act once more: the run's own rules over the record, remembering what could not be read."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sop_runner.audit.findings import Code
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import Sealed
from sop_runner.run.actions import Actor, Given, Opened
from sop_runner.run.environment import RunEnv
from sop_runner.run.events import Event, evidence_of
from sop_runner.run.going import Going
from sop_runner.run.state import Run

from .moment import Watch, tells_apart

_SEED = b"replay"  # salts drawn here are compared with nothing


class Flaw(NamedTuple):
    """What is wrong with one entry of a run, in a code and a sentence."""

    code: Code
    message: str


class Step(NamedTuple):
    """An event that has to come, and the run after it; `sure` where nothing erased was read up to it."""

    event: Event
    run: Run
    sure: bool = True


class _WatchedEnv(RunEnv):
    """Names as a run reads them; notes each one whose value was erased since."""

    __slots__ = ("_doubts", "_erased", "_watch")

    def __init__(self, judged: "Judged", scope: str, extra: Mapping[str, Any] | None) -> None:
        super().__init__(judged.plan, judged.run, scope, judged.given.now, extra)
        self._erased, self._doubts, self._watch = judged.erased, judged.doubts, judged.watch

    def _is_one_of_many(self, name: str, found: Any) -> bool:
        """Whether a value is recorded, or answered just now, that runs which stand alike may have otherwise."""
        recorded = name in (self._extra or ()) or self._scope + name in self._run.facts.fields
        return recorded and not tells_apart(self._plan.fields.get(self._template + name), found)

    @property
    def today(self) -> date:
        watch = self._watch
        if watch is None:
            return super().today
        asked = dict(watch.comparisons)
        found = super().today
        watch.comparisons, watch.values = asked, True  # a value like others, that of the start
        return found

    def value(self, name: str) -> Any:
        if (
            name == "today"
            and name not in (self._extra or ())
            and self._scope + name not in self._run.facts.fields
        ):
            return self.today
        found = super().value(name)
        if self._watch is not None and not self._watch.values and self._is_one_of_many(name, found):
            self._watch.values = True
        if type(found) is Sealed and found.commitment in self._erased:
            self._doubts.append(name)
        return found


class Judged(Going):
    """An act that is judged again: what it has to bring, event by event, with the run after each.

    `before` is the run as it stood; `watch` is told what it goes by; `erased` are commitments whose value is gone; `doubts` the
    names that were read all the same, after which nothing that was found out counts.
    """

    def __init__(
        self,
        plan: Plan,
        run: Run,
        event: Event,
        opened: Mapping[str, Opened],
        erased: frozenset[str],
        watch: Watch | None = None,
    ) -> None:
        shown = evidence_of(event, "shown")
        # Only the recorded role counts; where none is recorded it was not looked at, or any would do.
        roles = frozenset((event.role,)) if event.role else frozenset(plan.procedure.roles)
        who = Actor(event.actor or "", roles)
        language = str(shown[0]["language"]) if shown else ""
        super().__init__(plan, run, Given(who, event.when, _SEED, language, opened))
        self.before = run
        self.erased = erased
        self.watch = watch
        self.doubts: list[str] = []
        self.steps: list[Step] = []

    def env(self, extra: Mapping[str, Any] | None = None, scope: str | None = None) -> RunEnv:
        return _WatchedEnv(self, self.run.scope if scope is None else scope, extra)

    def emit(
        self,
        kind: str,
        *,
        at: str | None = None,
        arrow: str | None = None,
        to: str | None = None,
        role: str | None = None,
        outcome: str | None = None,
        reason: str | None = None,
        evidence: Sequence[Mapping[str, Any]] = (),
        by_rule: bool = False,
        last: bool = False,
    ) -> None:
        if self.watch is not None:
            self.watch.step()
        super().emit(
            kind, at=at, arrow=arrow, to=to, role=role, outcome=outcome, reason=reason, evidence=evidence,
            by_rule=by_rule, last=last,
        )  # fmt: skip
        self.steps.append(Step(self.events[-1], self.run, not self.doubts))
