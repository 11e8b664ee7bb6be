"""Roles and controls: whatever is named has been declared."""

from collections.abc import Iterable, Iterator

from ..model import Path
from ..nodes import Call, Checklist, Decision, End
from ..place import Problem
from ..timing import WaivableBy
from ..walks import conditions
from ..when import Held, tests
from .context import Context, unknown

Use = tuple[str, Path]


def roles(context: Context) -> Iterator[Problem]:
    """Whoever acts, must not act, rules or answers aloud is a role of this procedure."""
    declared = context.procedure.roles
    for name, path in _roles(context):
        if name not in declared:
            yield unknown("SOP209", "role", name, declared, path, "declare it under `roles`")


def _roles(context: Context) -> Iterator[Use]:
    procedure = context.procedure
    yield from _each(procedure.by, ("by",))
    if isinstance(procedure.defaults.waivable, WaivableBy):
        yield procedure.defaults.waivable.by, ("defaults", "waivable", "by")
    for path, node, _ in context.flow:
        if isinstance(node, End):
            continue
        yield from _each(node.by or (), (*path, "by"))
        yield from _each(node.not_by, (*path, "not_by"))
        if isinstance(node.waivable, WaivableBy):
            yield node.waivable.by, (*path, "waivable", "by")
        if isinstance(node, Checklist):
            for index, item in enumerate(node.items):
                here = (*path, "items", index)
                yield from _each(item.by or (), (*here, "by"))
                if item.said_by is not None:
                    yield item.said_by, (*here, "said_by")
        if isinstance(node, Call):
            for theirs, ours in node.roles.items():
                yield ours, (*path, "roles", theirs)


def controls(context: Context) -> Iterator[Problem]:
    """Every control that is satisfied, required, imposed, invalidated, held or expected is declared."""
    declared = context.procedure.controls
    for name, path in _controls(context):
        if name not in declared:
            yield unknown("SOP210", "control", name, declared, path, "declare it under `controls`")


def _controls(context: Context) -> Iterator[Use]:
    yield from _each(context.procedure.expects, ("expects",))
    for path, node, _ in context.flow:
        for key in ("requires", "invalidates", "satisfies"):
            yield from _each(getattr(node, key, ()), (*path, key))
        if isinstance(node, Decision):
            for index, outcome in enumerate(node.outcomes):
                for key in ("satisfies", "imposes"):
                    yield from _each(getattr(outcome, key), (*path, "outcomes", index, key))
    for place in conditions(context.procedure):
        for test in tests(place.condition):
            if isinstance(test, Held):
                yield from _each(test.controls, (*place.path, *test.path))


def _each(names: Iterable[str], path: Path) -> Iterator[Use]:
    for index, name in enumerate(names):
        yield name, (*path, index)


CHECKS = (roles, controls)
