"""Steps that are undone wherever they are done, as the arrows alone tell: no search has to settle that."""

from collections.abc import Set

from sop_runner.machine.graph import Arrow, GraphNode

from .flow import targets, usable
from .folding import written
from .model import Model
from .standing import parts, read_by, stands


def may_stay_open(model: Model, step: GraphNode, ends: Set[str]) -> bool:
    """Whether arrows lead from a step that is done to one of `ends` without what undoes it being done.

    What the step was entered for still holds until one of its names is written. So whoever comes from there passes over
    nothing that is entered for the same, or for less.
    """
    if not ends:
        return False
    held = frozenset(one for one in parts(step.only_when) if stands(model, step.scope, one))
    reading = read_by(model, step.scope, held)

    def stays(node: GraphNode, arrow: Arrow, target: str) -> bool:
        within = target.startswith(step.scope) and not (node.scope == step.scope and arrow.name == "next")
        return within and reading.isdisjoint(written(model, node))

    waiting = [(one, stays(step, step.arrows["done"], one)) for one in targets(step.arrows["done"])]
    seen = {*waiting}
    while waiting:
        name, same = waiting.pop()
        if name in ends:
            return True
        node = model.plan.graph.nodes[name]
        entered = same and node.scope == step.scope and parts(node.only_when) <= held
        undoes = node.id in step.undone_by
        for arrow in usable(node):
            if (undoes and arrow.name == "done") or (entered and arrow.name == "passed_over"):
                continue
            for to in targets(arrow):
                one = (to, same and stays(node, arrow, to))
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
    return False
