"""A move along an arrow: what it records, gains, loses and opens, and where the way then stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sop_runner.machine.graph import GraphNode, scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Age, Decision
from sop_runner.procedure.value_types import UNKNOWN, Sealed

from . import events as ev
from .actions import Opened
from .counting import counted, is_callers
from .events import Event
from .recorded import put_fields
from .roles import acting
from .state import Facts, Frame, Gain, OpenStep, Recorded, Run, Taken, Visit

T = TypeVar("T")


def evolve_move(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> Run:
    """The run after a move; see the folds of each kind of move below."""
    at, to = event.at or "", event.to or ""
    node = plan.node(at)
    changes: dict[str, Any] = {}
    if event.type == ev.NODE_PASSED_OVER:
        run = _passed_over(run, node, at)
    elif event.type == ev.CALL_ENTERED:
        run = _call_entered(plan, run, node, event, opened)
    elif event.type in (ev.CALL_RETURNED, ev.ELEMENT_STARTED):
        run = _call_ended(plan, run, node, event, opened)
    else:
        changes = _left(plan, run, node, event, opened)
        if node.scope and event.type in (ev.OTHERWISE_TAKEN, ev.LIMIT_TAKEN):
            run, changes = _leave_calls(plan, run._replace(**changes), at, to), {}
    return _arrive(plan, run, event, node, changes)


def _left(
    plan: Plan, run: Run, node: GraphNode, event: Event, opened: Mapping[str, Opened]
) -> dict[str, Any]:
    """What changes as a person or a rule leaves a node: fields, controls, decisions, what it opens and closes."""
    at = event.at or ""
    scope = scope_of(at)
    facts = run.facts
    fields: dict[str, Recorded] | None = None
    decisions = facts.decisions
    changes: dict[str, Any] = {}
    done = event.type in (ev.NODE_DONE, ev.DECISION_TAKEN)

    facts = _invalidate(facts, run, scope, node.invalidates)
    controls = facts.controls
    if event.type == ev.NODE_DONE:
        kinds = {piece["kind"] for piece in event.evidence}
        waived = "waiver" in kinds
        if "field" in kinds or run.partial:
            fields = dict(facts.fields)
            _put_items(fields, run, node, at)
            put_fields(fields, plan, scope, at, event, opened)
        if node.satisfies:
            controls = _gain(controls, run, node.satisfies, node.valid_for, at, event.when, waived, fields)
        if waived:
            changes["waived"] = run.waived | {at}
        elif at in run.waived:
            changes["waived"] = run.waived - {at}
    elif event.type == ev.DECISION_TAKEN:
        fields, decisions, controls = _decided(plan, run, node, event, controls, opened)
    if fields is not None or controls is not facts.controls or decisions is not facts.decisions:
        facts = facts._replace(
            fields=facts.fields if fields is None else fields, controls=controls, decisions=decisions
        )
    if node.id in plan.graph.timed:
        changes["done_at"] = {**run.done_at, at: event.when}
    if done:
        if node.undoes or node.undone_by:
            changes["open"] = _open_and_close(run, node, at, event.when)
        changes.update(acting(node, run, event))
        changes.pop("here", None)
    changes["facts"] = facts
    return changes


def _scoped(scope: str, names: frozenset[str]) -> frozenset[str]:
    return frozenset(scope + name for name in names) if scope else names


def _put_items(fields: dict[str, Recorded], run: Run, node: GraphNode, at: str) -> None:
    """The answers of a completed checklist, as `CHECKLIST.item` and under a field's own name."""
    items = getattr(node.node, "items", ())
    scope = scope_of(at)
    for item in items:
        piece = run.partial.get(item.item)
        name = f"{scope}{node.local}.{item.item}"
        own = scope + item.field.field if item.field and item.field.field else None
        if piece is None or "not_asked" in piece:
            for gone in (name, own):
                if gone is not None:
                    fields.pop(gone, None)
            continue
        if "not_applicable" in piece:
            value: Any = "not_applicable"
            if own is not None:
                fields.pop(own, None)
                own = None
        else:
            value = piece["typed"] if "typed" in piece else piece.get("answer", UNKNOWN)
        if value is UNKNOWN:
            fields.pop(name, None)
            continue
        fields[name] = Recorded(value, at)
        if own is not None:
            fields[own] = Recorded(value, at)


