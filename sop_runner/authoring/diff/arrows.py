"""Where nodes lead: arrows rerouted, added, dropped, bounded otherwise; and what can now be passed by."""

from collections.abc import Mapping, Set

from sop_runner.machine.graph import Arrow, Graph, GraphNode

from .change import Told
from .compare import less_is_stronger, ranked
from .sides import Asked
from .ways import closes

# The arrows that are there or not as the file says; the others follow from the kind of the node.
_OWN = ("otherwise", "at_limit")


def compare_arrows(told: Told, asked: Asked, old: GraphNode, new: GraphNode) -> None:
    """Every arrow of a node that both have."""
    for name, arrow in old.arrows.items():
        if name in new.arrows:
            _arrow(told, asked, arrow, new.arrows[name])
        elif name in _OWN:
            told.add("weaker", f"{_called(name)} no longer leads anywhere", arrow.target)
    for name, arrow in new.arrows.items():
        if name in _OWN and name not in old.arrows:
            told.add("stronger", f"{_called(name)} leads to '{arrow.target}'", "", arrow.target)


def _called(name: str) -> str:
    return {"otherwise": "`otherwise`", "at_limit": "the time limit", "done": "what follows"}.get(
        name, f"'{name}'"
    )


def _arrow(told: Told, asked: Asked, old: Arrow, new: Arrow) -> None:
    if old.name == "passed_over":
        return  # goes where `done` goes
    if _through(asked.old.graph, asked.new.graph, old.target) != _through(
        asked.new.graph, asked.old.graph, new.target
    ):
        _rerouted(told, asked, old, new)
    ranked(told, f"{_called(old.name)}: most jumps", old.at_most, new.at_most, less_is_stronger)
    if old.spent != new.spent and old.at_most is not None and new.at_most is not None:
        told.add(
            "changed", f"{_called(old.name)}, jumps used up: led to {_to(old.spent)}, leads to {_to(new.spent)}",
            old.spent or "", new.spent or "", unsettled=True,
        )  # fmt: skip


def _to(target: str | None) -> str:
    return "nowhere" if target is None else f"'{target}'"


def _through(graph: Graph, other: Graph, target: str) -> str:
    """Where one comes to among the nodes that both have, going straight on through the others."""
    seen: set[str] = set()
    while target not in other.nodes and target not in seen:
        seen.add(target)
        arrow = graph.nodes[target].arrows.get("done")
        if arrow is None:
            break
        target = arrow.target
    return target


def _rerouted(told: Told, asked: Asked, old: Arrow, new: Arrow) -> None:
    sentence = f"{_called(old.name)} led to '{old.target}', leads to '{new.target}'"
    before, after = asked.old_ways.ahead(old.target), asked.new_ways.ahead(new.target)
    if before is None and after is None:
        told.add("changed", sentence, old.target, new.target)
    elif before is None:
        told.add("weaker", f"{sentence}, from where the ticket can be closed", old.target, new.target)
    elif after is None:
        told.add("stronger", f"{sentence}, from where the ticket cannot be closed", old.target, new.target)
    else:  # what is done before it now, or was, is not passed by: it changed places
        less = _known(before - after - asked.new_ways.done_before(told.node), asked.new.nodes)
        more = _known(after - before - asked.old_ways.done_before(told.node), asked.old.nodes)
        if less:
            told.add("weaker", f"{sentence} and may pass by {_names(less)}", old.target, new.target)
        if more:
            told.add("stronger", f"{sentence} and has to pass {_names(more)}", old.target, new.target)
        if not less and not more:
            told.add("changed", sentence, old.target, new.target)


def _known(names: Set[str], nodes: Mapping[str, GraphNode]) -> list[str]:
    """Those that the other side has too: what is new or gone is told by itself."""
    return [name for name in nodes if name in names]


def _names(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def compare_ways(asked: Asked) -> list[Told]:
    """What every way to a guarded act or a closing end passed before and now does not, and the reverse."""
    found = []
    for name, new in asked.new.nodes.items():
        old = asked.old.nodes.get(name)
        if old is None or not (guarded(old) and guarded(new)):
            continue
        before, after = asked.old_ways.before(name), asked.new_ways.before(name)
        if before is None or after is None:
            continue
        told = Told(name)
        for gone in _known(before - after, asked.new.nodes):
            told.add("weaker", f"can now be reached without '{gone}'", gone)
        for come in _known(after - before, asked.old.nodes):
            told.add("stronger", f"can no longer be reached without '{come}'", "", come)
        found.append(told)
    return found


def guarded(node: GraphNode) -> bool:
    """Whether it is an act that asks for controls or cannot be undone, or an end that closes the ticket."""
    return closes(node) or (node.irreversible and node.kind != "call") or bool(node.requires)
