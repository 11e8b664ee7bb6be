"""A run put at any node without walking there, with sample values: what an agent would see. Pure."""

from datetime import datetime
from typing import Any

from sop_runner.acting.samples import NoSample, sample
from sop_runner.base.message import Message
from sop_runner.machine.graph import GraphNode, scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Call, End
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.procedure.values import parse
from sop_runner.run import events as ev
from sop_runner.run.events import Event
from sop_runner.run.evolve import started
from sop_runner.run.facts import Frame, Gain, Recorded
from sop_runner.run.state import Run
from sop_runner.run.view import view
from sop_runner.run.views import RunView
from sop_runner.run.way import Way

NAME = "PREVIEW"
"""The run and the ticket of a preview."""


def screen_at(plan: Plan, node: str, language: str, now: datetime, zone: str = "UTC") -> RunView | None:
    """The screen of `node` as an agent would see it, what is recorded before it filled with samples.

    None for what nobody ever sees: a rule, a call, the end of what is called.
    """
    if plan.nodes[node].automatic:
        return None
    return view(plan, _standing_at(plan, plan.nodes[node], now, zone), now, language, {}, "")


def _standing_at(plan: Plan, node: GraphNode, now: datetime, zone: str) -> Run:
    about = {
        "kind": "start", "ticket": NAME, "zone": zone, "training": True, "named": {}, "holidays": [], "pinned": [],
    }  # fmt: skip
    run = started(plan, NAME, Event(ev.RUN_STARTED, now, to=plan.graph.start, evidence=(about,)))
    at = _location(plan, node)
    facts = run.facts._replace(
        fields=run.facts.fields.changed(_recorded(plan, node, at, run, now)),
        controls=run.facts.controls.changed(
            {scope_of(at) + control: Gain(now, node.id) for control in node.requires}
        ),
        frames={_location(plan, call): _frame(call, now) for call in plan.graph.callers(node.id)},
    )
    run = run._replace(at=at, facts=facts, way=Way().entered(at, 0, facts), before_entry=(Way(), facts))
    if isinstance(node.node, End) and not node.scope:
        return run._replace(status="ended", end=at, result=node.node.result)
    return run


def _location(plan: Plan, node: GraphNode) -> str:
    """Where a node stands in a run; in a call for each element, in the first."""
    if not node.scope:
        return node.id
    call = plan.nodes[node.scope[:-1]]
    each = "[1]" if isinstance(call.node, Call) and call.node.for_each else ""
    return f"{_location(plan, call)}{each}/{node.local}"


def _frame(call: GraphNode, now: datetime) -> Frame:
    each = isinstance(call.node, Call) and bool(call.node.for_each)
    return Frame(frozenset(), element=int(each), elements=int(each), since=now)


def _recorded(plan: Plan, node: GraphNode, at: str, run: Run, now: datetime) -> dict[str, Recorded | None]:
    """Sample values of what is known before the node in its own procedure: of the case, and of nodes above it."""
    scope = scope_of(at)
    names = [spec.field for spec in node.procedure.case]
    for other in plan.nodes.values():
        if other.id == node.id:
            break
        if other.scope == node.scope:
            names += sorted(other.records)
    found: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        rules = plan.fields.get(node.scope + name)
        if rules is None:
            continue
        try:
            raw = sample(rules, name, lambda other: found.get(other, UNKNOWN), now, run.zone)
        except NoSample:
            continue
        typed = parse(rules, raw, zone=run.zone)
        if typed is not None and not isinstance(typed, Message):
            found[name] = typed
    return {scope + name: Recorded(value, node.id) for name, value in found.items()}
