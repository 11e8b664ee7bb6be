"""The one door: judge an action, make it durable, and only then let it have happened."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sop_runner.audit.entry import Entry, NotRecordable
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import Conflict
from sop_runner.base.ids import random_hex
from sop_runner.base.message import Message, msg
from sop_runner.base.message_data import data_of
from sop_runner.machine.plan import Plan
from sop_runner.run.actions import Action, Actor, Given, Opened, Start
from sop_runner.run.decide import decide
from sop_runner.run.events import REFUSED, Event
from sop_runner.run.going import Accepted, Refused
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from sop_runner.stores.personal import Personal

from .appending import append
from .board import acted_last, summary_of
from .context import Context
from .record import Record, promised_by
from .wire import drafts_of

_SEED_BYTES = 32
_PATIENCE = 100
"""Times an action is judged anew because another terminal was faster; each time somebody got on."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an action: durable when this is returned. `entries` are those it brought."""

    accepted: bool
    message: Message
    entries: tuple[Entry, ...]


def perform(context: Context, record: Record, who: Actor, actions: Sequence[Action], language: str) -> Done:
    """Do `actions` as one, or refuse them at the first that is refused, and put either on record.

    Judged on what the log holds now. When another terminal is faster, they are judged anew on
    what it left: an action names the item it was shown for, so a late one becomes a refusal.
    Raises AppendFailed where the log cannot be reached; `record` then stands where the log says.
    """
    for _ in range(_PATIENCE):
        record.refresh()
        stamp = context.clock.now()
        judged, events, sealed = _judge(record, who, actions, language, stamp)
        if not events:
            # A run that has ended takes no more entries, not even refusals.
            return Done(isinstance(judged, Accepted), _said(judged, record.newest.seq), ())
        _seal(context, record.run, sealed)
        summary = None
        if isinstance(judged, Accepted):
            seq = len(record.entries) + len(events) - 1
            actor = acted_last(events, record.actor)
            summary = summary_of(context, record.plan, judged.run, events[-1], actor, seq, record.promised)
        try:
            drafts = drafts_of(events, record.plan, random_hex(), stamp)
            entries = append(context.ledger, record.run.id, len(record.entries), drafts, summary)
        except Conflict:
            continue
        except NotRecordable as error:
            # Somebody typed or pasted what no entry can hold: they are told no, like for anything else.
            return refuse(context, record, who, type(actions[0]).__name__, msg("{why}", why=error.message))
        record.take(entries, sealed)
        return Done(isinstance(judged, Accepted), _said(judged, entries[-1].seq), entries)
    raise Conflict(
        msg("run '{run}' is moved by others without a pause", run=record.run.id),
        hint=msg("Agree who goes on with it, then try again."),
    )


def begin(context: Context, plan: Plan, start: Start, who: Actor, language: str) -> Record | Done:
    """Open a run, or put on record why not."""
    stamp = context.clock.now()
    given = Given(who, stamp.wall, secrets.token_bytes(_SEED_BYTES), language)
    judged = decide_start(plan, start, given)
    if isinstance(judged, Refused):
        return refuse_start(context, plan, start, who, judged.message)
    _seal(context, judged.run, judged.sealed)
    promised = promised_by(context, judged.run)
    seq = len(judged.events) - 1
    summary = summary_of(context, plan, judged.run, judged.events[-1], who.id, seq, promised)
    drafts = drafts_of(judged.events, plan, random_hex(), stamp)
    try:
        entries = append(context.ledger, start.run, 0, drafts, summary)
    except Conflict:
        # Another terminal began one for this ticket in the same instant.
        why = open_run(context, start.ticket)
        if why is None:
            raise
        return refuse_start(context, plan, start, who, why)
    return Record(context, plan, entries)


def open_run(context: Context, ticket: str) -> Message | None:
    """Why no run can begin for a ticket that has one; None where it has none that has not ended."""
    for summary in context.ledger.summaries(ticket=ticket):
        return msg(
            "the ticket '{ticket}' has a run that has not ended: resume '{run}'",
            ticket=ticket,
            run=summary.run,
        )
    return None


def refuse_start(context: Context, plan: Plan, start: Start, who: Actor, why: Message) -> Done:
    """Put on record that a run was not opened; the entry belongs to no run."""
    stamp = context.clock.now()
    event = _refusal(stamp, None, who, "Start", why, {"ticket": start.ticket})
    entries = append(context.ledger, None, 0, drafts_of((event,), plan, random_hex(), stamp))
    return Done(False, why, entries)


def refuse(context: Context, record: Record, who: Actor, asked: str, why: Message) -> Done:
    """Put on record that the desk itself refused what was asked of a run."""
    for _ in range(_PATIENCE):
        record.refresh()
        if record.run.status != "open":
            return Done(False, why, ())
        stamp = context.clock.now()
        event = _refusal(stamp, record.run.at, who, asked, why, {})
        drafts = drafts_of((event,), record.plan, random_hex(), stamp)
        try:
            entries = append(context.ledger, record.run.id, len(record.entries), drafts)
        except Conflict:
            continue
        record.take(entries)
        return Done(False, why, entries)
    return Done(False, why, ())


def _refusal(
    stamp: Stamp, at: str | None, who: Actor, asked: str, why: Message, about: Mapping[str, str]
) -> Event:
    piece = {"kind": "refusal", "asked": asked, "choice": "", **data_of(why), **about}
    return Event(REFUSED, stamp.wall, at=at, actor=who.id, outcome=asked, reason=str(why), evidence=(piece,))


def _judge(
    record: Record, who: Actor, actions: Sequence[Action], language: str, stamp: Stamp
) -> tuple[Accepted | Refused, tuple[Event, ...], Mapping[str, Opened]]:
    run, opened = record.run, dict(record.opened)
    events: tuple[Event, ...] = ()
    sealed: dict[str, Opened] = {}
    judged: Accepted | Refused = Refused(msg("nothing was asked for"))
    for action in actions:
        given = Given(who, stamp.wall, secrets.token_bytes(_SEED_BYTES), language, opened)
        judged = decide(record.plan, run, action, given)
        if isinstance(judged, Refused):
            # All or nothing: what went before it is not done either.
            return judged, judged.events, {}
        events += judged.events
        run = judged.run
        sealed.update(judged.sealed)
        opened.update(judged.sealed)
    return judged, events, sealed


def _seal(context: Context, run: Run, sealed: Mapping[str, Opened]) -> None:
    """Keep sealed values durably before the entry that commits to them."""
    if sealed:
        subject = subject_of(run)
        context.vault.put_all(
            Personal(run.id, name, subject, behind.salt, behind.value) for name, behind in sealed.items()
        )


def subject_of(run: Run) -> str:
    """Whom the personal values of a run are about: the customer of its case, or its ticket."""
    known = run.facts.fields.get("customer_id")
    return known.value if known is not None and isinstance(known.value, str) else run.ticket


def _said(judged: Accepted | Refused, entry: int) -> Message:
    if isinstance(judged, Refused):
        return judged.message
    return msg("recorded, entry {entry}", entry=entry)
