"""What came of a rehearsal, as data: a readable story, the first deviation, what was covered."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sop_runner.base.finding import Position
from sop_runner.machine.graph import SPENT, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Decision
from sop_runner.run import events as ev
from sop_runner.run.events import Event


@dataclass(frozen=True, slots=True)
class Line:
    """One item of `do` as it was played.

    `recorded` are the events that came of it, in words; `at` is where the run then stands, an end
    or `abandoned` once it has ended; `refused` says why where it was refused.
    """

    asked: str
    people: tuple[str, ...]
    when: datetime
    recorded: tuple[str, ...]
    at: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """The first place where the run was not as the scenario says: why, and where in the file."""

    message: str
    at: Position


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was taken, by node ids without element numbers: nodes entered, (node, arrow), (node, outcome)."""

    nodes: frozenset[str] = frozenset()
    arrows: frozenset[tuple[str, str]] = frozenset()
    outcomes: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: "Coverage") -> "Coverage":
        return Coverage(self.nodes | other.nodes, self.arrows | other.arrows, self.outcomes | other.outcomes)

    def missing(self, whole: "Coverage") -> "Coverage":
        """What of `whole` is not in this one."""
        return Coverage(whole.nodes - self.nodes, whole.arrows - self.arrows, whole.outcomes - self.outcomes)


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario as it was played; it passed where nothing deviated."""

    scenario: str
    story: tuple[Line, ...]
    deviation: Deviation | None
    coverage: Coverage = field(default_factory=Coverage)
    end: str = ""
    of: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything was as the scenario says."""
        return self.deviation is None


def coverable(plan: Plan) -> Coverage:
    """Everything that scenarios of this procedure could cover; the outcome of a decision is its arrow too."""
    arrows, outcomes = set(), set()
    for node in plan.graph.nodes.values():
        names = {o.outcome for o in node.node.outcomes} if isinstance(node.node, Decision) else set()
        outcomes |= {(node.id, name) for name in names}
        for arrow in node.arrows.values():
            if arrow.name not in names:
                arrows.add((node.id, arrow.name))
            if arrow.spent is not None:
                arrows.add((node.id, arrow.name + SPENT))
    return Coverage(frozenset(plan.graph.nodes), frozenset(arrows), frozenset(outcomes))


class Seen:
    """What the events of a run went through: every node entered (passed over is not), with its elements."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self._arrows: set[tuple[str, str]] = set()
        self._outcomes: set[tuple[str, str]] = set()

    def take(self, events: Iterable[Event]) -> None:
        """Follow some more events."""
        for event in events:
            at = event.at or ""
            if event.type == ev.NODE_PASSED_OVER and self.entered and self.entered[-1] == at:
                self.entered.pop()
            if event.type == ev.STEP_UNDONE and at not in self.entered:
                self.entered.append(at)
            if event.type in ev.MOVES and event.arrow is not None:
                self._move(event, template(at), event.arrow)
            if event.to and event.type in (*ev.MOVES, ev.RUN_STARTED, ev.WENT_BACK):
                self.entered.append(event.to)

    def _move(self, event: Event, at: str, arrow: str) -> None:
        if event.type == ev.DECISION_TAKEN:
            self._outcomes.add((at, event.outcome or ""))
        if event.type != ev.DECISION_TAKEN or arrow.endswith(SPENT):
            self._arrows.add((at, arrow))

    def was_entered(self, node: str) -> bool:
        """Whether `CALL/node` was entered for any element, `CALL[2]/node` for that one."""
        return node in self.entered or any(template(entered) == node for entered in self.entered)

    @property
    def coverage(self) -> Coverage:
        """Everything so far."""
        nodes = frozenset(template(node) for node in self.entered)
        return Coverage(nodes, frozenset(self._arrows), frozenset(self._outcomes))


def in_words(event: Event) -> str:
    """An event on one line: what happened where, by whom, and why."""
    words = [event.type]
    if event.at:
        words.append(event.at)
    if event.outcome:
        words.append(event.outcome)
    if event.to:
        words.append(f"→ {event.to}")
    if event.actor:
        words.append(f"by {event.actor}" + (f" as {event.role}" if event.role else ""))
    return " ".join(words)
