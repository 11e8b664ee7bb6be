"""A move along an arrow: what it records, gains, loses and opens, and where the way then stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sop_runner.machine.graph import GraphNode, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Decision
from sop_runner.procedure.value_types import UNKNOWN

from . import events as ev
from .actions import Opened
from .counting import counted
from .events import Event
from .facts import Gain, Recorded, Taken
from .frames import call_ended, call_entered, leave_calls
from .gains import cut, gained, invalidate, scoped
from .packed import rows
from .recorded import put_fields
from .roles import acting
from .state import OpenStep, Run
from .way import Way


def evolve_move(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> Run:
    """The run after a move; see the folds of each kind of move below."""
    at, to = event.at or "", event.to or ""
    node = plan.node(at)
    changes: dict[str, Any] = {}
    if event.type == ev.NODE_PASSED_OVER:
        run = _passed_over(run, node, at)
    elif event.type == ev.CALL_ENTERED:
        run = call_entered(plan, run, node, event, opened)
    elif event.type in (ev.CALL_RETURNED, ev.ELEMENT_STARTED):
        run = call_ended(plan, run, node, event, opened)
    else:
        changes = _left(plan, run, node, event, opened)
        if node.scope and event.type in (ev.OTHERWISE_TAKEN, ev.LIMIT_TAKEN):
            run, changes = leave_calls(plan, run._replace(**changes), at, to), {}
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

    facts = invalidate(facts, run, scope, node.invalidates)
    controls = facts.controls
    if event.type == ev.NODE_DONE:
        kinds = [piece["kind"] for piece in event.evidence]
        waived = "waiver" in kinds
        if "field" in kinds or run.partial or waived:
            fields = rows(facts.fields)
            # What a waived node did not record this time is not known, whatever an earlier round said.
            for name in scoped(scope, node.records) if waived else ():
                fields.pop(name, None)
            _put_items(fields, run, node, at)
            put_fields(fields, plan, scope, at, event, opened)
        if node.satisfies:
            controls = gained(controls, run, node.satisfies, node.valid_for, at, event.when, waived, fields)
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
    fields = rows(run.facts.fields)
    before = run.facts.decisions.get(at)
    for name in before.sets if before else ():
        recorded = fields.get(scope + name)
        if recorded is not None and recorded.node == at:
            del fields[scope + name]
    put_fields(fields, plan, scope, at, event, opened)
    fields[at] = Recorded(outcome.outcome, at)
    taken = Taken(outcome.outcome, outcome.imposes, tuple(outcome.sets))
    if outcome.satisfies:
        names = frozenset(outcome.satisfies)
        controls = gained(controls, run, names, outcome.valid_for, at, event.when, False, fields)
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


def _arrive(plan: Plan, run: Run, event: Event, source: GraphNode, changes: dict[str, Any]) -> Run:
    """Count the jump, leave the calls that the arrow leaves, and enter the target."""
    to = event.to or ""
    jumps, kept = counted(plan, run, event, source)
    way, facts, attempts = run.way, changes.pop("facts", run.facts), run.attempts
    entered_with = facts
    target = plan.node(to)
    index = _last_visit(plan, way, to, target)
    if index is not None:
        facts = cut(facts, way.facts(index), way[index].serial)
        if attempts:
            gone = {visit.node for visit in way[index:]}
            attempts = {node: n for node, n in attempts.items() if node not in gone}
        changes["final"] = _final(plan, run, index)
        way = way.before(index)
    facts = facts.packed()
    before = (run.way, entered_with.packed()) if target.only_when is not None else None
    if not (target.scope and target.kind == "end"):
        way = way.entered(to, run.seq, facts)
    after = run.arrived(to, event.when, facts, way, before, attempts, jumps, kept)
    return after._replace(**changes) if changes else after


def _final(plan: Plan, run: Run, index: int) -> tuple[int, str]:
    """Before when nothing can be taken back any more: the irreversible nodes that the cut way led over."""
    final = run.final
    for visit, following in zip(run.way[index:], [*run.way[index + 1 :], None], strict=True):
        if plan.node(visit.node).irreversible:
            final = (following.serial if following else run.seq, visit.node)
    return final


def _last_visit(plan: Plan, way: Way, to: str, target: GraphNode) -> int | None:
    """Where the way passed `to`; since then it can only have passed nodes that recur too."""
    recurring = plan.graph.recurring
    if target.id not in recurring:
        return None
    for index in range(len(way) - 1, -1, -1):
        visited = way[index].node
        if visited == to:
            return index
        if template(visited) not in recurring:
            return None
    return None
