"""Where jumps lead and which nodes are named: all of them exist, and every node goes on somewhere."""

from collections.abc import Iterator

from ..base_types import RESERVED_TARGETS
from ..model import Path
from ..nodes import Call, Confirmation, Decision, End, Node, Step
from ..place import Problem
from ..timing import Time
from ..walks import JumpPlace, jumps
from .context import Context, unknown


def jump_targets(context: Context) -> Iterator[Problem]:
    """Every jump leads to a node of this procedure; `next`, `none` and `warn` stand only where they mean something."""
    for place in jumps(context.procedure):
        yield from _target(context, place, place.jump.to, (*place.path, "to"))
        if place.jump.otherwise is not None:
            yield from _target(context, place, place.jump.otherwise, (*place.path, "otherwise"), second=True)
            if place.jump.at_most is None:
                yield Problem(
                    "SOP207",
                    "'otherwise' is never taken: the jump has no 'at_most'",
                    (*place.path, "otherwise"),
                    "add at_most: 2, or remove 'otherwise'",
                    on_key=True,
                )


def _target(
    context: Context, place: JumpPlace, target: str, path: Path, *, second: bool = False
) -> Iterator[Problem]:
    if target in context.nodes:
        return
    if target in RESERVED_TARGETS and not second:
        if problem := _misplaced(place, target, path):
            yield problem
        return
    yield unknown("SOP205", "node", target, context.nodes, path, "add the node")


def _misplaced(place: JumpPlace, target: str, path: Path) -> Problem | None:
    """`next` ends one element of a call's loop, `none` opts out of a default, `warn` is a limit's."""
    if target == "next":
        fits = place.key == "ends" and isinstance(place.node, Call) and bool(place.node.for_each)
        where, fix = "'ends' of a call with 'for_each'", "name a node"
    elif target == "none":
        fits = place.key == "otherwise" and place.jump.at_most is None
        where, fix = "'otherwise' of a node", "name a node, or remove the key"
    else:
        fits = place.key == "at_limit" and place.jump.at_most is None
        where, fix = "'at_limit'", "name a node"
    if fits:
        return None
    return Problem("SOP206", f"'{target}' stands only in {where}", path, fix)


def goes_on(context: Context) -> Iterator[Problem]:
    """The last node of the file has no next item: it must be an end or say where to go."""
    if not context.flow:
        return
    path, node, inside = context.flow[-1]
    if isinstance(node, End) or node.then is not None:
        return
    if isinstance(node, Decision | Call) and any(one.only_when is not None for one in (node, *inside)):
        yield _nowhere(f"'{node.id}', when it is passed over,", path)
        return
    if isinstance(node, Decision):
        for index, outcome in enumerate(node.outcomes):
            if outcome.then is None:
                here = (*path, "outcomes", index)
                yield _nowhere(f"the outcome '{outcome.outcome}' of '{node.id}'", here)
    elif not (isinstance(node, Call) and node.ends):
        yield _nowhere(f"'{node.id}'", path)


def _nowhere(what: str, path: Path) -> Problem:
    return Problem(
        "SOP208",
        f"{what} goes nowhere: it is the last of the file and has no 'then'",
        path,
        "add `then: NODE`, or an end after it",
        absence=True,
    )


def named_nodes(context: Context) -> Iterator[Problem]:
    """Nodes named by `undone_by`, `shows` and `since` exist and can do what they are named for."""
    for path, node, _ in context.flow:
        if isinstance(node, Step):
            for index, name in enumerate(node.undone_by):
                yield from _undoing(context, node, name, (*path, "undone_by", index))
        if isinstance(node, Confirmation) and node.sign_off is not None:
            for index, name in enumerate(node.sign_off.shows):
                yield from _node(context, name, (*path, "sign_off", "shows", index))
        if (
            isinstance(node, Confirmation)
            and node.log_review is not None
            and node.log_review.since is not None
        ):
            yield from _node(context, node.log_review.since, (*path, "log_review", "since"))
        if not isinstance(node, End) and isinstance(node.time, Time) and node.time.from_ is not None:
            yield from _time_from(context, node.time.from_, (*path, "time", "from"))
    default = context.procedure.defaults.time
    if isinstance(default, Time) and default.from_ is not None:
        yield from _time_from(context, default.from_, ("defaults", "time", "from"))


def _node(context: Context, name: str, path: Path) -> Iterator[Problem]:
    if name not in context.nodes:
        yield unknown("SOP205", "node", name, context.nodes, path, "add the node")


def _undoing(context: Context, step: Node, name: str, path: Path) -> Iterator[Problem]:
    yield from _node(context, name, path)
    other = context.nodes.get(name)
    if isinstance(other, End):
        yield Problem(
            "SOP206", f"the end '{name}' cannot undo '{step.id}': an end does nothing", path, "name a step"
        )
    elif name == step.id:
        yield Problem(
            "SOP206", f"'{name}' cannot undo itself", path, "name the step that puts it right again"
        )


def _time_from(context: Context, name: str, path: Path) -> Iterator[Problem]:
    if name not in context.nodes and name not in context.names:
        known = [*context.nodes, *context.names]
        yield unknown("SOP205", "node or field", name, known, path, "name a node or a field")


CHECKS = (jump_targets, goes_on, named_nodes)
