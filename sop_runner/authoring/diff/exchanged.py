"""Nodes that changed places: one that was done behind a confirmation comes before it now, or the reverse.

Guarded acts and ends that close are told with all that leads to them (`arrows`); this is about the others.
"""

from collections.abc import Iterator

from sop_runner.machine.graph import GraphNode

from .arrows import guarded
from .change import Kind, Told
from .sides import Asked
from .ways import MANDATORY, Ways

_DONE = (*MANDATORY, "step", "call")
Pair = tuple[str, str]
"""A node, and what it can be reached without."""


def compare_exchanged(asked: Asked) -> Iterator[Told]:
    """Each exchange once, at the node that takes part in most of them: that is the one that was moved."""
    yield from _told("weaker", _exchanged(asked, asked.old_ways, asked.new_ways))
    yield from _told("stronger", _exchanged(asked, asked.new_ways, asked.old_ways))


def _exchanged(asked: Asked, one: Ways, other: Ways) -> set[Pair]:
    """Nodes with what is done on every way before them in `one`, and on every way behind them in `other`."""
    found = set()
    for name, node in asked.new.nodes.items():
        old = asked.old.nodes.get(name)
        if old is None or not (_plain(node) and _plain(old)) or other.before(name) is None:
            continue
        behind = (other.ahead(name) or frozenset()) - other.done_before(name)
        # of a node in a call only what stands in that call too: the call tells the rest
        found |= {
            (name, passed) for passed in one.done_before(name) & behind if passed.startswith(node.scope)
        }
    return found


def _plain(node: GraphNode) -> bool:
    return node.kind in _DONE and not guarded(node)


def _told(kind: Kind, pairs: set[Pair]) -> Iterator[Told]:
    while pairs:
        count = {name: sum(name in pair for pair in pairs) for pair in sorted(pairs) for name in pair}
        moved = max(count, key=lambda name: count[name])
        mine = {pair for pair in pairs if moved in pair}
        pairs = pairs - mine
        told = Told(moved)
        earlier = ", ".join(f"'{passed}'" for node, passed in sorted(mine) if node == moved)
        later = ", ".join(f"'{node}'" for node, passed in sorted(mine) if passed == moved)
        if earlier:
            now = "can now" if kind == "weaker" else "can no longer"
            told.add(kind, f"{now} be reached without {earlier}", earlier)
        if later:
            now = "can now be done" if kind == "weaker" else "can no longer be done"
            told.add(kind, f"{later} {now} without it", later)
        yield told
