"""Where a search leads: the events that fulfil it, the nodes it passes by, and how far it is from each."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sop_runner.machine.graph import limit_arrow, template
from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev
from sop_runner.run.events import Event

from .coverage import Pair


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a way leads: events that fulfil it, and the nodes of the graph one of which is left by then.

    `missed` are events after which it does not lead there any more.
    """

    reached: Callable[[Sequence[Event]], bool]
    nodes: frozenset[str]
    missed: Callable[[Sequence[Event]], bool] = lambda events: False


def distances(plan: Plan, goals: frozenset[str]) -> dict[str, int]:
    """How many items people must act at, at least, from each node until one of `goals` is left."""
    into: dict[str, list[tuple[str, int]]] = {}
    for node in plan.graph.nodes.values():
        for arrow in node.arrows.values():
            free = node.automatic or arrow.name == "passed_over"
            for target in (arrow.target, arrow.spent):
                if target is not None:
                    into.setdefault(target, []).append((node.id, 0 if free else 1))
    nodes = plan.graph.nodes
    waiting = [
        (0 if nodes[goal].automatic or nodes[goal].kind == "end" else 1, goal) for goal in sorted(goals)
    ]
    found: dict[str, int] = {}
    while waiting:
        length, node_id = heapq.heappop(waiting)
        if node_id in found:
            continue
        found[node_id] = length
        for source, cost in into.get(node_id, ()):
            if source not in found:
                heapq.heappush(waiting, (length + cost, source))
    return found


def passes(plan: Plan, node: str) -> Goal:
    """The node counts as done: answered, decided, returned from; an end: reached."""
    left = (
        ev.NODE_DONE,
        ev.DECISION_TAKEN,
        ev.RUN_ENDED,
        ev.STEP_UNDONE,
        ev.CALL_RETURNED,
        ev.ELEMENT_STARTED,
    )

    def reached(events: Sequence[Event]) -> bool:
        return any(
            (event.type in left and _is(event.at, node))
            or (event.type == ev.CALL_RETURNED and _is(_call(event.at), node))
            for event in events
        )

    plain = template(node)
    ends = {n.id for n in plan.graph.nodes.values() if n.kind == "end" and n.scope == f"{plain}/"}
    return Goal(reached, frozenset(ends or {plain}))


def leaves_whole_call(call: str, end: str) -> Goal:
    """The call is left by that end of its callee: each element of it, or the one that `call` names."""
    ways = (ev.CALL_RETURNED, ev.ELEMENT_STARTED) if call.endswith("]") else (ev.CALL_RETURNED,)

    def reached(events: Sequence[Event]) -> bool:
        return any(event.type in ways and _is(event.at, f"{call}/{end}") for event in events)

    def missed(events: Sequence[Event]) -> bool:
        inside = [event.at for event in events if event.type == ev.ELEMENT_STARTED]
        return any(_is(_call(at), call) and not _is(at, f"{call}/{end}") for at in inside)

    return Goal(reached, frozenset({f"{template(call)}/{end}"}), missed)


def _is(location: str | None, node: str) -> bool:
    return location is not None and (location == node or template(location) == node)


def _call(location: str | None) -> str | None:
    return None if location is None else location.rpartition("/")[0]


def takes(plan: Plan, pair: Pair) -> Goal:
    """The goal that an arrow or an outcome is taken."""
    node, name = pair
    inside = frozenset(
        other.id
        for other in plan.nodes.values()
        if limit_arrow(node) in other.arrows and name.startswith("at_limit")
    )

    def reached(events: Sequence[Event]) -> bool:
        return any(_moves(event, node, name) for event in events if event.type in ev.MOVES)

    return Goal(reached, inside or frozenset({node}))


def _moves(event: Event, node: str, name: str) -> bool:
    at, arrow = template(event.at or ""), event.arrow or ""
    if at == node and name in (arrow, event.outcome if event.type == ev.DECISION_TAKEN else arrow):
        return True
    return arrow == f"{node}:{name}" and at.startswith(f"{node}/")
