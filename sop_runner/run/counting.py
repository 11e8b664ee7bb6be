"""Counting bounded jumps: under which key an arrow counts, and when its count starts again."""

from collections.abc import Mapping

from sop_runner.machine.graph import SPENT, GraphNode, limit_arrow, of_each_element, scope_of, template
from sop_runner.machine.plan import Plan

from .events import Event
from .state import Run

LIMIT_OF_CALL = limit_arrow("")


def counter(plan: Plan, at: str, arrow: str) -> str:
    """The key that the jumps of an arrow from `at` are counted under: a location and the arrow's name.

    The arrow of a callee's end and the limit of a call are the caller's: each is one arrow for all
    elements, and the limit for every node inside.
    """
    name = "done" if arrow == "passed_over" else arrow
    if name == "return":
        return f"{of_each_element(at)} {name}"
    if name.endswith(LIMIT_OF_CALL):
        call_id = name.removesuffix(LIMIT_OF_CALL)
        call = at
        while template(without_element(call)) != call_id:
            call = scope_of(call)[:-1]
        nodes = plan.graph.nodes
        first = next(n for n in nodes if n.startswith(f"{call_id}/") and name in nodes[n].arrows)
        return f"{without_element(call)}{first[len(call_id) :]} {name}"
    return f"{at} {name}"


def without_element(call: str) -> str:
    """A call's location without the element it is at: `CALL[2]` → `CALL`."""
    return call[: call.rfind("[")] if call.endswith("]") else call


def is_callers(key: str, call: str) -> bool:
    """Whether a counter that stands inside `call` counts an arrow of its caller."""
    location, _, name = key.rpartition(" ")
    if name == "return":
        return scope_of(location)[:-1] == call
    return name == limit_arrow(template(call))


def in_loop(plan: Plan, key: str, location: str) -> bool:
    """Whether a location belongs to the loop of what is counted under a key; another element of its call does not."""
    node, _, name = key.rpartition(" ")
    return template(location) in plan.node(node).arrows[name].loop and not _in_another_element(node, location)


def _in_another_element(one: str, other: str) -> bool:
    if "[" in one:
        for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
            if mine != theirs:
                return mine.endswith("]") and without_element(mine) == without_element(theirs)
    return False


def counted(
    plan: Plan, run: Run, event: Event, source: GraphNode
) -> tuple[Mapping[str, int], frozenset[str]]:
    """The counts after a move along a bounded jump; a loop entered from outside starts its count again."""
    jumps, kept = run.jumps, run.kept_jumps
    arrow = event.arrow or ""
    taken = source.arrows.get("done" if arrow == "passed_over" else arrow)
    if jumps:
        for key in list(jumps):
            if in_loop(plan, key, event.to or "") and not in_loop(plan, key, event.at or ""):
                if key in kept:
                    kept = kept - {key}
                else:
                    jumps = {k: n for k, n in jumps.items() if k != key}
    if taken is not None and taken.at_most is not None and not arrow.endswith(SPENT):
        key = counter(plan, event.at or "", taken.name)
        jumps = {**jumps, key: jumps.get(key, 0) + 1}
    return jumps, kept
