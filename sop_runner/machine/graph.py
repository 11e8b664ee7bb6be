"""The graph of a procedure with its callees inlined: what follows what, and what each node means."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..procedure.model import Path, Procedure
from ..procedure.nodes import Call, Checklist, Confirmation, Decision, End, Node, Section, Step
from ..procedure.timing import Age, Time
from ..procedure.when import All, Condition

SPENT = ".spent"
_INDEX = re.compile(r"\[[0-9]+\]")


def template(location: str) -> str:
    """The node id of a location: `CALL[2]/check` → `CALL/check`."""
    return _without_elements(location) if "[" in location else location


@lru_cache(maxsize=1024)
def _without_elements(location: str) -> str:
    return _INDEX.sub("", location)


def scope_of(location: str) -> str:
    """The prefix that a location's names stand under: `CALL[2]/check` → `CALL[2]/`."""
    return location[: location.rfind("/") + 1]


def located(target: str, at: str) -> str:
    """Put the element numbers of `at` into the node id `target` where both stand in the same calls."""
    if "[" not in at:
        return target
    scope = scope_of(at)
    while scope:
        plain = template(scope)
        if target.startswith(plain):
            return scope + target[len(plain) :]
        scope = scope_of(scope[:-1])
    return target


def calling(scope: str) -> str:
    """The call whose callee a scope belongs to, whichever its element: `CALL/` and `CALL[2]/` → `CALL`."""
    call = scope[:-1]
    return call[: call.rfind("[")] if call.endswith("]") else call


def of_each_element(location: str) -> str:
    """A location in a call whichever its innermost element: `CALL[2]/end` → `CALL/end`."""
    scope = scope_of(location)
    return f"{calling(scope)}/{location[len(scope) :]}" if scope else location


@dataclass(frozen=True, slots=True)
class Arrow:
    """An allowed move. `at_most` bounds how often it is taken; then `spent` is where it leads instead.

    `loop` are the nodes that make up its loop: entering them from outside starts the count again.
    """

    name: str
    source: str
    target: str
    at_most: int | None = None
    spent: str | None = None
    loop: frozenset[str] = frozenset()

    @property
    def targets(self) -> tuple[str, ...]:
        """Wherever it may lead."""
        return (self.target,) if self.spent is None else (self.target, self.spent)


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node as the run core reads it: defaults filled in, roles and names of the outermost run."""

    id: str
    scope: str
    kind: str
    node: Node
    procedure: Procedure
    path: Path
    sections: tuple[Section, ...]
    by: tuple[str, ...]
    not_by: tuple[str, ...]
    only_when: Condition | None
    requires: frozenset[str]
    satisfies: frozenset[str]
    valid_for: Age | None
    invalidates: frozenset[str]
    irreversible: bool
    waivable_by: str | None
    time: Time | None
    records: frozenset[str]
    records_alone: frozenset[str]
    undone_by: tuple[str, ...]
    undoes: tuple[str, ...]
    roles: Mapping[str, str]
    several: bool = False
    """Whether a role is held here by several people, who sign one after the other."""
    arrows: Mapping[str, Arrow] = field(default_factory=dict)

    @property
    def local(self) -> str:
        """The id without its scope."""
        return self.id[len(self.scope) :]

    @property
    def automatic(self) -> bool:
        """Whether no person is needed to leave it: a rule, a call, a callee's end."""
        if self.kind == "decision":
            return isinstance(self.node, Decision) and self.node.decided_by == "rule"
        return self.kind == "call" or (self.kind == "end" and self.scope != "")


@dataclass(frozen=True, slots=True)
class Graph:
    """Every node by id in the order of the file, callees under their call.

    `timed` are nodes whose time of being done another one needs; `recurring` are all that some
    path leads back to (any other is entered once on any way).
    """

    start: str
    nodes: Mapping[str, GraphNode]
    timed: frozenset[str]
    recurring: frozenset[str]

    def callers(self, node_id: str) -> Iterator[GraphNode]:
        """The calls that `node_id` stands in, innermost first."""
        scope = scope_of(node_id)
        while scope:
            call = scope[:-1]
            yield self.nodes[call]
            scope = scope_of(call)


def recorded_names(node: Node) -> frozenset[str]:
    """The names a node records when it is done, as conditions in its scope read them."""
    names: set[str] = set()
    match node:
        case Confirmation(id=node_id):
            if node.record:
                names.update(spec.field for spec in node.record.fields)
            if node.statement and node.statement.field:
                names.add(node.statement.field)
            if node.sign_off:
                names.add(node_id)
        case Checklist(id=node_id, items=items):
            for item in items:
                names.add(f"{node_id}.{item.item}")
                if item.field and item.field.field:
                    names.add(item.field.field)
        case Decision(id=node_id, outcomes=outcomes):
            names.add(node_id)
            for outcome in outcomes:
                names.update(outcome.sets)
        case Call(returns=returns):
            names.update(returns)
        case _:
            pass
    return frozenset(names)


def conditions_of(node: Node, sections: tuple[Section, ...]) -> Condition | None:
    """A node's own `only_when` and that of each section it stands in, all of which must hold."""
    own = None if isinstance(node, End) else node.only_when
    parts = [section.only_when for section in sections if section.only_when is not None]
    if own is not None:
        parts.append(own)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def own_satisfies(node: Node) -> tuple[frozenset[str], Age | None]:
    """What a node gains as a whole, and for how long; outcomes say it themselves."""
    if isinstance(node, Checklist | Confirmation | Call):
        return frozenset(node.satisfies), node.valid_for
    return frozenset(), None


def opened_by(node: Node) -> tuple[str, ...]:
    """The nodes any one of which undoes this step."""
    return tuple(node.undone_by) if isinstance(node, Step) else ()


def timed_nodes(node: Node) -> Iterator[str]:
    """Local ids of nodes whose last time of being done this node needs to know."""
    if isinstance(node, Confirmation) and node.log_review and node.log_review.since:
        yield node.log_review.since
    time: Any = getattr(node, "time", None)
    if isinstance(time, Time) and time.from_:
        yield time.from_


def limit_arrow(call_id: str) -> str:
    """The name of the arrow by which a call is left from inside when its own limit has passed."""
    return f"{call_id}:at_limit"
