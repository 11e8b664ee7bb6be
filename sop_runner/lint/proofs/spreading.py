"""One pass forward over the graph: what is so at every node on every way, as sets that only shrink."""

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from sop_runner.machine.graph import Arrow, GraphNode

from .flow import targets, usable
from .model import Model

F = TypeVar("F")
"""What is so at a node."""


def spread(
    model: Model,
    first: F,
    after: Callable[[GraphNode, Arrow, F], F],
    entering: Callable[[str, str, F], F],
    meet: Callable[[F, F], F],
) -> dict[str, F]:
    """What is so as each reached node is entered, from `first` at the start to where nothing changes any more.

    `after` says what an arrow leaves, `entering` what is left of that from one node (its id) at another, and
    `meet` what two ways have in common.
    """
    nodes, start = model.plan.graph.nodes, model.plan.graph.start
    rank = {name: index for index, name in enumerate(model.flow.order)}
    found = {start: first}
    waiting, queued = deque([start]), {start}
    while waiting:
        name = waiting.popleft()
        queued.discard(name)
        node = nodes[name]
        following: list[str] = []
        for arrow in usable(node):
            out = after(node, arrow, found[name])
            for target in targets(arrow):
                here = entering(name, target, out)
                known = target in found
                both = meet(found[target], here) if known else here
                if known and both == found[target]:
                    continue
                found[target] = both
                if target not in queued:
                    queued.add(target)
                    following.append(target)
        waiting.extend(sorted(following, key=rank.__getitem__))
    return found
