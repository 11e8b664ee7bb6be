"""Conditions that stay as they are until one of their names is written.

Those that ask about time, about controls or whether a step is open do not: the last is so after going back as well.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_

from sop_runner.procedure.when import All, Condition, Held, names, tests

from .folding import written
from .model import Model
from .regions import CHANGING


def parts(condition: Condition | None) -> frozenset[Condition]:
    """The conditions that all have to hold."""
    if isinstance(condition, All):
        return frozenset().union(*map(parts, condition.parts))
    return frozenset() if condition is None else frozenset({condition})


def steps_asked(model: Model, scope: str, condition: Condition) -> Iterator[str]:
    """The steps of which a condition asks whether they are open."""
    for name in names(condition):
        step = model.plan.nodes.get(scope + name)
        if step is not None and step.undone_by:
            yield step.id


def stands(model: Model, scope: str, condition: Condition) -> bool:
    """Whether a condition changes only where one of its names is written."""
    changes = any(isinstance(one, Held) or one.operator in CHANGING for one in tests(condition))
    return not changes and not any(steps_asked(model, scope, condition))


def read_by(model: Model, scope: str, conditions: Iterable[Condition]) -> frozenset[str]:
    """The names that conditions depend on, and what those are computed from."""
    items = frozenset[tuple[str, ...]]().union(*(model.reads(scope, one) for one in conditions))
    known = model.words.known
    return frozenset(
        key
        for item in items
        if item[0] == "name"
        for key in (item[1], *known[item[1]].cone, *known[item[1]].leaves, *(known[item[1]].pair or ()))
    )


def rewritten(model: Model, resting: Iterable[tuple[int, frozenset[str]]]) -> Mapping[str, int]:
    """For each node what it may change, as bits: of everything that rests on some names what rests on one it writes."""
    reading: dict[str, int] = {}
    for bits, those in resting:
        for key in those:
            reading[key] = reading.get(key, 0) | bits
    return {
        node.id: reduce(or_, (reading.get(key, 0) for key in written(model, node)), 0) if reading else 0
        for node in model.plan.nodes.values()
    }
