"""Calls as the state sees them: a callee's names begin, go on with the next element, and end."""

from collections.abc import Iterable, Mapping
from typing import Any

from sop_runner.machine.graph import GraphNode, scope_of
from sop_runner.machine.plan import Plan

from . import events as ev
from .actions import Opened
from .counting import is_callers
from .events import Event
from .facts import NONE, NOTHING, Facts, Frame
from .gains import gained, invalidate, scoped
from .recorded import fields_in
from .state import Run


def frame_scope(at: str, element: int) -> str:
    """The prefix of a call's names: `CALL/`, or `CALL[2]/` for its second element."""
    return f"{at}[{element}]/" if element else f"{at}/"


def call_of(scope: str) -> tuple[str, int]:
    """The call that a scope belongs to, and the number of its element (0 where there is one run only)."""
    inner = scope[:-1]
    if inner.endswith("]"):
        call, _, number = inner[:-1].rpartition("[")
        return call, int(number)
    return inner, 0


def call_entered(
    plan: Plan,
    run: Run,
    facts: Facts,
    at: str,
    event: Event,
    opened: Mapping[str, Opened],
    previous: Frame | None,
) -> tuple[Run, Facts]:
    """A callee of the call `at` starts afresh, with the values and the held controls that it is given.

    `previous` is how the call stood, which goes on where a further element begins.
    """
    to = event.to or ""
    scope, inner = scope_of(at), scope_of(to)
    about = ev.about(event, "call")
    element = about["element"]
    if element <= 1:
        facts = _without_call(facts, at)
        if run.jumps:
            jumps = {k: n for k, n in run.jumps.items() if not _inside(k, at) or is_callers(k, at)}
            run = run.changed(jumps=jumps, kept_jumps=run.kept_jumps.intersection(jumps))
    fields, controls, invalidated, decisions, frames = facts
    names = [name for name in plan.node(to).procedure.controls if scope + name in controls.kind.index]
    given = frozenset(names)
    kept = previous[3:] if previous is not None and element > 1 else (NONE, NOTHING, event.when)
    frame = tuple.__new__(Frame, (given, element, about["elements"], *kept))
    fields = fields.recorded(fields_in(event, plan, inner, opened), at)
    controls = controls.put_again({inner + name: scope + name for name in names})
    return run, tuple.__new__(Facts, (fields, controls, invalidated, decisions, {**frames, at: frame}))


def _inside(name: str, call: str) -> bool:
    return name.startswith(call) and name[len(call) : len(call) + 1] in ("/", "[")


def _without_call(facts: Facts, at: str) -> Facts:
    if at not in facts.frames:  # never entered: nothing can have come to be inside
        return facts
    return Facts(
        facts.fields.changed(_gone(facts.fields, at)),
        facts.controls.changed(_gone(facts.controls, at)),
        {name: serial for name, serial in facts.invalidated.items() if not _inside(name, at)},
        facts.decisions.changed(_gone(facts.decisions, at)),
        {name: frame for name, frame in facts.frames.items() if not _inside(name, at)},
    )


def _gone(part: Iterable[str], call: str) -> dict[str, None]:
    return dict.fromkeys(name for name in part if _inside(name, call))


def call_ended(
    plan: Plan, run: Run, node: GraphNode, event: Event, opened: Mapping[str, Opened]
) -> tuple[Run, Facts, Mapping[str, Any]]:
    """A callee ended: the caller loses what it no longer holds; completed, it gains and is given values.

    The run, its facts then, and what else changes.
    """
    end_scope = scope_of(event.at or "")
    call_at, element = call_of(end_scope)
    call = plan.node(call_at)
    frame = run.facts.frames[call_at]
    completed = getattr(node.node, "result", "") == "completed"
    facts = _give_back(run.facts, run.seq, call_at, end_scope, frame)
    fields, controls, invalidated, decisions, frames = facts
    ages, gains = frame.ages, call.satisfies
    if completed and gains:
        ages = {**ages}
        for name in gains:
            gain = controls.get(end_scope + name)
            if gain is not None:
                ages[name] = min(ages.get(name, gain.at), gain.at)
    incomplete = frame.incomplete if completed else frame.incomplete | {element}
    if incomplete is not frame.incomplete or ages is not frame.ages:
        frame = tuple.__new__(Frame, (*frame[:3], incomplete, ages, frame.since))
    if event.type == ev.ELEMENT_STARTED:
        return *call_entered(plan, run, facts, call_at, event, opened, frame), NOTHING
    frames = {**frames, call_at: frame}
    scope = scope_of(call_at)
    fields = fields.recorded(fields_in(event, plan, scope, opened), call_at)
    facts = tuple.__new__(Facts, (fields, controls, invalidated, decisions, frames))
    if call.invalidates:
        facts = invalidate(facts, run.seq, scoped(scope, call.invalidates))
    if gains and not incomplete and frame.element == frame.elements:
        when, controls = event.when, facts.controls
        controls = gained(controls, run, gains, call.valid_for, call_at, scope, when, False, fields, ages)
        facts = tuple.__new__(Facts, (fields, controls, *facts[2:]))
    timed = call.id in plan.graph.timed
    return run, facts, {"done_at": {**run.done_at, call_at: event.when}} if timed else NOTHING


def _give_back(facts: Facts, serial: int, call_at: str, inner: str, frame: Frame) -> Facts:
    """The caller loses what the callee no longer holds of the controls it was given."""
    if not frame.given:
        return facts
    scope, held = scope_of(call_at), facts.controls.kind.index
    return invalidate(facts, serial, [scope + name for name in frame.given if inner + name not in held])


def leave_calls(plan: Plan, facts: Facts, serial: int, at: str, to: str) -> Facts:
    """An arrow out of a call from inside ends the callee there, without completing it."""
    scope, target = scope_of(at), scope_of(to)
    while scope and not target.startswith(scope):
        call_at, _ = call_of(scope)
        frame = facts.frames.get(call_at)
        if frame is not None:
            facts = _give_back(facts, serial, call_at, scope, frame)
        scope = scope_of(call_at)
        facts = invalidate(facts, serial, scoped(scope, plan.node(call_at).invalidates))
    return facts
