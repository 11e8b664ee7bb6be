"""Everything that can be said about one procedure without its callees and without walking its graph."""

from collections.abc import Iterator

from .checks import conditions, derived, ids, node_rules, people, secrets, targets, texts, values
from .checks.context import Check, Context
from .model import Procedure
from .names import NameTable
from .place import Problem

CHECKS: tuple[Check, ...] = (
    *ids.CHECKS,
    *targets.CHECKS,
    *people.CHECKS,
    *conditions.CHECKS,
    *derived.CHECKS,
    *values.CHECKS,
    *texts.CHECKS,
    *secrets.CHECKS,
    *node_rules.CHECKS,
)


def check(procedure: Procedure, names: NameTable | None = None) -> Iterator[Problem]:
    """Run every check; names that know the callees let it judge the types of returned values as well."""
    context = Context(procedure, names or NameTable.of(procedure))
    for one in CHECKS:
        yield from one(context)
