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
from .facts import Facts, Recorded, Taken
from .frames import call_ended, call_entered, leave_calls
from .gains import cut, gained, invalidate, scoped
from .recorded import fields_in
from .roles import people_after
from .state import OpenStep, Run
from .way import Way


def evolve_move(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> Run:
    """The run after a move; see the folds of each kind of move below."""
    at, to = event.at or "", event.to or ""
    node = plan.node(at)
    facts, changes = run.facts, _UNCHANGED
    if event.type in _LEAVING:
        facts, changes = _left(plan, run, node, event, opened)
        if node.scope and event.type in (ev.OTHERWISE_TAKEN, ev.LIMIT_TAKEN):
            run = leave_calls(plan, run.changed(facts=facts, **changes), at, to)
            facts, changes = run.facts, _UNCHANGED
    else:
        if event.type == ev.NODE_PASSED_OVER:
            run = _passed_over(run, node, at)
        elif event.type == ev.CALL_ENTERED:
            run = call_entered(plan, run, node, event, opened)
        else:
            run = call_ended(plan, run, node, event, opened)
        facts = run.facts
    return _arrive(plan, run, event, node, facts, changes)


_LEAVING = frozenset((ev.NODE_DONE, ev.DECISION_TAKEN, ev.OTHERWISE_TAKEN, ev.LIMIT_TAKEN))
_ANSWERED = frozenset((ev.NODE_DONE, ev.DECISION_TAKEN))
_UNCHANGED: Mapping[str, Any] = {}


def _left(
    plan: Plan, run: Run, node: GraphNode, event: Event, opened: Mapping[str, Opened]
) -> tuple[Facts, Mapping[str, Any]]:
    """The facts as a person or a rule leaves a node, and what else changes: who acted, what it opens and closes."""
    at = event.at or ""
    facts = invalidate(run.facts, run, scope_of(at), node.invalidates) if node.invalidates else run.facts
    changes: dict[str, Any] = {}
    if event.type == ev.NODE_DONE:
        kinds = [piece["kind"] for piece in event.evidence]
        waived = "waiver" in kinds
        if waived or run.partial or node.satisfies or "field" in kinds:
            facts = _done(plan, run, node, event, facts, opened, waived)
        if waived:
            changes["waived"] = run.waived | {at}
        elif at in run.waived:
            changes["waived"] = run.waived - {at}
    elif event.type == ev.DECISION_TAKEN:
        facts = _decided(plan, run, node, event, facts, opened)
    if node.id in plan.graph.timed:
        changes["done_at"] = {**run.done_at, at: event.when}
    if event.type in _ANSWERED:
        if node.undoes or node.undone_by:
            changes["open"] = _open_and_close(run, node, at, event.when)
        people = people_after(node, run.people, event)
        if people is not run.people:
            changes["people"] = people
    return facts, changes


def _done(
    plan: Plan,
    run: Run,
    node: GraphNode,
    event: Event,
    facts: Facts,
    opened: Mapping[str, Opened],
    waived: bool,
) -> Facts:
    """What a node that is done records, and what it gains."""
    at = event.at or ""
    scope = scope_of(at)
    fields = facts.fields
    if waived:
        # What a waived node did not record this time is not known, whatever an earlier round said.
        fields = fields.changed(dict.fromkeys(scoped(scope, node.records)))
    recorded = (_items_in(run, node, at) if run.partial else {}) | fields_in(event, plan, scope, at, opened)
    fields = fields.changed(recorded)
    controls = facts.controls
    if node.satisfies:
        controls = gained(controls, run, node.satisfies, node.valid_for, at, event.when, waived, fields)
    return Facts(fields, controls, *facts[2:])


def _items_in(run: Run, node: GraphNode, at: str) -> dict[str, Recorded | None]:
    """The answers of a completed checklist, as `CHECKLIST.item` and under a field's own name."""
    items = getattr(node.node, "items", ())
    scope = scope_of(at)
    found: dict[str, Recorded | None] = {}
    for item in items:
        piece = run.partial.get(item.item)
        name = f"{scope}{node.local}.{item.item}"
        own = scope + item.field.field if item.field and item.field.field else name
        if piece is None or "not_asked" in piece:
            found[own] = found[name] = None
        elif "not_applicable" in piece:
            found[own] = None
            found[name] = Recorded("not_applicable", at)
        else:
            value = piece["typed"] if "typed" in piece else piece.get("answer", UNKNOWN)
            found[name] = None if value is UNKNOWN else Recorded(value, at)
            if value is not UNKNOWN:
                found[own] = Recorded(value, at)
    return found


def _decided(
    plan: Plan, run: Run, node: GraphNode, event: Event, facts: Facts, opened: Mapping[str, Opened]
) -> Facts:
    """A decision taken again replaces what it imposed and set."""
    at = event.at or ""
    scope = scope_of(at)
    assert isinstance(node.node, Decision)
    outcome = next(o for o in node.node.outcomes if o.outcome == event.outcome)
    fields = facts.fields
    before = facts.decisions.get(at)
    if before is not None:
        set_then = [scope + name for name in before.sets]
        fields = fields.changed(
            dict.fromkeys(name for name in set_then if name in fields and fields[name].node == at)
        )
    fields = fields.changed(fields_in(event, plan, scope, at, opened) | {at: Recorded(outcome.outcome, at)})
    taken = {at: Taken(outcome.outcome, outcome.imposes, tuple(outcome.sets))}
    controls = facts.controls
    if outcome.satisfies:
        names = frozenset(outcome.satisfies)
        controls = gained(controls, run, names, outcome.valid_for, at, event.when, False, fields)
    return Facts(fields, controls, facts.invalidated, facts.decisions.changed(taken), facts.frames)


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
    fields = facts.fields.changed(dict.fromkeys(scoped(scope, node.records_alone)))
    if fields is not facts.fields:
        facts = facts._replace(fields=fields)
    return run.changed(way=way, facts=facts)


def _arrive(
    plan: Plan, run: Run, event: Event, source: GraphNode, facts: Facts, changes: Mapping[str, Any]
) -> Run:
    """Count the jump, and enter the target with `facts`."""
    to = event.to or ""
    jumps, kept = counted(plan, run, event, source)
    way, attempts, before = run.way, run.attempts, None
    target = plan.node(to)
    if target.only_when is not None:
        before = way, facts
    index = _last_visit(plan, way, to, target)
    if index is not None:
        if attempts:
            gone = {visit.node for visit in way[index:]}
            attempts = {node: n for node, n in attempts.items() if node not in gone}
        changes = {**changes, "final": _final(plan, run, index)}
        way, serial, entered_with = way.cut(index)
        facts = cut(facts, entered_with, serial)
    if not (target.scope and target.kind == "end"):
        way = way.entered(to, run.seq, facts)
    after = run.arrived(to, event.when, facts, way, before, attempts, jumps, kept)
    return after.changed(**changes) if changes else after


def _final(plan: Plan, run: Run, index: int) -> tuple[int, str]:
    """Before when nothing can be taken back any more: the irreversible nodes that the cut way led over."""
    way, serial = run.way, run.seq
    for number in range(len(way) - 1, index - 1, -1):
        node = way.node(number)
        if plan.node(node).irreversible:
            return serial, node
        serial = way.serial(number)
    return run.final


def _last_visit(plan: Plan, way: Way, to: str, target: GraphNode) -> int | None:
    """Where the way passed `to`; since then it can only have passed nodes that recur too."""
    recurring = plan.graph.recurring
    if target.id not in recurring or to not in (nodes := way.nodes):
        return None
    for index in range(len(nodes) - 1, -1, -1):
        if nodes[index] == to:
            return index
        if template(nodes[index]) not in recurring:
            return None
    return None
