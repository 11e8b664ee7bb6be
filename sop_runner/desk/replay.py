"""Replaying a run: the fold of its entries, each move held against the plan that it pinned."""

from dataclasses import dataclass, replace

from sop_runner.machine.plan import Plan
from sop_runner.run.events import MOVES, NODE_PASSED_OVER, Event
from sop_runner.run.evolve import evolve, started
from sop_runner.run.guards import missing
from sop_runner.run.state import Run

from .context import Context
from .record import read_record
from .wire import event_of


@dataclass(frozen=True, slots=True)
class Step:
    """How the run stood after one entry; `problem` says what the plan does not allow."""

    entry: int
    type: str
    at: str
    status: str
    held: tuple[str, ...]
    problem: str = ""


def replay_run(context: Context, run_id: str) -> tuple[Step, ...]:
    """Every entry of a run and how the run stood after it. Raises UsageError for an unknown run."""
    record = read_record(context, run_id)
    steps: list[Step] = []
    run: Run | None = None
    unproved = ""
    for entry in record.entries:
        event = event_of(entry)
        problem = "" if run is None else _problem(record.plan, run, event)
        if unproved and event.type != NODE_PASSED_OVER:
            # It stayed where it arrived; what is passed over is not entered.
            steps[-1] = replace(steps[-1], problem=steps[-1].problem or unproved)
        if run is None:
            run = started(record.plan, run_id, event, record.opened)
        else:
            run = evolve(record.plan, run, event, record.opened)
        unproved = _unproved(record.plan, run, event)
        held = tuple(sorted(run.facts.controls))
        steps.append(Step(entry.seq, entry.type, run.end or run.at, run.status, held, problem))
    if unproved:
        steps[-1] = replace(steps[-1], problem=steps[-1].problem or unproved)
    return tuple(steps)


def _problem(plan: Plan, run: Run, event: Event) -> str:
    """A move has to start where the run stands, along an arrow of the machine."""
    if event.type not in MOVES:
        return ""
    if event.at != run.at:
        return f"the move starts at '{event.at}', the run stands at '{run.at}'"
    try:
        allowed = plan.engine.table().get((plan.node(run.at).id, event.arrow or ""))
        arrived = plan.node(event.to or "").id
    except KeyError:
        return f"the procedure has no item '{event.to}'"
    if allowed != arrived:
        return f"no way '{event.arrow}' leads from '{event.at}' to '{event.to}'"
    return ""


def _unproved(plan: Plan, run: Run, event: Event) -> str:
    """Arriving at an item needs its controls, at the recorded time."""
    if event.type not in MOVES:
        return ""
    absent, stale = missing(run, plan.node(run.at), run.at, event.when)
    if absent or stale:
        return f"'{run.at}' was entered without {', '.join((*absent, *stale))}"
    return ""
