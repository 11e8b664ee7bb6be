"""Time: waits that no limit allows, and controls that are stale before the act they are for."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from heapq import heappop, heappush

from sop_runner.base.finding import Severity
from sop_runner.lint.proofs.flow import targets, usable
from sop_runner.lint.proofs.names import as_digest
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.rules.controls import gaining
from sop_runner.lint.subject import Subject
from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Step
from sop_runner.procedure.place import Problem
from sop_runner.procedure.timing import Time, Until
from sop_runner.procedure.value_times import duration_text

NOTHING = timedelta(0)


def limits(subject: Subject) -> Iterator[Problem]:
    """What has to be waited for fits into the limit, and a limit leaves some time."""
    for path, node, _ in subject.flow:
        time = getattr(node, "time", None)
        if not isinstance(time, Time) or time.limit is None:
            continue
        if time.limit == NOTHING:
            message = f"the limit of '{node.id}' is nothing: it is over before anybody can act"
            yield Problem("SOP561", message, (*path, "time", "limit"), "allow some time, such as 5m")
        elif isinstance(node, Step) and isinstance(node.wait, timedelta) and node.wait > time.limit:
            if time.from_ is not None:
                continue  # counted from elsewhere: the wait may be over before
            message = f"'{node.id}' waits {duration_text(node.wait)}, longer than its limit of {duration_text(time.limit)}"
            yield Problem("SOP561", message, (*path, "wait"), "wait less, or raise the limit", related=(*path, "time", "limit"))  # fmt: skip


def stale(subject: Subject) -> Iterator[Problem]:
    """A control lives at least as long as it takes to get to the act that asks for it."""
    cost: Mapping[str, timedelta] | None = None
    for name, path, controls, age in gaining(subject):
        if age is None or age.for_ is None or age.from_ is not None:
            continue
        if age.for_ == NOTHING:
            message = "this age is nothing: the control is stale as soon as it is gained"
            yield Problem(
                "SOP562", message, (*path, "valid_for"), "give it some time, such as 15m", on_key=True
            )
            continue
        if cost is None:
            cost = {node.id: _takes(node) for node in subject.plan.graph.nodes.values()}
        if sum(cost.values(), NOTHING) <= age.for_:
            continue  # not even all waits together make it stale
        late = _late(subject, name, frozenset(controls), age.for_, cost)
        if late is not None:
            act, takes = late
            message = f"this holds for {duration_text(age.for_)}, and from here to '{act}' the waits alone take {duration_text(takes)}"
            fix = f"hold it for longer than {duration_text(takes)}, or gain it again after the wait"
            yield Problem("SOP562", message, (*path, "valid_for"), fix, on_key=True)


def _late(
    subject: Subject, start: str, controls: frozenset[str], age: timedelta, cost: Mapping[str, timedelta]
) -> tuple[str, timedelta] | None:
    """The first act that asks for one of the controls and cannot be reached in time from `start` (Dijkstra 1959)."""
    nodes = subject.plan.graph.nodes
    found: dict[str, timedelta] = {}
    waiting = [(NOTHING, name) for arrow in usable(nodes[start]) for name in targets(arrow)]
    waiting.sort()
    while waiting:
        spent, name = heappop(waiting)
        if name in found:
            continue
        found[name] = spent
        node = nodes[name]
        asked = node.requires & controls if node.kind != "end" else frozenset()
        if asked and spent > age:
            return name, spent
        if node.satisfies & controls:
            continue  # gained anew: what comes behind it counts from there
        for arrow in usable(node):
            after = spent if arrow.name == "passed_over" else spent + cost[name]
            for to in targets(arrow):
                if to not in found:
                    heappush(waiting, (after, to))
    return None


def unreadable(subject: Subject) -> Iterator[Problem]:
    """Nothing is counted from a field of which only a digest is kept: no run can read it."""
    fields = subject.plan.fields
    for name, path in _moments(subject):
        if name in fields and as_digest(fields[name]):
            message = f"'{name}' is kept as a digest: what counts from it would never be known"
            yield Problem(
                "SOP563", message, path, "keep it erasable, or count from another field", about=name
            )


def _moments(subject: Subject) -> Iterator[tuple[str, Path]]:
    """The fields that times count from or to, and where they stand."""
    for path, node, _ in subject.flow:
        time = getattr(node, "time", None)
        if isinstance(time, Time):
            yield from (
                (name, (*path, "time", key))
                for key, name in (("from", time.from_), ("until", time.until))
                if name
            )
        if isinstance(node, Step) and isinstance(node.wait, Until):
            yield node.wait.until, (*path, "wait", "until")
    for _, path, _, age in gaining(subject):
        if age is not None and age.from_ is not None:
            yield age.from_, (*path, "valid_for", "from")


def _takes(node: GraphNode) -> timedelta:
    """The least that a node takes: what has to be waited for; how long work takes nobody knows."""
    wait = getattr(node.node, "wait", None)
    return wait if isinstance(wait, timedelta) else NOTHING


_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_APPLY = "  - step: apply\n    do: Make the change.\n    requires: [written-record]\n"
_ASKED = "  - confirmation: request\n    record: {fields: [{field: asked_at, type: datetime%s}]}\n"
_COUNTED = "    satisfies: [written-record]\n    valid_for: {for: 60m, from: asked_at}\n"
RULES = (
    Rule(
        "SOP561",
        "limit-too-short",
        "A limit is over before the work can be done.",
        Severity.WARNING,
        own(limits),
        "Each run would be late there, and warnings that always come are no longer read. More time expected than the "
        "limit allows is an error (SOP219).",
        "flow:\n" + _REQUEST + "  - step: pause\n    do: Let the line settle.\n    wait: 10m\n    time: {limit: 5m}\n" + _END,
        "flow:\n" + _REQUEST + "  - step: pause\n    do: Let the line settle.\n    wait: 2m\n    time: {limit: 5m}\n" + _END,
    ),
    Rule(
        "SOP562",
        "stale-on-arrival",
        "A control goes stale before the act that asks for it can be reached.",
        Severity.WARNING,
        own(stale),
        "Counted are only the waits that no way round avoids, so the act is refused in every run until somebody goes "
        "back and gains the control again.",
        "flow:\n" + _REQUEST + "    valid_for: 15m\n  - step: pause\n    do: Let the line settle.\n    wait: 30m\n" + _APPLY + _END,
        "flow:\n" + _REQUEST + "    valid_for: 60m\n  - step: pause\n    do: Let the line settle.\n    wait: 30m\n" + _APPLY + _END,
    ),
    Rule(
        "SOP563",
        "counted-from-a-digest",
        "An age, a limit or a wait counts from a field that nobody can read again.",
        Severity.WARNING,
        own(unreadable),
        "A control would be stale as soon as it is gained, a limit would never pass and a wait never end.",
        "flow:\n" + _ASKED % ", keep: digest" + _COUNTED + _APPLY + _END,
        "flow:\n" + _ASKED % ", keep: erasable" + _COUNTED + _APPLY + _END,
    ),
)  # fmt: skip
