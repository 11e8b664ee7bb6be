"""Clocks of the node at hand: waits, expected times, limits; judged at the time of an action."""

from dataclasses import dataclass
from datetime import datetime

from sop_runner.machine.graph import GraphNode, limit_arrow, scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Step
from sop_runner.procedure.timing import Until

from .environment import RunEnv
from .frames import call_of
from .moments import as_moment
from .state import Run


@dataclass(frozen=True, slots=True)
class Running:
    """One clock that runs: `kind` is `expect` or `limit`; `arrow` is the only way left once it has passed."""

    kind: str
    node: str
    since: datetime
    due: datetime
    arrow: str | None = None


def running(plan: Plan, run: Run, now: datetime) -> tuple[Running, ...]:
    """The clocks of the node at hand and of the calls it stands in."""
    if run.status != "open" or (plan.node(run.at).time is None and "/" not in run.at):
        return ()
    found = list(_of(plan, run, plan.node(run.at), run.at, run.entered, now, "at_limit"))
    scope = scope_of(run.at)
    while scope:
        call_at, _ = call_of(scope)
        call = plan.node(call_at)
        frame = run.facts.frames.get(call_at)
        if frame is not None and frame.since is not None:
            found.extend(_of(plan, run, call, call_at, frame.since, now, limit_arrow(call.id)))
        scope = scope_of(call_at)
    return tuple(found)


def _of(
    plan: Plan, run: Run, node: GraphNode, at: str, entered: datetime, now: datetime, arrow: str
) -> tuple[Running, ...]:
    spec = node.time
    if spec is None:
        return ()
    scope = scope_of(at)
    env = RunEnv(plan, run, scope, now)
    since: datetime | None = entered
    if spec.from_:
        done = run.done_at.get(scope + spec.from_)
        since = done if node.scope + spec.from_ in plan.graph.nodes else as_moment(env.value(spec.from_), run)
    found = []
    way_out = arrow if arrow in plan.node(run.at).arrows else None
    if spec.expect is not None and since is not None:
        found.append(Running("expect", at, since, since + spec.expect))
    dues = []
    if spec.limit is not None and since is not None:
        dues.append(since + spec.limit)
    if spec.until:
        until = as_moment(env.value(spec.until), run)
        if until is not None:
            dues.append(until)
    if dues:
        found.append(Running("limit", at, since or entered, min(dues), way_out))
    return tuple(found)


def only_way(plan: Plan, run: Run, now: datetime) -> Running | None:
    """The passed limit whose jump is the only way left, outermost call last; None where none has passed."""
    if run.abandoning:
        return None
    for clock in running(plan, run, now):
        if clock.arrow is not None and now > clock.due:
            return clock
    return None


def waits_until(plan: Plan, run: Run, now: datetime) -> datetime | None:
    """Before when the step at hand cannot be reported done; None where it does not wait."""
    node = plan.node(run.at).node
    if not isinstance(node, Step) or node.wait is None:
        return None
    if isinstance(node.wait, Until):
        return as_moment(RunEnv(plan, run, run.scope, now).value(node.wait.until), run)
    return run.entered + node.wait
