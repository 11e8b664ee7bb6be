"""What scenarios left out, by name and at its line of the procedure."""

from collections.abc import Iterator
from dataclasses import dataclass

from sop_runner.base.finding import Position
from sop_runner.machine.graph import SPENT, Arrow, GraphNode, limit_arrow
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Decision

from .coverage import Coverage, Pair, Triple
from .suite import Files

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that no scenario covers: its kind, its name as a scenario would say it, where it stands."""

    kind: str
    name: str
    file: str
    at: Position
    key: tuple[str, ...]


def gaps(plan: Plan, missing: Coverage, files: Files) -> tuple[Gap, ...]:
    """Everything of `missing`, kind by kind in the order of the procedure."""
    finder = _Finder(plan, files)
    order = {name: number for number, name in enumerate(plan.nodes)}
    found = [
        *(finder.gap("node", (node,), finder.node(node)) for node in missing.nodes),
        *(finder.gap("arrow", arrow, finder.arrow(arrow)) for arrow in missing.arrows),
        *(finder.gap("outcome", outcome, finder.outcome(outcome)) for outcome in missing.outcomes),
        *(finder.gap("control", control, finder.control(control)) for control in missing.controls),
    ]
    kinds = ("node", "arrow", "outcome", "control")
    return tuple(
        sorted(found, key=lambda g: (kinds.index(g.kind), order[g.key[0].partition(": ")[0]], g.at, g.name))
    )


@dataclass(frozen=True, slots=True)
class _Finder:
    plan: Plan
    files: Files

    def gap(self, kind: str, key: tuple[str, ...], found: tuple[str, GraphNode, _Path]) -> Gap:
        name, node, path = found
        loaded = self.files.get((node.procedure.procedure, node.procedure.revision))
        at = loaded.source.key_at((*node.path, *path)) if loaded is not None else Position()
        return Gap(kind, name, loaded.file if loaded is not None else "", at, key)

    def node(self, name: str) -> tuple[str, GraphNode, _Path]:
        node = self.plan.nodes[name]
        return f"{name} ({node.kind})", node, ()

    def arrow(self, pair: Pair) -> tuple[str, GraphNode, _Path]:
        source, name = pair
        node = self.plan.nodes[source]
        plain = name.removesuffix(SPENT)
        arrow = self._arrow(node, plain)
        target = arrow.spent if name.endswith(SPENT) else arrow.target
        used_up = ", used up" if name.endswith(SPENT) else ""
        if node.kind == "end":
            call = self.plan.nodes[node.scope[:-1]]
            more = ", next element" if plain == "next" else ""
            return f"{call.id}: {node.local}{more}{used_up} → {target}", call, ("ends", node.local)
        word = {"passed_over": "passed over"}.get(plain, plain)
        return f"{source}: {word}{used_up} → {target}", node, next(_keys(node, plain), ())

    def _arrow(self, node: GraphNode, name: str) -> Arrow:
        if name in node.arrows:
            return node.arrows[name]
        inside = (inner for inner in self.plan.nodes.values() if inner.scope.startswith(f"{node.id}/"))
        return next(a for one in inside for key, a in one.arrows.items() if key == limit_arrow(node.id))

    def outcome(self, pair: Pair) -> tuple[str, GraphNode, _Path]:
        node = self.plan.nodes[pair[0]]
        return f"{pair[0]}: {pair[1]} → {node.arrows[pair[1]].target}", node, _outcome(node, pair[1])

    def control(self, triple: Triple) -> tuple[str, GraphNode, _Path]:
        place, how, control = triple
        name, _, outcome = place.partition(": ")
        node = self.plan.nodes[name]
        key = {"gained": "satisfies", "required": "requires", "imposed": "imposes"}.get(how, "invalidates")
        return f"{place}: '{control}' {how}", node, (*(_outcome(node, outcome) if outcome else ()), key)


def _keys(node: GraphNode, arrow: str) -> Iterator[_Path]:
    """Where an arrow is written, in the order in which the file may say it."""
    if isinstance(node.node, Decision) and arrow in {o.outcome for o in node.node.outcomes}:
        yield _outcome(node, arrow)
    keys: dict[str, _Path] = {
        "done": ("then",),
        "passed_over": ("only_when",),
        "otherwise": ("otherwise",),
        "at_limit": ("time", "at_limit"),
    }
    if arrow in keys:
        yield keys[arrow]


def _outcome(node: GraphNode, name: str) -> _Path:
    assert isinstance(node.node, Decision)
    return ("outcomes", next(n for n, o in enumerate(node.node.outcomes) if o.outcome == name))
