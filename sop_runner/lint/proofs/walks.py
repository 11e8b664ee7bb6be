"""Long walks with every name, to see what happens: they prove that things can, not that they cannot."""

from collections.abc import Iterator

from sop_runner.procedure.nodes import Decision

from .computing import TooMany
from .folding import Folding, reads_at
from .following import Goal, barred, retrace
from .ground import ENTER, State, Step
from .layout import Layout, Values
from .model import Model
from .moves import Moves

MOST_WALKS = 4
MOST_STEPS = 8
MOST_TOGETHER, FOLDED_EACH = 40, 8
"""Walks from the start, and steps of all walks together for each node of a plan."""


def happening(moves: Moves, state: State) -> Iterator[Goal]:
    """The node a run stands at, and the outcomes that can be taken there."""
    if not state.entered or barred(moves, state):
        return
    node = moves.nodes[state.at]
    yield node.id
    if isinstance(node.node, Decision):
        for outcome, _ in moves.outcomes(node, node.node, state.values):
            yield node.id, outcome.outcome


class Walks:
    """Walks that turn to what none has come past yet, else to what was taken least often.

    `left` are the goals, nodes and outcomes, that none has come past.
    """

    def __init__(self, model: Model, goals: set[Goal]) -> None:
        self.left = set(goals)
        everything = frozenset().union(*(reads_at(model, node) for node in model.plan.graph.nodes.values()))
        self._moves = Moves(Layout(model, everything), going_back=False, guarded=False)
        # Where many names hang together, what nobody reads again is forgotten, and with it what it says of others.
        words = model.words
        large = any(len(those) > MOST_TOGETHER for those in words.joined.values())
        self._folding = Folding(self._moves.layout, {}) if large else None
        self._often: dict[Step | tuple[Step, Values], int] = {}
        self._steps = MOST_STEPS * len(model.plan.nodes)
        try:
            for _ in range(MOST_WALKS):
                before = len(self.left)
                self._go([*self._moves.starts()])
                if not self.left or len(self.left) == before:
                    break
        except TooMany:
            pass

    def go_on(self, steps: tuple[Step, ...], goal: Goal) -> None:
        """Walk on from where a way to `goal` ends: what lies behind it is mostly come past then."""
        self._steps = MOST_STEPS * len(self._moves.nodes)
        try:
            state = retrace(self._moves, steps, goal, happening)
            if state is not None:
                self._go([state])
        except TooMany:
            pass
        self.left.discard(goal)

    def _go(self, starts: list[State]) -> None:
        """Walk from these, then from every turn that would still come past something new."""
        turns: list[tuple[Step | None, State]] = [(None, start) for start in reversed(starts)]
        ahead = self._ahead()
        while turns and self._steps > 0:
            step, state = turns.pop()
            if step is not None and not self._fresh(step):
                continue
            before = len(self.left)
            while state.at in ahead and self._steps > 0:
                self._steps -= 1
                if state.entered:
                    self.left.discard(state.at)
                ways = [*self._moves.onward(state)]
                if not ways:
                    break
                # Entering first: what is passed over comes past less.
                ways.sort(key=lambda one: one[0].arrow != ENTER)
                fresh = [one for one in ways if self._fresh(one[0])]
                step, after = fresh[0] if fresh else self._rarest(ways, ahead)
                turns += reversed(fresh[1:])
                self.left -= {(one.at, one.how) for one, _ in ways}
                for taken in (step, (step, after.values)):
                    self._often[taken] = self._often.get(taken, 0) + 1
                state = after
                if self._folding is not None and self._steps % FOLDED_EACH == 0:
                    state = self._folding.folded(after)
            if len(self.left) < before:
                ahead = self._ahead()

    def _rarest(self, ways: list[tuple[Step, State]], ahead: frozenset[str]) -> tuple[Step, State]:
        """What was taken least often of what leads on to something new."""
        often = self._often
        return min(
            ways,
            key=lambda one: (
                one[1].at not in ahead,
                often.get(one[0], 0),
                often.get((one[0], one[1].values), 0),
            ),
        )

    def _fresh(self, step: Step) -> bool:
        return step.to in self.left or (step.at, step.how) in self.left

    def _ahead(self) -> frozenset[str]:
        """The nodes from which something new can still be come to."""
        names = (one[0] if isinstance(one, tuple) else str(one) for one in self.left)
        return self._moves.flow.leading_to(names)
