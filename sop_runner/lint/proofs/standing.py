"""Conditions that stay as they are until one of their names is written.

Those that ask about time, about controls or whether a step is open do not: the last is so after going back as well.
"""

from collections.abc import Iterable

from sop_runner.procedure.when import All, Condition, Held, names, tests

from .model import Model
from .regions import CHANGING


def parts(condition: Condition | None) -> frozenset[Condition]:
    """The conditions that all have to hold."""
    if isinstance(condition, All):
        return frozenset().union(*map(parts, condition.parts))
    return frozenset() if condition is None else frozenset({condition})


def stands(model: Model, scope: str, condition: Condition) -> bool:
    """Whether a condition changes only where one of its names is written."""
    nodes = model.plan.nodes
    steps = (nodes.get(scope + name) for name in names(condition))
    return not any(isinstance(one, Held) or one.operator in CHANGING for one in tests(condition)) and not any(
        step is not None and step.undone_by for step in steps
    )


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
