"""A run as the log has it: read once, then kept up with entry by entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from sop_runner.audit.entry import Entry
from sop_runner.base.errors import NotVerified, UsageError
from sop_runner.base.message import msg
from sop_runner.base.textsafe import visible
from sop_runner.machine.plan import Plan
from sop_runner.run.actions import Opened
from sop_runner.run.events import REFUSED
from sop_runner.run.evolve import evolve, started
from sop_runner.run.state import Run

from .context import Context, Vault
from .wire import event_of

_SEALED = b'"commitment"'


class Record:
    """The fold of a run's entries so far; never ahead of the log.

    `entries` are what was folded, in order; `actor` acted last. Everything in here can be thrown away
    and read again.
    """

    def __init__(self, context: Context, plan: Plan, entries: Sequence[Entry]) -> None:
        self._context = context
        self.plan = plan
        self.entries: list[Entry] = []
        self.opened: Mapping[str, Opened] = {}
        self.actor = ""
        self._run: Run | None = None
        self.take(entries)

    @cached_property
    def promised(self) -> datetime | None:
        """When the service level of the ticket runs out, as first asked for; None without a promise."""
        return promised_by(self._context, self.run)

    @property
    def run(self) -> Run:
        """The run as folded so far."""
        assert self._run is not None
        return self._run

    @property
    def newest(self) -> Entry:
        """The newest entry folded."""
        return self.entries[-1]

    def take(self, entries: Sequence[Entry], sealed: Mapping[str, Opened] | None = None) -> None:
        """Fold entries that follow on those folded before; `sealed` is what they committed to, if known."""
        if sealed is not None:
            self.opened = {**self.opened, **sealed}
        elif any(_SEALED in entry.body for entry in entries):
            self.opened = opened_of(self._context.vault, str(entries[0].run))
        run, plan, opened = self._run, self.plan, self.opened
        for entry in entries:
            event = event_of(entry)
            if run is None:
                run = started(plan, str(entry.run), event, opened)
            else:
                run = evolve(plan, run, event, opened)
        self.actor = next(
            (one.actor for one in reversed(entries) if one.actor and one.type != REFUSED), self.actor
        )
        self.entries.extend(entries)
        self._run = run

    def refresh(self) -> None:
        """Read what others have written since."""
        entries = self._context.ledger.entries(self.run.id, len(self.entries))
        if entries:
            self.take(entries)


def opened_of(vault: Vault, run: str) -> Mapping[str, Opened]:
    """What is kept behind the commitments of a run, by commitment (which is the name it is kept under)."""
    return {kept.name: Opened(kept.salt, kept.value) for kept in vault.open_all(run).values()}


def read_record(context: Context, run: str) -> Record:
    """Read a run from the log under the plan that it pinned. Raises UsageError for an unknown run."""
    return Record(context, *pinned_plan(context, run))


def pinned_plan(context: Context, run: str) -> tuple[Plan, Sequence[Entry]]:
    """The plan that a run pinned, and its entries.

    Raises UsageError for an unknown run, NotVerified where its start or its text is not what it was.
    """
    entries = context.ledger.entries(run)
    shown = visible(run[:60], lines=False)
    if not entries:
        raise UsageError(
            msg("there is no run '{run}' in this ledger", run=shown),
            hint=msg("'sop board' lists the runs; '--training' looks at the training ledger."),
        )
    pin = entries[0].procedure
    try:
        about = next(piece for piece in entries[0].evidence if piece["kind"] == "start")
        if pin is not None:
            return context.plans.pinned(pin.digest, about["pinned"]), entries
    except (KeyError, TypeError, StopIteration):
        pass
    raise NotVerified(
        msg("the run '{run}' does not begin with its start", run=shown),
        hint=msg("run 'sop audit verify'"),
    )


def promised_by(context: Context, run: Run) -> datetime | None:
    """When the service level of the run's ticket runs out, by its priority; None without a promise."""
    ticket = context.tickets.find(run.ticket)
    known = run.facts.fields.get("priority")
    priority = (ticket.priority if ticket else "") or (str(known.value) if known is not None else "")
    level = context.settings.service_level(priority)
    if level is None:
        return None
    return (ticket.opened if ticket else run.started) + level
