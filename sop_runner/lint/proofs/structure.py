"""The shape of the graph: what can be reached, what leads to an end, which loops nobody can leave."""

from collections.abc import Iterable, Iterator, Mapping

from sop_runner.lint.fault import Fault
from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision, End
from sop_runner.procedure.place import Problem
from sop_runner.procedure.when import Held, tests

from .flow import targets, usable
from .model import Item, Model


def unreachable(model: Model) -> Iterator[Fault]:
    """Nodes that no arrow leads to from the start; of several that hang together the first."""
    left = [node for node in model.plan.graph.nodes.values() if node.id not in model.flow.reached]
    roots = [node for node in left if not any(one != node.id for one in model.flow.before[node.id])]
    covered: set[str] = set()
    for node in (*roots, *left):
        if node.id not in covered:
            message = f"'{node.id}' cannot be reached: nothing leads there"
            fix = "lead to it with a `then`, or remove it"
            yield Fault(node.id, Problem("SOP305", message, node.path, fix))
            waiting = [node.id]
            while waiting:
                name = waiting.pop()
                if name not in covered:
                    covered.add(name)
                    waiting += model.flow.onward[name]


def dead_ends(model: Model) -> Iterator[Fault]:
    """Nodes that no end can be reached from, and automatic ones whose jumps may be used up.

    Of a way that leads nowhere its last node is told; where that is an endless loop, the loop is.
    """
    ends = [node.id for node in model.plan.graph.nodes.values() if node.kind == "end" and not node.scope]
    closing = model.flow.leading_to(ends)
    dead = [name for name in model.plan.graph.nodes if name in model.flow.reached and name not in closing]
    looping = (
        model.flow.leading_to(name for loop in _endless(model) for name in loop) if dead else frozenset()
    )
    for node in model.plan.graph.nodes.values():
        if node.id not in model.flow.reached:
            continue
        if node.id not in closing:
            if node.id not in looping and _last(model, node.id, dead):
                message = f"'{node.id}' is a dead end: no end can be reached from it"
                fix = "give it a way on that leads to an end"
                yield Fault(node.id, Problem("SOP306", message, node.path, fix))
            continue
        arrows = [*usable(node)]
        spent = [arrow for arrow in arrows if arrow.at_most is not None and arrow.spent is None]
        if spent and (node.automatic or len(spent) == len(arrows)):
            arrow = spent[0]
            message = f"'{node.id}' may lead to '{arrow.target}' {arrow.at_most} times only, and nothing says what comes then"
            yield Fault(node.id, Problem("SOP306", message, node.path, "add `otherwise: NODE` to the jump"))


def _last(model: Model, name: str, dead: list[str]) -> bool:
    """Whether no other dead end lies behind this one, or only such as lead back to it and stand below it."""
    behind = [one for one in dead if one != name and name in model.flow.behind(one)]
    return all(one in model.flow.behind(name) and dead.index(name) < dead.index(one) for one in behind)


def _endless(model: Model) -> Iterator[frozenset[str]]:
    """Loops without a bound that no person can leave."""
    unbounded = {
        node.id: tuple(arrow.target for arrow in usable(node) if arrow.at_most is None)
        + tuple(arrow.spent for arrow in usable(node) if arrow.spent is not None)
        for node in model.plan.graph.nodes.values()
        if node.id in model.flow.reached
    }
    for loop in _loops(unbounded):
        if not any(_exit(model, model.plan.nodes[name], loop) for name in loop):
            yield loop


def endless_loops(model: Model) -> Iterator[Fault]:
    """Loops without a bound that no person can leave, and those that no person takes part in."""
    for loop in _endless(model):
        first = next(node for node in model.plan.graph.nodes.values() if node.id in loop)
        message = f"the loop {_round(model, loop)} has no bound and no way out that a person can take"
        fix = "bound a jump with `at_most`, or give a person a way out"
        yield Fault(first.id, Problem("SOP309", message, first.path, fix))
    alone = {
        name: tuple(to for to in following if to in model.flow.reached)
        for name, following in ((node.id, _by_itself(node)) for node in model.plan.graph.nodes.values())
        if name in model.flow.reached
    }
    for loop in _loops(alone):
        if all(
            model.plan.nodes[name].only_when is not None or model.plan.nodes[name].automatic for name in loop
        ):
            first = next(node for node in model.plan.graph.nodes.values() if node.id in loop)
            if any(model.plan.nodes[name].only_when is None for name in loop) or _agree(model, loop):
                message = f"the loop {_round(model, loop)} can go round without a person"
                yield Fault(first.id, Problem("SOP309", message, first.path, "bound a jump with `at_most`"))