def _gain(
    controls: Mapping[str, Gain],
    run: Run,
    names: frozenset[str],
    age: Age | None,
    at: str,
    when: datetime,
    waived: bool,
    fields: Mapping[str, Recorded] | None,
    ages: Mapping[str, datetime] | None = None,
) -> Mapping[str, Gain]:
    scope = scope_of(at)
    found = dict(controls)
    for name in names:
        gained_at = (ages or {}).get(name, when)
        until, day = None, None
        if age is not None and age.same_day:
            day = gained_at.astimezone(run.zone).date()
        elif age is not None and age.for_ is not None:
            since: Any = gained_at
            if age.from_:
                recorded = (fields if fields is not None else run.facts.fields).get(scope + age.from_)
                since = recorded.value if recorded else None
                since = since.value if isinstance(since, Sealed) else since
            # A time that is not known keeps nothing fresh.
            until = since + age.for_ if isinstance(since, datetime) else gained_at
        found[scope + name] = Gain(gained_at, at, until, day, waived)
    return found


def _decided(
    plan: Plan,
    run: Run,
    node: GraphNode,
    event: Event,
    controls: Mapping[str, Gain],
    opened: Mapping[str, Opened],
) -> tuple[dict[str, Recorded], Mapping[str, Taken], Mapping[str, Gain]]:
    """A decision taken again replaces what it imposed and set."""
    at = event.at or ""
    scope = scope_of(at)
    assert isinstance(node.node, Decision)
    outcome = next(o for o in node.node.outcomes if o.outcome == event.outcome)
    fields = dict(run.facts.fields)
    before = run.facts.decisions.get(at)
    for name in before.sets if before else ():
        recorded = fields.get(scope + name)
        if recorded is not None and recorded.node == at:
            del fields[scope + name]
    put_fields(fields, plan, scope, at, event, opened)
    fields[at] = Recorded(outcome.outcome, at)
    taken = Taken(outcome.outcome, frozenset(outcome.imposes), tuple(outcome.sets))
    if outcome.satisfies:
        gained = frozenset(outcome.satisfies)
        controls = _gain(controls, run, gained, outcome.valid_for, at, event.when, False, fields)
    return fields, {**run.facts.decisions, at: taken}, controls


def _open_and_close(run: Run, node: GraphNode, at: str, when: datetime) -> tuple[OpenStep, ...]:
    scope = scope_of(at)
    undone = {scope + name[len(node.scope) :] for name in node.undoes}
    steps = tuple(step for step in run.open if step.node not in undone)
    if node.undone_by and not any(step.node == at for step in steps):
        steps = (*steps, OpenStep(at, run.seq, when))
    return steps


def _passed_over(run: Run, node: GraphNode, at: str) -> Run:
    """It was not entered after all, and what only it records is not known."""
    scope = scope_of(at)
    way, facts = run.before_entry if run.before_entry is not None else (run.way, run.facts)
    fields = facts.fields
    if any(scope + name in fields for name in node.records_alone):
        fields = {k: v for k, v in fields.items() if k not in {scope + name for name in node.records_alone}}
        facts = facts._replace(fields=fields)
    return run._replace(way=way, facts=facts)


def frame_scope(at: str, element: int) -> str:
    """The prefix of a call's names: `CALL/`, or `CALL[2]/` for its second element."""
    return f"{at}[{element}]/" if element else f"{at}/"


def _call_entered(plan: Plan, run: Run, node: GraphNode, event: Event, opened: Mapping[str, Opened]) -> Run:
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
    given_controls: dict[str, Gain] = {}
    for name in plan.node(event.to or "").procedure.controls:
        gain = facts.controls.get(scope_of(at) + name)
        if gain is not None:
            given_controls[inner + name] = gain
    fields = dict(facts.fields)
    put_fields(fields, plan, inner, at, event, opened)
    previous = facts.frames.get(at)
    frame = Frame(
        given=frozenset(name[len(inner) :] for name in given_controls),
        element=about["element"],
        elements=about["elements"],
        since=event.when,
    )
    if previous is not None and about["element"] > 1:
        frame = frame._replace(incomplete=previous.incomplete, ages=previous.ages, since=previous.since)
    facts = Facts(
        fields,
        {**facts.controls, **given_controls},
        facts.invalidated,
        facts.decisions,
        {**facts.frames, at: frame},
    )
    return run._replace(facts=facts, jumps=jumps, open=open_steps)


def _inside(name: str, call: str) -> bool:
    return name.startswith(call) and name[len(call) : len(call) + 1] in ("/", "[")


def _without_call(facts: Facts, at: str) -> Facts:
    if not any(_inside(name, at) for part in facts for name in part):
        return facts
    return Facts(
        _outside(facts.fields, at),
        _outside(facts.controls, at),
        _outside(facts.invalidated, at),
        _outside(facts.decisions, at),
        _outside(facts.frames, at),
    )


def _outside(part: Mapping[str, T], call: str) -> Mapping[str, T]:
    return {name: value for name, value in part.items() if not _inside(name, call)}


