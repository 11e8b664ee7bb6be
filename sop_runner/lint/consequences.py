"""One mistake, one finding: what only follows from another fault is left out."""

from collections.abc import Iterable, Iterator

from .fault import Fault
from .subject import Subject


def causes(subject: Subject, faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults without those that mending another one, an error itself, would take away with it."""
    faults = list(dict.fromkeys(faults))
    by_code: dict[str, list[Fault]] = {}
    for fault in faults:
        by_code.setdefault(fault.problem.code, []).append(fault)
    left_out = set(_behind(subject, by_code)) | set(_said_twice(subject, by_code))
    yield from (fault for fault in faults if fault not in left_out)


def _behind(subject: Subject, by_code: dict[str, list[Fault]]) -> Iterator[Fault]:
    """Behind a node at which nobody can act, or a condition over what is not known yet, nothing is reached."""
    asking = [fault.node for fault in by_code.get("SOP310", ()) if _asks(fault)]
    stops = [*asking, *(fault.node for fault in by_code.get("SOP313", ()))]
    flow = subject.model.flow
    stops = [name for name in stops if name in flow.reached]
    for fault in by_code.get("SOP305", ()):
        if fault.node in flow.reached and any(flow.dominates(one, fault.node) for one in stops):
            yield fault
    yield from (fault for fault in by_code.get("SOP307", ()) if fault.node in asking)


def _said_twice(subject: Subject, by_code: dict[str, list[Fault]]) -> Iterator[Fault]:
    """What keeps one thing from being settled mostly keeps the rest from it: the first place is told.

    Nor is it told that a control may also be lost on the way where a way was found on which it is never gained.
    A condition over a control that nothing gains is told where it keeps a node from being reached, and
    a `not_by` that keeps everybody away is not told of as letting the wrong one sign.
    """
    order = {name: index for index, name in enumerate(subject.plan.graph.nodes)}
    broken = {(one.node, one.problem.path) for code in ("SOP301", "SOP302") for one in by_code.get(code, ())}
    doubts = sorted(by_code.get("SOP303", ()), key=lambda fault: order[fault.node])
    other = [one for one in doubts if (one.node, one.problem.path) not in broken]
    yield from (one for one in doubts if one not in other[:1])
    never = [
        fault.problem.path
        for fault in (*by_code.get("SOP305", ()), *by_code.get("SOP307", ()))
        if "/" not in fault.node
    ]
    for fault in by_code.get("SOP533", ()):
        if any(fault.problem.path[: len(place)] == place for place in never):
            yield fault
    nobody = {fault.problem.path for fault in by_code.get("SOP313", ()) if "/" not in fault.node}
    yield from (fault for fault in by_code.get("SOP546", ()) if fault.problem.path in nobody)


def _asks(fault: Fault) -> bool:
    """Whether the name is read by a condition: then what depends on it never happens."""
    return "when" in fault.problem.path or "only_when" in fault.problem.path
