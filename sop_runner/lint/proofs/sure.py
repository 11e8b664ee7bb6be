"""Names that are surely known, whatever the values: one pass forward, all names at once."""

from collections.abc import Iterable, Mapping

from sop_runner.machine.graph import GraphNode, recorded_names
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision

from .flow import targets, usable
from .model import Model


def bases(model: Model, scope: str, name: str) -> tuple[str, ...]:
    """What must be known for a name to be: itself, or all that it is computed from."""
    key = model.words.resolve(scope, name) or model.words.resolve(scope, name.partition(".")[0])
    if key is None:
        return ()
    one = model.words.known[key]
    found = tuple(sorted(one.cone)) if one.derive is not None else (key,)
    return tuple(base for base in found if base != "today" and not _always(model, base))


def _always(model: Model, base: str) -> bool:
    node = model.plan.graph.nodes.get(base)
    return node is not None and bool(node.undone_by)


class Sure:
    """Names certainly known as each node is entered: one pass forward over all of them at once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        keys = [key for key, one in model.words.known.items() if one.derive is None]
        self.bit = {key: 1 << index for index, key in enumerate(keys)}
        self.everything = (1 << len(keys)) - 1
        self._inside: dict[str, int] = {}
        for scope in model.scopes:
            self._inside[scope] = sum(bit for key, bit in self.bit.items() if scope and key.startswith(scope))
        self.held = self._spread()

    def knows(self, node: str, key: str) -> bool:
        """Whether a name is known however a node is reached."""
        return bool(self.held.get(node, self.everything) & self.bit.get(key, 0))

    def _spread(self) -> Mapping[str, int]:
        model, nodes = self.model, self.model.plan.graph.nodes
        start = model.plan.graph.start
        sure = {spec.field for spec in model.plan.procedure.case if spec.required and spec.only_when is None}
        held = {start: self._bits("", sure) | self.bit.get("today", 0)}
        waiting = [start]
        while waiting:
            name = waiting.pop()
            node = nodes[name]
            for arrow in usable(node):
                out = self._after(node, arrow.name, held[name])
                for target in targets(arrow):
                    here = out & ~self._left(node.scope, target)
                    before = held.get(target)
                    after = here if before is None else before & here
                    if after != before:
                        held[target] = after
                        waiting.append(target)
        return held

    def _left(self, scope: str, target: str) -> int:
        return self._inside[scope] if scope and not target.startswith(scope) else 0

    def _bits(self, scope: str, names: Iterable[str]) -> int:
        return sum({self.bit.get(scope + name, 0) for name in names})

    def _after(self, node: GraphNode, arrow: str, held: int) -> int:
        scope, spec = node.scope, node.node
        if arrow == "passed_over":
            return held & ~self._bits(scope, node.records_alone)
        if isinstance(spec, Decision):
            for outcome in spec.outcomes:
                if outcome.outcome == arrow:
                    set_by = {name for one in spec.outcomes for name in one.sets}
                    fields = self.model.plan.fields
                    sure = {
                        name
                        for name, value in outcome.sets.items()
                        if not isinstance(value, FieldRef)
                        and ((rules := fields.get(scope + name)) is None or rules.keep != "never")
                    }
                    return held & ~self._bits(scope, set_by) | self._bits(scope, {*sure, spec.id})
            return held
        if isinstance(spec, Call) and arrow == "call":
            return self._case(node, spec, held & ~self._inside[f"{node.id}/"])
        if node.kind == "end":
            return self._returned(node, arrow, held)
        if arrow != "done":
            return held
        gone, sure = _recorded(node)
        return held & ~self._bits(scope, gone) | self._bits(scope, sure)

    def _case(self, node: GraphNode, call: Call, held: int) -> int:
        callee = self.model.plan.nodes[node.arrows["call"].target].procedure
        for spec in callee.case:
            given = call.given.get(spec.field)
            literal = given is not None and not isinstance(given, FieldRef)
            if (spec.required or literal) and spec.keep != "never":
                held |= self.bit.get(f"{node.id}/{spec.field}", 0)
        return held

    def _returned(self, node: GraphNode, arrow: str, held: int) -> int:
        if not node.scope:
            return held
        outer = self.model.plan.nodes[node.scope[:-1]]
        call = outer.node
        assert isinstance(call, Call)
        if arrow == "next":
            return self._case(outer, call, held & ~self._inside[node.scope])
        if getattr(node.node, "result", "") != "completed":
            return held
        for name, source in call.returns.items():
            those = bases(self.model, node.scope, source)
            known = bool(call.for_each) or all(held & self.bit.get(base, 0) for base in those)
            bit = self.bit.get(outer.scope + name, 0)
            held = held | bit if known else held & ~bit
        return held


def _recorded(node: GraphNode) -> tuple[set[str], set[str]]:
    """What an answer may leave unknown, and what it certainly makes known."""
    gone: set[str] = set(recorded_names(node.node))
    sure: set[str] = set()
    waivable = node.waivable_by is not None
    match node.node:
        case Confirmation(id=node_id, record=record, statement=statement, sign_off=sign_off):
            for spec in record.fields if record else ():
                if spec.required and spec.only_when is None and spec.keep != "never":
                    sure.add(spec.field)
            if statement is not None and statement.field:
                sure.add(statement.field)
            if sign_off is not None and not waivable:
                sure.add(node_id)
        case Checklist(id=node_id, items=items):
            for item in items:
                if item.only_when is not None or (item.field is None and waivable):
                    continue
                if item.field is None or (item.field.required and item.field.keep != "never"):
                    sure.add(f"{node_id}.{item.item}")
                    if item.field is not None and item.field.field and item.not_applicable == "refused":
                        sure.add(item.field.field)
        case _:
            pass
    return gone, sure
