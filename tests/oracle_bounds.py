"""The oracle's count of bounded jumps: for each one the whole past is looked at."""

from typing import Any

from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev
from sop_runner.run.events import Event
from tests.oracle_base import Broken, call_of, plain, scope_of


class Bounds:
    """Every move so far, and when each bounded arrow was taken."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.moves: list[tuple[str, str, str, int]] = []
        self.marks: dict[str, tuple[int, ...]] = {}

    def went_back(self, to: str, over: str, index: int) -> None:
        """A person went back to `to` over the nodes named."""
        self.moves.append(("back", to, over, index))

    def jumped(self, event: Event, index: int) -> None:
        """A move was made; Broken where its arrow was taken more often than it may."""
        at, to, arrow = str(event.at), str(event.to), str(event.arrow)
        self.moves.append((plain(at), plain(to), arrow, index))
        if event.type == ev.CALL_ENTERED:
            self.moves.append(("call", at, "", index))
        arrows = self.plan.node(at).arrows
        name = "done" if arrow == "passed_over" else arrow
        bounded = arrows.get(name)
        if arrow.endswith(".spent") or bounded is None or bounded.at_most is None:
            return
        owner = self._owner(at, name)
        key = f"{owner} {plain(at).rpartition('/')[2] if name == 'return' else ''} {name}"
        taken = tuple(one for one in self.marks.get(key, ()) if not self._began_since(bounded, owner, one))
        self.marks[key] = (*taken, index)
        if len(taken) + 1 > bounded.at_most:
            raise Broken(f"{at} {name} was taken {len(taken) + 1} times, {bounded.at_most} are allowed")

    def _owner(self, at: str, name: str) -> str:
        """Where an arrow stands: at its node; what leads out of a call, at that call."""
        if name == "return":
            return call_of(scope_of(at))
        if name.endswith(":at_limit"):
            call = at
            while plain(call) != name.removesuffix(":at_limit"):
                call = scope_of(call)[:-1]
            return call_of(f"{call}/")
        return at

    def _began_since(self, arrow: Any, at: str, index: int) -> bool:
        """Whether the loop of a bounded arrow was entered from outside after the event at `index`.

        Entering it again after going back out of it is the same round, done over.
        """
        loop = self._loop(arrow)
        over = False
        for source, target, names, when in self.moves:
            if when <= index:
                continue
            if source == "back":
                over = over or (plain(target) not in loop and bool(loop & {*names.split()}))
            elif source == "call":
                if at.startswith((f"{target}/", f"{target}[")):
                    return True
            elif target in loop and source not in loop:
                if not over:
                    return True
                over = False
        return False

    def _loop(self, arrow: Any) -> set[str]:
        """The target and every node that reaches the arrow without passing the target."""
        edges = {
            (node.id, target)
            for node in self.plan.nodes.values()
            for one in node.arrows.values()
            for target in (one.target, one.spent)
            if target is not None
        }
        found = {arrow.source}
        if arrow.name.endswith(":at_limit"):
            found = {node.id for node in self.plan.nodes.values() if arrow.name in node.arrows}
        while True:
            more = {a for a, b in edges if b in found and b != arrow.target} - found
            if not more:
                return found | {arrow.target}
            found |= more
