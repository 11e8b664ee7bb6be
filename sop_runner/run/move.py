"""A move along an arrow: what it records, gains, loses and opens, and where the way then stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sop_runner.machine.graph import GraphNode, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Checklist, Decision
from sop_runner.procedure.value_types import UNKNOWN

from . import events as ev
from .actions import Opened
from .counting import counted
from .events import Event
from .facts import Facts, Taken
from .frames import call_ended, call_entered, leave_calls
from .gains import cut, gained, invalidate, scoped
from .recorded import fields_in
from .roles import people_after
from .state import OpenStep, Run
from .way import Way


def evolve_move(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> Run:
    """The run after a move; see the folds of each kind of move below."""
    kind, at = event.type, event.at or ""
    node = plan.node(at)
    way = run.way
    changes: Mapping[str, Any] = _UNCHANGED
    if kind in _LEAVING:
        facts, changes = _left(plan, run, node, kind, at, event, opened)
    elif kind == ev.NODE_PASSED_OVER:
        way, facts = _passed_over(run, node, at)
    elif kind == ev.CALL_ENTERED:
        facts = run.facts
        run, facts = call_entered(plan, run, facts, at, event, opened, facts.frames.get(at))
    else:
        run, facts, changes = call_ended(plan, run, node, event, opened)
    return _arrive(plan, run, event, node, way, facts, changes)


_LEAVING = frozenset((ev.NODE_DONE, ev.DECISION_TAKEN, ev.OTHERWISE_TAKEN, ev.LIMIT_TAKEN))
_UNCHANGED: Mapping[str, Any] = {}


def _left(
    plan: Plan, run: Run, node: GraphNode, kind: str, at: str, event: Event, opened: Mapping[str, Opened]
) -> tuple[Facts, Mapping[str, Any]]:
    """The facts as a person or a rule leaves a node, and what else changes: who acted, what it opens and closes."""
    scope = scope_of(at)
    facts = run.facts
    if node.invalidates:
        facts = invalidate(facts, run.seq, scoped(scope, node.invalidates))
    changes: dict[str, Any] = {}
    if node.id in plan.graph.timed:
        changes["done_at"] = {**run.done_at, at: event.when}
    if kind == ev.NODE_DONE:
        waived = False
        for piece in event.evidence:
            if piece["kind"] == "waiver":
                waived = True
        if waived:
            changes["waived"] = run.waived | {at}
        elif at in run.waived:
            changes["waived"] = run.waived - {at}
        facts = _done(plan, run, node, at, scope, event, facts, opened, waived)
    elif kind == ev.DECISION_TAKEN:
        facts = _decided(plan, run, node, at, scope, event, facts, opened)
    else:  # nobody answered it
        return leave_calls(plan, facts, run.seq, at, event.to or "") if scope else facts, changes
    if node.undoes or node.undone_by:
        changes["open"] = _open_and_close(run, node, at, event.when)
    if event.role is not None:
        people = people_after(node, run.people, event)
        if people is not run.people:
            changes["people"] = people
    return facts, changes


def _done(
    plan: Plan,
    run: Run,
    node: GraphNode,
    at: str,
    scope: str,
    event: Event,
    facts: Facts,
    opened: Mapping[str, Opened],
    waived: bool,
) -> Facts:
    """What a node that is done records, and what it gains."""
    found = fields_in(event, plan, scope, opened)
    if run.partial and node.kind == "checklist":
        found = _items_in(run, node, at) | found
    if waived:
        # What a waived node did not record this time is not known, whatever an earlier round said.
        found = dict.fromkeys(scoped(scope, node.records)) | found
    if not (found or node.satisfies):
        return facts
    fields, controls, invalidated, decisions, frames = facts
    fields = fields.recorded(found, at)
    if node.satisfies:
        controls = gained(
            controls, run, node.satisfies, node.valid_for, at, scope, event.when, waived, fields
        )
    return tuple.__new__(Facts, (fields, controls, invalidated, decisions, frames))


def _items_in(run: Run, node: GraphNode, at: str) -> dict[str, Any]:
    """The answers of a completed checklist, as `CHECKLIST.item` and under a field's own name."""
    assert isinstance(node.node, Checklist)
    scope, prefix = scope_of(at), f"{at}."
    found: dict[str, Any] = {}
    for item in node.node.items:
        piece = run.partial.get(item.item)
        name = prefix + item.item
        own = scope + item.field.field if item.field and item.field.field else name
        if piece is None or "not_asked" in piece:
            found[own] = found[name] = None
        elif "not_applicable" in piece:
            found[own] = None
            found[name] = "not_applicable"
        else:
            value = piece["typed"] if "typed" in piece else piece.get("answer", UNKNOWN)
            if value is UNKNOWN:
                found[name] = None
            else:
                found[name] = found[own] = value
    return found


