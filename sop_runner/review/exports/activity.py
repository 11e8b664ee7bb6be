"""What tools for process mining call an entry: the activity, and how far it stands in its life."""

from collections.abc import Mapping
from typing import Any

from sop_runner.machine.graph import template
from sop_runner.run import events as ev

IN_MODEL = frozenset(
    (*ev.MOVES, ev.RUN_STARTED, ev.RUN_ENDED, ev.WENT_BACK, ev.RUN_ABANDONED, ev.STEP_UNDONE, ev.LEFT_OPEN)
)
"""Types of entries that an exported model has a transition for."""

# The standard transactional model (IEEE 1849, lifecycle extension).
_LIFECYCLE = {
    ev.NODE_PASSED_OVER: "autoskip",
    ev.RUN_HELD: "suspend",
    ev.RUN_RESUMED: "resume",
    ev.RUN_ABANDONED: "pi_abort",
    ev.HAND_OVER_ACCEPTED: "reassign",
}


def activity(kind: str, at: str | None, arrow: str | None = None, to: str | None = None) -> str:
    """`NODE:arrow` for a move, else `NODE:Type` or the type alone; elements of a list share their node."""
    if kind == ev.WENT_BACK:
        return f"{kind}:{template(to or '')}"
    what = arrow if kind in ev.MOVES and arrow is not None else kind
    return what if not at else f"{template(at)}:{what}"


def activity_of(body: Mapping[str, Any]) -> str:
    """The activity of an entry's body."""
    return activity(body["type"], body["at"], body["arrow"], body["to"])


def lifecycle_of(body: Mapping[str, Any]) -> str:
    """The transition of the standard life cycle that an entry is; `unknown` where it has none."""
    kind = body["type"]
    return _LIFECYCLE.get(kind, "complete" if kind in IN_MODEL else "unknown")
