"""Everything that changed between two plans, the weakenings first."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Set
from dataclasses import replace

from sop_runner.lint.proofs.result import told as way_told
from sop_runner.lint.subject import Subject
from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Call

from .arrows import compare_arrows, compare_ways
from .change import Change, Kind, Told, in_order
from .exchanged import compare_exchanged
from .nodes import compare_nodes
from .sides import Asked, Sides
from .texts import compare_texts
from .top import compare_top
from .ways import MANDATORY

NOT_THERE = "is not at hand, so what it does was not compared"


def differences(old: Plan, new: Plan, unread: Set[str] = frozenset()) -> tuple[Change, ...]:
    """Compare two plans in meaning; nothing where only the writing differs.

    Calls are compared with what they call. `unread` are scopes (`CALL/`) whose callee was not at hand
    on either side: such a call may be weaker, and is told so where it calls something else than before.
    """
    asked = Asked(old, new)
    changes: list[Change] = []
    for told in _compared(asked, Sides(old, new), unread):
        changes.extend(told.changes)
    return in_order(changes)


def _compared(asked: Asked, sides: Sides, unread: Set[str]) -> Iterator[Told]:
    old, new = asked.old, asked.new

    def read(node: GraphNode) -> bool:
        return not any(node.scope.startswith(scope) for scope in unread)

    yield from _procedures(sides, unread)
    for node in old.nodes.values():
        if read(node) and node.id not in new.nodes:
            yield _single(asked, node, gone=True)
    for node in new.nodes.values():
        if not read(node):
            continue
        before = old.nodes.get(node.id)
        if before is None:
            yield _single(asked, node, gone=False)
            continue
        told = Told(node.id)
        if f"{node.id}/" in unread:
            if _call(before) != _call(node):
                told.add("changed", f"what is called {NOT_THERE}", _call(before), _call(node), unsettled=True)
            before, node = _bare(before), _bare(node)
        compare_nodes(told, sides.within(node.scope), asked, before, node)
        compare_arrows(told, asked, before, node)
        yield told
    yield _places(old, new, read)
    if not unread:
        yield from compare_ways(asked)
        yield from compare_exchanged(asked)
        yield from _proofs(old, new)


def _bare(call: GraphNode) -> GraphNode:
    """A call by what its own file says of it, whatever it calls."""
    own = {name: arrow for name, arrow in call.arrows.items() if name != "call"}
    return replace(call, irreversible=isinstance(call.node, Call) and call.node.irreversible, arrows=own)


def _procedures(sides: Sides, unread: Set[str]) -> Iterator[Told]:
    """The tops and the texts of the procedures: of the outermost one, and of each call that both have."""
    before = {node.scope: node.procedure for node in sides.old.nodes.values()}
    after = {node.scope: node.procedure for node in sides.new.nodes.values()}
    for scope, two in after.items():
        one = before.get(scope)
        if any(scope.startswith(name) for name in unread):
            continue
        if one is None or one is two:
            continue
        told = Told(scope.rstrip("/"))
        compare_top(told, sides.within(scope), one, two)
        compare_texts(told, scope, one, two)
        yield told


def _call(node: GraphNode) -> str:
    return f"{getattr(node.node, 'procedure', '')} revision {getattr(node.node, 'revision', '')}"


def _single(asked: Asked, node: GraphNode, *, gone: bool) -> Told:
    """A node that only one side has."""
    told = Told(node.id)
    if node.scope and node.scope[:-1] not in (asked.new if gone else asked.old).nodes:
        return told  # goes or comes with its call
    sentence = f"the {node.kind} '{node.id}' {'removed' if gone else 'added'}"
    kept = ", ".join(sorted(node.satisfies))
    if node.kind in MANDATORY or node.satisfies or node.invalidates or (node.kind == "call"):
        kind: Kind = "weaker" if gone else "stronger"
        what = f"{sentence}, which satisfie{'d' if gone else 's'} {kept}" if kept else sentence
        told.add(kind, what, node.id if gone else "", "" if gone else node.id)
    elif node.kind == "end" and getattr(node.node, "closes", False) and not node.scope:
        kind = "stronger" if gone else "weaker"
        told.add(
            kind, f"{sentence}, which closes the ticket", node.id if gone else "", "" if gone else node.id
        )
    elif node.requires or node.irreversible:
        told.add(
            "changed", sentence, node.id if gone else "", "" if gone else node.id, unsettled=node.irreversible
        )
    else:
        told.add("changed", sentence, node.id if gone else "", "" if gone else node.id)
    return told


def _places(old: Plan, new: Plan, read: Callable[[GraphNode], bool]) -> Told:
    """Nodes that stand elsewhere in the outline: in another section, or in another order."""
    told = Told()
    common = [n.id for n in new.nodes.values() if n.id in old.nodes and read(n)]
    rank = {name: index for index, name in enumerate(name for name in old.nodes if name in new.nodes)}
    stayed = _longest_rising([rank[name] for name in common])
    for name in common:
        was, is_ = ([s.id for s in plan.nodes[name].sections] for plan in (old, new))
        here = Told(name, changes=told.changes)
        if was != is_:
            here.add(
                "changed",
                f"stood in {_section(was)}, stands in {_section(is_)}",
                _section(was),
                _section(is_),
            )
        elif rank[name] not in stayed:
            here.add("changed", "moved to another place in the order")
    return told


def _section(sections: list[str]) -> str:
    return " > ".join(sections) if sections else "no section"


def _longest_rising(numbers: list[int]) -> frozenset[int]:
    """A longest rising subsequence (patience sorting): what is outside it was moved."""
    tails: list[int] = []
    heads: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(tails, number)
        before[number] = heads[place - 1] if place else None
        if place == len(tails):
            tails.append(number)
            heads.append(number)
        else:
            tails[place] = heads[place] = number
    found: set[int] = set()
    at = heads[-1] if heads else None
    while at is not None:
        found.add(at)
        at = before[at]
    return frozenset(found)


def _proofs(old: Plan, new: Plan) -> Iterator[Told]:
    """Controls that were proved at a node and are not any more, or the reverse."""
    before = {(o.node, o.control, o.kind): o for o in Subject(old).obligations}
    for one in Subject(new).obligations:
        was = before.get((one.node, one.control, one.kind))
        if was is None or was.verdict == one.verdict:
            continue
        told = Told(one.node)
        if was.verdict == "holds":
            told.add(
                "weaker",
                f"'{one.control}' is no longer proved ({one.kind}): {one.verdict}",
                "holds",
                way_told(one.path) or one.verdict,
            )
        elif one.verdict == "holds":
            told.add(
                "stronger",
                f"'{one.control}' is now proved ({one.kind})",
                way_told(was.path) or was.verdict,
                "holds",
            )
        yield told
