"""A rehearsal's stage on a ledger: the same door as at the desk, with a clock that is moved by hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sop_runner.authoring.rehearse_stage import DoesNotRestore, Told
from sop_runner.base.clock import ManualClock
from sop_runner.base.ids import readable_id
from sop_runner.machine.plan import Plan
from sop_runner.run.actions import Action, Actor, Opened, Start
from sop_runner.run.state import Run

from .context import Context
from .perform import Done, begin, perform
from .record import Record, read_record
from .wire import event_of


class LedgerStage:
    """Implements the stage of a rehearsal on a training ledger; `context.clock` is the stage's clock."""

    def __init__(self, context: Context, plan: Plan, clock: ManualClock) -> None:
        self.plan = plan
        self._context = context
        self._clock = clock
        self._record: Record | None = None

    @property
    def run(self) -> Run | None:
        return self._record.run if self._record is not None else None

    @property
    def opened(self) -> Mapping[str, Opened]:
        return self._record.opened if self._record is not None else {}

    @property
    def zone(self) -> str:
        return self._context.settings.timezone

    def now(self) -> datetime:
        return self._clock.now().wall

    def set_time(self, to: datetime) -> None:
        self._clock.set(to)

    def advance(self, by: timedelta) -> None:
        self._clock.advance(by)

    def start(self, who: Actor, case: Mapping[str, Any], named: Mapping[str, tuple[str, ...]]) -> Told:
        run = readable_id()
        opening = Start(
            run, f"REHEARSAL-{run}", self.zone, case, named, self._context.settings.calendar, training=True
        )
        begun = begin(self._context, self.plan, opening, who, self._context.settings.language)
        if isinstance(begun, Done):
            return Told(False, str(begun.message), tuple(event_of(entry) for entry in begun.entries))
        self._record = begun
        return Told(True, "", tuple(event_of(entry) for entry in begun.entries))

    def perform(self, who: Actor, action: Action) -> Told:
        assert self._record is not None
        done = perform(self._context, self._record, who, (action,), self._context.settings.language)
        return Told(done.accepted, str(done.message), tuple(event_of(entry) for entry in done.entries))

    def restart(self) -> None:
        if self._record is None:
            return
        before = self._record.run
        self._record = read_record(self._context, before.id)
        if self._record.run != before:
            names = [name for name in Run._fields if getattr(before, name) != getattr(self._record.run, name)]
            raise DoesNotRestore(f"read back from its record, the run differs in {', '.join(names)}")