def _by_itself(node: GraphNode) -> tuple[str, ...]:
    """Where a node may lead without anybody answering it; a bounded jump ends some time."""
    return tuple(
        arrow.target
        for arrow in usable(node)
        if (node.automatic or arrow.name == "passed_over") and arrow.at_most is None and arrow.name != "next"
    )


def _agree(model: Model, loop: frozenset[str]) -> bool:
    """Whether what is passed over needs no decision in between; its conditions are then left as they are."""
    return not any(model.plan.nodes[name].kind == "decision" for name in loop)


def _exit(model: Model, node: GraphNode, loop: frozenset[str]) -> bool:
    """Whether somebody can leave the loop here, or has in hand by which outcome a rule leaves it."""
    leaves = any(
        to not in loop or arrow.at_most is not None for arrow in usable(node) for to in targets(arrow)
    )
    if not leaves:
        return False
    if not node.automatic:
        return True
    read: set[Item] = set()
    if isinstance(node.node, Decision):
        for outcome in node.node.outcomes:
            if outcome.when is not None:
                read |= model.closed(model.reads(node.scope, outcome.when))
                for test in tests(outcome.when):
                    if isinstance(test, Held):
                        return True
    elif node.kind == "end" or isinstance(node.node, Call):
        return True
    names = {item[1] for item in read if item[0] == "name"}
    return any(
        model.plan.nodes[name].scope + record in names and not model.plan.nodes[name].automatic
        for name in loop
        for record in model.plan.nodes[name].records
    )


def _round(model: Model, loop: frozenset[str]) -> str:
    return " > ".join(f"'{node.id}'" for node in model.plan.graph.nodes.values() if node.id in loop)


def _loops(edges: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """Strongly connected parts that have a cycle (Tarjan 1972), without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[frozenset[str]] = []
    for root in edges:
        if root in index:
            continue
        waiting = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while waiting:
            name, rest = waiting[-1]
            for to in rest:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    on_stack.add(to)
                    waiting.append((to, iter(edges.get(to, ()))))
                    break
                if to in on_stack:
                    low[name] = min(low[name], index[to])
            else:
                waiting.pop()
                if waiting:
                    low[waiting[-1][0]] = min(low[waiting[-1][0]], low[name])
                if low[name] == index[name]:
                    part = set()
                    while True:
                        one = stack.pop()
                        on_stack.discard(one)
                        part.add(one)
                        if one == name:
                            break
                    if len(part) > 1 or name in tuple(edges.get(name, ())):
                        found.append(frozenset(part))
    return found


def closing_ends(model: Model) -> Iterator[Fault]:
    """An end that closes the ticket asks for at least one control."""
    for node in model.plan.graph.nodes.values():
        if node.procedure.expects:
            continue  # it never runs alone, and the ends of a callee close no ticket
        if isinstance(node.node, End) and not node.scope and node.node.closes and not node.requires:
            message = f"'{node.id}' closes the ticket and requires no control"
            yield Fault(
                node.id, Problem("SOP304", message, node.path, "add `requires`, or `closes_ticket: false`")
            )


def identities(model: Model) -> Iterator[Fault]:
    """A check of identity can be met by factors of as many kinds as it needs."""
    for node in model.plan.graph.nodes.values():
        identity = node.node.identity if isinstance(node.node, Confirmation) else None
        if identity is None:
            continue
        kinds = {factor.kind for factor in identity.factors}
        if len(kinds) < identity.need:
            message = f"'{node.id}' needs {identity.need} factors of different kinds and has only {', '.join(sorted(kinds))}"
            yield Fault(
                node.id, Problem("SOP311", message, (*node.path, "identity"), "add a factor of another kind")
            )


def somebody(model: Model) -> Iterator[Fault]:
    """Whoever may act at a node is not excluded from it by `not_by`; roles as the outermost run has them."""
    for node in model.plan.graph.nodes.values():
        if not node.not_by:
            continue
        excluded = set(node.not_by)
        asked: list[tuple[str, tuple[str, ...]]] = [("", node.by)]
        if isinstance(node.node, Checklist):
            asked += [
                (f"'{item.item}' of ", tuple(node.roles.get(role, role) for role in item.by))
                for item in node.node.items
                if item.by
            ]
        if node.waivable_by is not None:
            asked.append(("a ruling on ", (node.waivable_by,)))
        for what, by in asked:
            if by and set(by) <= excluded:
                roles = ", ".join(f"'{role}'" for role in dict.fromkeys(by))
                message = (
                    f"nobody can act at {what}'{node.id}': it is for {roles}, which its `not_by` excludes"
                )
                fix = "let another role act, or take the role out of `not_by`"
                yield Fault(node.id, Problem("SOP313", message, (*node.path, "not_by"), fix))
