"""Calls as the state sees them: a callee's names begin, go on with the next element, and end."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sop_runner.machine.graph import GraphNode, scope_of
from sop_runner.machine.plan import Plan

from . import events as ev
from .actions import Opened
from .counting import is_callers
from .events import Event
from .facts import Facts, Frame, Gain
from .gains import gained, invalidate
from .packed import Packed
from .recorded import fields_in
from .state import Run

T = TypeVar("T")


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


def call_entered(plan: Plan, run: Run, node: GraphNode, event: Event, opened: Mapping[str, Opened]) -> Run:
    """A callee starts afresh, with the values and the held controls that it is given."""
    at = event.at or ""
    inner = scope_of(event.to or "")
    about = next(piece for piece in event.evidence if piece["kind"] == "call")
    facts = run.facts
    jumps = run.jumps
    open_steps = run.open
    if about["element"] <= 1:
        facts = _without_call(facts, at)
        jumps = {k: n for k, n in jumps.items() if not _inside(k, at) or is_callers(k, at)}
    given_controls: dict[str, Gain | None] = {}
    for name in plan.node(event.to or "").procedure.controls:
        gain = facts.controls.get(scope_of(at) + name)
        if gain is not None:
            given_controls[inner + name] = gain
    previous = facts.frames.get(at)
    frame = Frame(
        given=frozenset(name[len(inner) :] for name in given_controls),
        element=about["element"],
        elements=about["elements"],
        since=event.when,
    )
    if previous is not None and about["element"] > 1:
        frame = frame._replace(incomplete=previous.incomplete, ages=previous.ages, since=previous.since)
    facts = facts._replace(
        fields=facts.fields.changed(fields_in(event, plan, inner, at, opened)),
        controls=facts.controls.changed(given_controls),
        frames={**facts.frames, at: frame},
    )
    return run.changed(facts=facts, jumps=jumps, open=open_steps)


def _inside(name: str, call: str) -> bool:
    return name.startswith(call) and name[len(call) : len(call) + 1] in ("/", "[")


def _without_call(facts: Facts, at: str) -> Facts:
    if at not in facts.frames:  # never entered: nothing can have come to be inside
        return facts
    return Facts(
        _outside(facts.fields, at),
        _outside(facts.controls, at),
        {name: serial for name, serial in facts.invalidated.items() if not _inside(name, at)},
        _outside(facts.decisions, at),
        {name: frame for name, frame in facts.frames.items() if not _inside(name, at)},
    )


def _outside(part: Packed[T], call: str) -> Packed[T]:
    return part.changed(dict.fromkeys(name for name in part if _inside(name, call)))


def call_ended(plan: Plan, run: Run, node: GraphNode, event: Event, opened: Mapping[str, Opened]) -> Run:
    """A callee ended: the caller loses what it no longer holds; completed, it gains and is given values."""
    end_scope = scope_of(event.at or "")
    call_at, element = call_of(end_scope)
    call = plan.node(call_at)
    frame = run.facts.frames[call_at]
    completed = getattr(node.node, "result", "") == "completed"
    run = _give_back(run, call_at, end_scope, frame)
    controls = run.facts.controls
    ages = dict(frame.ages)
    for name in call.satisfies:
        gain = controls.get(end_scope + name)
        if completed and gain is not None:
            ages[name] = min(ages.get(name, gain.at), gain.at)
    incomplete = frame.incomplete if completed else frame.incomplete | {element}
    frame = frame._replace(incomplete=incomplete, ages=ages)
    facts = run.facts._replace(frames={**run.facts.frames, call_at: frame})
    run = run.changed(facts=facts)
    if event.type == ev.ELEMENT_STARTED:
        return call_entered(plan, run, call, event._replace(at=call_at), opened)
    changes: dict[str, Any] = {}
    fields = facts.fields.changed(fields_in(event, plan, scope_of(call_at), call_at, opened))
    facts = invalidate(facts._replace(fields=fields), run, scope_of(call_at), call.invalidates)
    if not incomplete and frame.element == frame.elements:
        controls = gained(
            facts.controls, run, call.satisfies, call.valid_for, call_at, event.when, False, fields, ages
        )
        facts = facts._replace(controls=controls)
    if call.id in plan.graph.timed:
        changes["done_at"] = {**run.done_at, call_at: event.when}
    return run.changed(facts=facts, **changes)


def _give_back(run: Run, call_at: str, inner: str, frame: Frame) -> Run:
    """The caller loses what the callee no longer holds of the controls it was given."""
    scope = scope_of(call_at)
    controls = run.facts.controls
    lost = {scope + name for name in frame.given if inner + name not in controls}
    if not lost:
        return run
    facts = run.facts._replace(
        controls=controls.changed(dict.fromkeys(lost)),
        invalidated={**run.facts.invalidated, **dict.fromkeys(lost, run.seq)},
    )
    return run.changed(facts=facts)


def leave_calls(plan: Plan, run: Run, at: str, to: str) -> Run:
    """An arrow out of a call from inside ends the callee there, without completing it."""
    scope, target = scope_of(at), scope_of(to)
    while scope and not target.startswith(scope):
        call_at, _ = call_of(scope)
        frame = run.facts.frames.get(call_at)
        if frame is not None:
            run = _give_back(run, call_at, scope, frame)
        scope = scope_of(call_at)
        run = run.changed(facts=invalidate(run.facts, run, scope, plan.node(call_at).invalidates))
    return run