def _call_ended(plan: Plan, run: Run, node: GraphNode, event: Event, opened: Mapping[str, Opened]) -> Run:
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
    run = run._replace(facts=facts)
    if event.type == ev.ELEMENT_STARTED:
        return _call_entered(plan, run, call, event._replace(at=call_at), opened)
    changes: dict[str, Any] = {}
    fields = dict(facts.fields)
    put_fields(fields, plan, scope_of(call_at), call_at, event, opened)
    facts = _invalidate(facts._replace(fields=fields), run, scope_of(call_at), call.invalidates)
    if not incomplete and frame.element == frame.elements:
        controls = _gain(
            facts.controls, run, call.satisfies, call.valid_for, call_at, event.when, False, fields, ages
        )
        facts = facts._replace(controls=controls)
    if call.id in plan.graph.timed:
        changes["done_at"] = {**run.done_at, call_at: event.when}
    return run._replace(facts=facts, **changes)


def _invalidate(facts: Facts, run: Run, scope: str, names: frozenset[str]) -> Facts:
    """What a node invalidates is gone however it is left."""
    if not names:
        return facts
    lost = _scoped(scope, names)
    controls = {name: gain for name, gain in facts.controls.items() if name not in lost}
    return facts._replace(
        controls=controls, invalidated={**facts.invalidated, **dict.fromkeys(lost, run.seq)}
    )


def call_of(scope: str) -> tuple[str, int]:
    """The call that a scope belongs to, and the number of its element (0 where there is one run only)."""
    inner = scope[:-1]
    if inner.endswith("]"):
        call, _, number = inner[:-1].rpartition("[")
        return call, int(number)
    return inner, 0


def _give_back(run: Run, call_at: str, inner: str, frame: Frame) -> Run:
    """The caller loses what the callee no longer holds of the controls it was given."""
    scope = scope_of(call_at)
    controls = run.facts.controls
    lost = {scope + name for name in frame.given if inner + name not in controls}
    if not lost:
        return run
    facts = run.facts._replace(
        controls={name: gain for name, gain in controls.items() if name not in lost},
        invalidated={**run.facts.invalidated, **dict.fromkeys(lost, run.seq)},
    )
    return run._replace(facts=facts)


def _arrive(plan: Plan, run: Run, event: Event, source: GraphNode, changes: dict[str, Any]) -> Run:
    """Count the jump, leave the calls that the arrow leaves, and enter the target."""
    to = event.to or ""
    jumps, kept = counted(plan, run, event, source)
    way, facts, attempts = run.way, changes.pop("facts", run.facts), run.attempts
    entered_with = facts
    target = plan.node(to)
    index = _last_visit(way, to) if target.id in plan.graph.recurring else None
    if index is not None:
        facts = _cut(facts, way[index])
        if attempts:
            gone = {visit.node for visit in way[index:]}
            attempts = {node: n for node, n in attempts.items() if node not in gone}
        changes["final"] = _final(plan, run, index)
        way = way[:index]
    before = (run.way, entered_with)
    if not (target.kind == "end" and target.scope):
        way = (*way, Visit(to, run.seq, facts))
    return run._replace(
        at=to,
        entered=event.when,
        last=event.when,
        seq=run.seq + 1,
        facts=facts,
        way=way,
        attempts=attempts,
        jumps=jumps,
        kept_jumps=kept,
        partial={},
        here=frozenset(),
        overrun=frozenset(),
        before_entry=before,
        **changes,
    )


def _final(plan: Plan, run: Run, index: int) -> tuple[int, str]:
    """Before when nothing can be taken back any more: the irreversible nodes that the cut way led over."""
    final = run.final
    for visit, following in zip(run.way[index:], [*run.way[index + 1 :], None], strict=True):
        if plan.node(visit.node).irreversible:
            final = (following.serial if following else run.seq, visit.node)
    return final


def _last_visit(way: tuple[Visit, ...], node: str) -> int | None:
    for index in range(len(way) - 1, -1, -1):
        if way[index].node == node:
            return index
    return None


def _cut(facts: Facts, visit: Visit) -> Facts:
    """Returning to a node on the way: the controls gained since it was entered are lost, fields stay.

    What the move into it invalidated and gained again was gained before it was entered.
    """
    held = visit.facts.controls
    controls = {
        name: gain
        for name, gain in held.items()
        if name in facts.controls and facts.invalidated.get(name, -1) <= visit.serial
    }
    return facts._replace(controls=controls)


def _leave_calls(plan: Plan, run: Run, at: str, to: str) -> Run:
    """An arrow out of a call from inside ends the callee there, without completing it."""
    scope, target = scope_of(at), scope_of(to)
    while scope and not target.startswith(scope):
        call_at, _ = call_of(scope)
        frame = run.facts.frames.get(call_at)
        if frame is not None:
            run = _give_back(run, call_at, scope, frame)
        scope = scope_of(call_at)
        run = run._replace(facts=_invalidate(run.facts, run, scope, plan.node(call_at).invalidates))
    return run
