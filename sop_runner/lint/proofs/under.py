"""Controls that are certainly held where a condition holds: one more pass over what is certainly held.

All of a section is passed over together, its confirmations and the act that they guard. Then the control is held there
or the act is passed over as well, and no search has to tell those ways apart. That a condition still holds is known as
long as none of its names is written; what asks about time or about controls is left to the search.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_, or_

from sop_runner.machine.graph import Arrow, GraphNode, calling
from sop_runner.procedure.nodes import Decision, End
from sop_runner.procedure.when import Condition

from .certain import Certain
from .folding import written
from .spreading import spread
from .standing import parts, read_by, rewritten, stands


class Under:
    """For each reached node the controls of the procedure itself that are held where some node was not passed over."""

    def __init__(self, certain: Certain) -> None:
        self._certain = certain
        self._model = model = certain.model
        self._nodes = model.plan.nodes
        # Of each: the control, the node that gains it, and what has to hold for that node to be entered.
        self._facts = [
            (control, node.id, parts(node.only_when))
            for node in self._nodes.values()
            if node.only_when is not None and self._tells(node, node.only_when)
            for control in sorted(node.satisfies)
            if len(model.shared("", control)) == 1
        ]
        self._of_control: dict[str, int] = {}
        self._of_node: dict[str, int] = {}
        for place, (control, at, _) in enumerate(self._facts):
            self._of_control[control] = self._of_control.get(control, 0) | 1 << place
            self._of_node[at] = self._of_node.get(at, 0) | 1 << place
        self._rewritten = rewritten(
            model,
            ((1 << place, read_by(model, "", those)) for place, (_, _, those) in enumerate(self._facts)),
        )
        self._held = self._spread() if self._facts else {}

    def holds(self, node: GraphNode, control: str) -> bool:
        """Whether a control is held wherever a node is entered and not passed over."""
        held = 0 if node.scope or node.only_when is None else self._held.get(node.id, 0)
        there = held & self._of_control.get(control, 0)
        return bool(there) and any(
            there >> place & 1 and those <= parts(node.only_when)
            for place, (_, _, those) in enumerate(self._facts)
        )

    def _tells(self, node: GraphNode, condition: Condition) -> bool:
        """Whether being passed over tells that a condition does not hold, also later on."""
        if node.scope or isinstance(node.node, Decision | End):
            return False
        return stands(self._model, "", condition) and read_by(self._model, "", parts(condition)).isdisjoint(
            written(self._model, node)
        )

    def _spread(self) -> Mapping[str, int]:
        returns = self._model.flow.returns
        stays = {
            target: reduce(and_, map(self._left, inside | {target})) for target, inside in returns.items()
        }

        def entering(source: str, target: str, out: int) -> int:
            """Who returns finds controls as they were, but for what was lost since, and names as they are now."""
            return out & stays[target] if source in returns.get(target, ()) else out

        return spread(self._model, 0, self._after, entering, and_)

    def _left(self, name: str) -> int:
        """What a node leaves of what is told: it may take controls away, and write names that conditions read."""
        node = self._nodes[name]
        lost = () if node.scope else node.invalidates
        return ~self._rewritten[name] & ~_any(self._of_control.get(one, 0) for one in lost)

    def _after(self, node: GraphNode, arrow: Arrow, facts: int) -> int:
        mine = self._of_node.get(self._gaining(node, arrow), 0)
        return (
            facts & (~self._rewritten[node.id] if arrow.name == "passed_over" else self._left(node.id)) | mine
        )

    def _gaining(self, node: GraphNode, arrow: Arrow) -> str:
        """The node that gains its controls by an arrow, or is passed over; none where nothing is gained."""
        if arrow.name in ("done", "passed_over"):
            return node.id
        if not isinstance(node.node, End) or arrow.name == "next" or node.node.result != "completed":
            return ""
        call = calling(node.scope) if node.scope else ""
        return "" if not call or self._certain.may_be_incomplete(self._nodes[call]) else call


def _any(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)
