"""One mistake, one finding: what only follows from another fault is left out."""

from collections.abc import Iterable, Iterator

from .fault import Fault
from .subject import Subject


def causes(subject: Subject, faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults without those that mending another one would take away with it.

    What keeps one thing from being settled mostly keeps the rest from it: the first place is told.
    What reads a name that is not known yet is not told of as never happening as well.
    Who is to sign is told once where `not_by` keeps everybody away.
    Behind a node at which nobody can act nothing is reached. Where a node or an outcome never happens
    since it asks for a control that nothing gains, the condition is not told of a second time.
    """
    faults = list(dict.fromkeys(faults))
    blocked = [fault.node for fault in faults if fault.problem.code == "SOP313"]
    barred = [subject.plan.nodes[name].path for name in blocked if "/" not in name]
    unknown = [fault.node for fault in faults if fault.problem.code == "SOP310" and _asks(fault)]
    never = [fault.problem.path for fault in faults if fault.problem.code in ("SOP305", "SOP307")]
    flow = subject.model.flow
    order = {name: index for index, name in enumerate(subject.plan.graph.nodes)}
    unsettled = [fault for fault in faults if fault.problem.code == "SOP303"]
    first = min(unsettled, key=lambda fault: order[fault.node], default=None)
    for fault in faults:
        code, path = fault.problem.code, fault.problem.path
        if code == "SOP303" and fault is not first:
            continue
        reached = fault.node in flow.reached
        if (
            code == "SOP305"
            and reached
            and any(flow.dominates(one, fault.node) for one in (*blocked, *unknown))
        ):
            continue
        if code == "SOP307" and fault.node in unknown:
            continue
        if code == "SOP546" and path[-1:] == ("not_by",) and path[:-1] in barred:
            continue
        if code == "SOP533" and any(path[: len(place)] == place for place in never):
            continue
        yield fault


def _asks(fault: Fault) -> bool:
    """Whether the name is read by a condition: then what depends on it never happens."""
    return "when" in fault.problem.path or "only_when" in fault.problem.path
