"""Retention: which runs' personal values may go, by the text each run pinned and the holds that stand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sop_runner.audit.entry import Entry
from sop_runner.machine.plan import Plan
from sop_runner.review.holds import Hold, ticket_in
from sop_runner.run.events import RUN_ENDED
from sop_runner.stores.personal import Shelf

from .context import Context
from .holding import holds_of

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Retained:
    """A run of which values are kept; `due` is None where it has not ended or its text says no time."""

    run: str
    ticket: str
    procedure: str
    revision: int
    ended: datetime | None
    due: datetime | None
    shelves: tuple[Shelf, ...]
    holds: tuple[Hold, ...]

    @property
    def values(self) -> int:
        """How many values are kept."""
        return sum(len(shelf.names) for shelf in self.shelves)

    def over(self, now: datetime) -> bool:
        """Whether its time has passed, whatever holds it."""
        return self.due is not None and self.due <= now


def retained(context: Context, progress: Callable[[int, int], None]) -> tuple[Retained, ...]:
    """Every run of which personal values are kept, the one due first in front."""
    kept: dict[str, list[Shelf]] = {}
    for shelf in context.vault.shelves():
        kept.setdefault(shelf.run, []).append(shelf)
    holds = holds_of(context)
    found = []
    for number, (run, shelves) in enumerate(kept.items()):
        entries = context.ledger.entries(run)
        if entries and entries[0].procedure is not None:
            ticket = ticket_in(entries[0].evidence)
            held = {
                hold.entry: hold for shelf in shelves for hold in holds.covering(run, ticket, shelf.subject)
            }
            found.append(_one(context, entries, ticket, tuple(shelves), tuple(held.values())))
        progress(number + 1, len(kept))
    return tuple(sorted(found, key=lambda one: (one.due or _NEVER, one.ended or _NEVER, one.run)))


def never_opened(context: Context, runs: Sequence[Retained]) -> tuple[Shelf, ...]:
    """What is kept for runs other than `runs`: a crash came between the vault and the log, and no entry names it."""
    known = {one.run for one in runs}
    return tuple(shelf for shelf in context.vault.shelves() if shelf.run not in known)


def freed(runs: Sequence[Retained], now: datetime) -> Iterator[Shelf]:
    """What may go: of runs whose time has passed and that nothing holds."""
    for one in runs:
        if one.over(now) and not one.holds:
            yield from one.shelves


def retain_for(plan: Plan) -> timedelta | None:
    """How long a run's values are kept from its end: the longest that its procedure and those it calls ask.

    None where the procedure itself says nothing: then nothing is ever due.
    """
    if plan.procedure.records is None:
        return None
    called = (callee.records.retain_for for callee in plan.callees.values() if callee.records is not None)
    return max((plan.procedure.records.retain_for, *called))


def _one(
    context: Context,
    entries: Sequence[Entry],
    ticket: str,
    shelves: tuple[Shelf, ...],
    holds: tuple[Hold, ...],
) -> Retained:
    pin = entries[0].procedure
    assert pin is not None
    pinned = next(piece for piece in entries[0].evidence if piece.get("kind") == "start")["pinned"]
    ended = entries[-1].ts.wall if entries[-1].type == RUN_ENDED else None
    span = retain_for(context.plans.pinned(pin.digest, pinned))
    due = None if ended is None or span is None or span > _NEVER - ended else ended + span
    return Retained(str(entries[0].run), ticket, pin.id, pin.revision, ended, due, shelves, holds)
