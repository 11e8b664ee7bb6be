"""What is asked of a copy is asked of what it is copied from."""

from collections.abc import Iterator

from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK
from sop_runner.machine.graph import scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.nodes import Call, Decision


def copies(found: Found, place: int) -> Iterator[tuple[str, str]]:
    """The names that a step sets or hands over, each with the one that it takes the value of."""
    step = found.steps[place]
    node = found.layout.model.plan.nodes[step.at]
    if step.arrow in (ENTER, GO_BACK):
        return
    if step.arrow in ("call", "next"):  # of elements that are told apart, each is given its row
        cells = found.layout.model.words.cells
        yield from ((name, cell) for name, cell in cells.items() if scope_of(name) == scope_of(step.to))
    if isinstance(node.node, Decision):
        taken = (one.sets for one in node.node.outcomes if one.outcome == step.how)
        values, inner, outer = next(taken, {}), node.scope, node.scope
    elif isinstance(node.node, Call) and step.arrow == "call":
        values, inner, outer = node.node.given, scope_of(step.to), node.scope
    else:
        return
    yield from ((inner + name, outer + one.name) for name, one in values.items() if isinstance(one, FieldRef))


def recorded(found: Found, key: str, before: int) -> int:
    """The step that recorded what a name was before another step; -1 where it was known from the start."""
    return next((place for place in range(before - 1, -1, -1) if records(found, key, place)), -1)


def records(found: Found, key: str, place: int) -> bool:
    """Whether a step recorded a name, or handed it in."""
    key, step = found.layout.model.words.list_of.get(key, key), found.steps[place]
    if step.arrow in ("call", "next") and scope_of(key) == scope_of(step.to):
        return True
    node = found.layout.model.plan.nodes[step.at]
    if isinstance(node.node, Decision):
        taken = (one.sets for one in node.node.outcomes if one.outcome == step.how)
        return key == node.id or (key.startswith(node.scope) and key[len(node.scope) :] in next(taken, {}))
    recorders = (node.id for node in found.layout.model.recorders.get(key, ()))
    return step.arrow not in (ENTER, GO_BACK, "otherwise", "passed_over") and step.at in recorders