def _decided(
    plan: Plan,
    run: Run,
    node: GraphNode,
    at: str,
    scope: str,
    event: Event,
    facts: Facts,
    opened: Mapping[str, Opened],
) -> Facts:
    """A decision taken again replaces what it imposed and set."""
    assert isinstance(node.node, Decision)
    for outcome in node.node.outcomes:
        if outcome.outcome == event.outcome:
            break
    else:
        raise KeyError(event.outcome)
    fields, controls, invalidated, decisions, frames = facts
    before = decisions.get(at)
    if before is not None:
        set_then = [scope + name for name in before.sets]
        fields = fields.changed(
            dict.fromkeys(name for name in set_then if name in fields and fields[name].node == at)
        )
    found = fields_in(event, plan, scope, opened)
    found[at] = outcome.outcome
    fields = fields.recorded(found, at)
    if outcome.satisfies:
        names = frozenset(outcome.satisfies)
        controls = gained(controls, run, names, outcome.valid_for, at, scope, event.when, False, fields)
    taken = tuple.__new__(Taken, (outcome.outcome, outcome.imposes, tuple(outcome.sets)))
    decisions = decisions.put_one(at, taken, ())
    return tuple.__new__(Facts, (fields, controls, invalidated, decisions, frames))


def _open_and_close(run: Run, node: GraphNode, at: str, when: datetime) -> tuple[OpenStep, ...]:
    scope = scope_of(at)
    undone = {scope + name[len(node.scope) :] for name in node.undoes}
    steps = tuple(step for step in run.open if step.node not in undone)
    if node.undone_by and not any(step.node == at for step in steps):
        steps = (*steps, OpenStep(at, run.seq, when))
    return steps


def _passed_over(run: Run, node: GraphNode, at: str) -> tuple[Way, Facts]:
    """It was not entered after all, and what only it records is not known."""
    scope = scope_of(at)
    way, facts = run.before_entry if run.before_entry is not None else (run.way, run.facts)
    fields = facts.fields.changed(dict.fromkeys(scoped(scope, node.records_alone)))
    if fields is not facts.fields:
        facts = facts._replace(fields=fields)
    return way, facts


def _arrive(
    plan: Plan,
    run: Run,
    event: Event,
    source: GraphNode,
    way: Way,
    facts: Facts,
    changes: Mapping[str, Any],
) -> Run:
    """Count the jump, and enter the target with `facts`."""
    to, serial = event.to or "", run.seq
    jumps, kept, attempts = run.jumps, run.kept_jumps, run.attempts
    if jumps or source.id in plan.counting:
        jumps, kept = counted(plan, run, event, source)
    target = plan.node(to)
    before = None if target.only_when is None else (way, facts)
    index = _last_visit(plan, way, to) if target.id in plan.graph.recurring else None
    if index is not None:
        if attempts:
            gone = {visit.node for visit in way[index:]}
            attempts = {node: n for node, n in attempts.items() if node not in gone}
        changes = {**changes, "final": _final(plan, run, way, index)}
        way, entered, entered_with = way.cut(index)
        facts = cut(facts, entered_with, entered)
    if not (target.scope and target.kind == "end"):
        way = way.entered(to, serial, facts)
    return run.arrived(to, event.when, facts, way, before, attempts, jumps, kept, changes)


def _final(plan: Plan, run: Run, way: Way, index: int) -> tuple[int, str]:
    """Before when nothing can be taken back any more: the irreversible nodes that the cut way led over."""
    serial = run.seq
    for number in range(len(way) - 1, index - 1, -1):
        node = way.node(number)
        if plan.node(node).irreversible:
            return serial, node
        serial = way.serial(number)
    return run.final


def _last_visit(plan: Plan, way: Way, to: str) -> int | None:
    """Where the way passed `to`, which recurs; since then it can only have passed nodes that recur too."""
    recurring, nodes = plan.graph.recurring, way.nodes
    if to not in nodes:
        return None
    for index in range(len(nodes) - 1, -1, -1):
        if nodes[index] == to:
            return index
        if template(nodes[index]) not in recurring:
            return None
    return None
