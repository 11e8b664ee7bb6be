"""The one `transitions` machine of a plan: what an arrow leads to, and nothing else.

The engine is fenced. Its defaults add a jump to every state, accept duplicate states and
unknown targets, and resolve dotted strings as callbacks; so the graph is checked before it is
compiled, no jumps are generated, no callback is attached, and a run is followed with a small
throw-away model that is never registered.
"""

from collections.abc import Mapping

from transitions import Machine, MachineError

from .graph import SPENT, Graph


class NoSuchArrow(LookupError):
    """The machine has no such move from this node."""


class _Follower:
    """A model object that lives for one move."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Engine:
    """One shared machine for every run of a plan."""

    def __init__(self, graph: Graph) -> None:
        moves: list[dict[str, str]] = []
        for node in graph.nodes.values():
            for arrow in node.arrows.values():
                moves.append({"trigger": arrow.name, "source": node.id, "dest": arrow.target})
                if arrow.spent is not None:
                    moves.append({"trigger": arrow.name + SPENT, "source": node.id, "dest": arrow.spent})
        self._machine = Machine(
            model=None,
            states=list(graph.nodes),
            transitions=moves,
            initial=graph.start,
            auto_transitions=False,
            send_event=False,
        )
        self._events = self._machine.events

    def follow(self, at: str, arrow: str) -> str:
        """Where `arrow` leads from the node `at`. Raises NoSuchArrow where the machine does not allow it."""
        event = self._events.get(arrow)
        if event is None:
            raise NoSuchArrow(f"'{at}' has no way '{arrow}'")
        model = _Follower(at)
        try:
            event.trigger(model)
        except MachineError as error:
            raise NoSuchArrow(f"'{at}' has no way '{arrow}'") from error
        return model.state

    def table(self) -> Mapping[tuple[str, str], str]:
        """Every allowed move as (node, arrow) → node, read off the machine for bulk replay."""
        return {
            (source, name): str(moves[0].dest)
            for name, event in self._events.items()
            for source, moves in event.transitions.items()
        }
