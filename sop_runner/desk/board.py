"""The board: one summary a run, written with its entries and rebuildable from them alone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.audit.log import Summary
from sop_runner.base.clock import utc_text
from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev
from sop_runner.run.events import Event
from sop_runner.run.state import Run
from sop_runner.run.timing import running

from .context import Context
from .port import BoardRow
from .record import promised_by, read_record
from .wire import event_of


def summary_of(
    context: Context, plan: Plan, run: Run, newest: Event, actor: str, run_seq: int, promised: datetime | None
) -> Summary:
    """What the board says of a run after `newest`, its entry `run_seq`.

    `actor` acted last; `promised` is when the ticket's service level runs out.
    """
    language = context.settings.language
    due = min((moment for moment in (_limit(plan, run), promised) if moment is not None), default=None)
    waiting = _waiting_for(plan, run, actor)
    facts: dict[str, Any] = {
        "ticket": run.ticket,
        "status": _status(run, waiting),
        "waiting_for": list(waiting),
        "due": utc_text(due) if due and run.status != "ended" else None,
        "last": utc_text(newest.when),
        "opened": utc_text(run.started),
        "procedure": plan.procedure.procedure,
        "revision": plan.procedure.revision,
        "title": plan.procedure.title.unfilled(language, plan.procedure.language),
        "review_by": plan.procedure.review_by.isoformat(),
        "at": run.at,
        "item_title": title_of(plan, run.at, language),
        "holders": sorted({person for people in run.holders.values() for person in people}),
        "hold_reason": run.hold.reason if run.hold else "",
        "result": run.result,
        "left_open": [node for node, _ in run.left],
    }
    return Summary(run.id, run_seq, facts)


def title_of(plan: Plan, location: str, language: str) -> str:
    """The title of an item in a language; its id where it has none."""
    node = plan.node(location)
    title = getattr(node.node, "title", None)
    return title.unfilled(language, node.procedure.language) if title is not None else location


def _limit(plan: Plan, run: Run) -> datetime | None:
    dues = [clock.due for clock in running(plan, run, run.entered) if clock.kind == "limit"]
    return min(dues, default=None)


def _status(run: Run, waiting: tuple[str, ...]) -> str:
    if run.status == "ended":
        return "ended"
    if run.hold is not None:
        return "held"
    return "waiting" if waiting else "open"


def _waiting_for(plan: Plan, run: Run, actor: str) -> tuple[str, ...]:
    """Whom the run waits for: who is offered it, or whoever can act where the last one cannot."""
    if run.status == "ended":
        return ()
    if run.offer is not None:
        return (run.offer.taker,)
    node = plan.node(run.at)
    excluded = {person for role, person in run.people.acted if role in node.not_by}
    fitting: set[str] = set()
    held: set[str] = set()
    for role in node.by:
        holders = set(run.people.holders(role)) - excluded
        held |= holders
        fitting |= holders or set(run.named.get(role, ())) - excluded
    if actor in fitting or not node.by:
        return ()
    return tuple(sorted(held)) or tuple(node.by)


def acted_last(events: Sequence[Event], before: str) -> str:
    """Who did the newest of `events` that somebody did; `before` where nobody did any."""
    return next((event.actor for event in reversed(events) if event.actor), before)


def board_rows(context: Context, *, ended: bool = False) -> tuple[BoardRow, ...]:
    """The runs that have not ended (all with `ended`), as they stand now, newest first."""
    now = context.clock.now().wall
    today = now.astimezone(ZoneInfo(context.settings.timezone)).date()
    return tuple(_row(summary, now, today) for summary in context.ledger.summaries(ended=ended))


def _row(summary: Summary, now: datetime, today: date) -> BoardRow:
    facts: Mapping[str, Any] = summary.facts
    due = datetime.fromisoformat(facts["due"]) if facts["due"] else None
    overdue = facts["status"] != "ended" and due is not None and due < now
    return BoardRow(
        run=summary.run,
        ticket=facts["ticket"],
        procedure=facts["procedure"],
        revision=facts["revision"],
        title=facts["title"],
        state="overdue" if overdue else facts["status"],
        at=facts["at"],
        item_title=facts["item_title"],
        holders=tuple(facts["holders"]),
        waiting_for=tuple(facts["waiting_for"]),
        hold_reason=facts["hold_reason"],
        opened=datetime.fromisoformat(facts["opened"]),
        last=datetime.fromisoformat(facts["last"]),
        due=due,
        result=facts["result"],
        left_open=tuple(facts["left_open"]),
        review_due=facts["status"] != "ended" and facts.get("review_by", "9999") < today.isoformat(),
    )


def rebuild(context: Context) -> int:
    """Make every summary anew from the entries alone; return how many there are."""
    found = []
    for listing in context.ledger.runs():
        record = read_record(context, listing.run)
        told = [(i, event_of(entry)) for i, entry in enumerate(record.entries) if entry.type != ev.REFUSED]
        seq, newest = told[-1]
        actor = acted_last([event for _, event in told], "")
        promised = promised_by(context, record.run)
        found.append(summary_of(context, record.plan, record.run, newest, actor, seq, promised))
    context.ledger.rebuild(found)
    return len(found)
