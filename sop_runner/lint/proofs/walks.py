"""Long walks with every name, to see what happens: they prove that things can, not that they cannot."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from sop_runner.procedure.nodes import Decision

from .computing import TooMany
from .folding import Folding
from .ground import ENTER, State, Step
from .layout import Layout, Values
from .legs import Leg, legs, whole
from .mixtures import Sampled
from .model import Model
from .moves import Moves
from .taking import Goal, barred, retrace

MOST_IN_VAIN = 6
MOST_STEPS = 8
MOST_ARRIVING = 6
MOST_ROUNDS = 5
MOST_TOGETHER, FOLDED_EACH = 40, 8
"""Walks from the start of a leg that show nothing new, one after the other, steps of all its walks together for each
of its nodes, ways in which it is left, and jumps of a bound that a walk takes to use it up."""


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
    """Walks leg by leg, then through all at once to what none has come past.

    `left` are the goals, nodes and outcomes, that none has come past.
    """

    def __init__(self, model: Model, goals: set[Goal]) -> None:
        self.left = set(goals)
        self._model = model
        before: _Walk | None = None
        parts = legs(model)
        for leg in parts if len(parts) > 1 else ():
            walk = _Walk(model, leg, self.left)
            walk.walk(walk.moves.starts() if before is None else walk.taken_over(before))
            before = walk
        if self.left:
            self._all.walk(self._all.moves.starts())

    @cached_property
    def _all(self) -> "_Walk":
        return _Walk(self._model, whole(self._model), self.left)

    def go_on(self, steps: tuple[Step, ...], goal: Goal) -> None:
        """Walk on from where a way to `goal` ends: what lies behind it is mostly come past then."""
        self._all.go_on(steps, goal)
        self.left.discard(goal)


class _Walk:
    """The walks of one leg, which turn to what none has come past yet, else to what was taken least often."""

    def __init__(self, model: Model, leg: Leg, left: set[Goal]) -> None:
        self.arrived: dict[State, None] = {}
        """How the next leg was come to."""
        self.moves = Sampled(Layout(model, leg.items), going_back=False, guarded=False)
        self._leg, self._left = leg, left
        self._mine = {goal for goal in left if _node(goal) in leg.nodes}
        # Where many names hang together, what nobody reads again is forgotten, and with it what it says of others.
        large = any(len(those) > MOST_TOGETHER for those in model.words.joined.values())
        self._folding = Folding(self.moves.layout, {}) if large else None
        self._often: dict[Step | tuple[Step, Values], int] = {}
        self._steps = 0

    def taken_over(self, before: "_Walk") -> list[State]:
        """How the leg before was left, as this one begins."""
        layout, theirs = self.moves.layout, before.moves.layout
        values = (layout.taken_over(theirs, state.values) for state in before.arrived)
        return [State(self._leg.first, one, (), True) for one in dict.fromkeys(values)]

    def walk(self, starts: Iterable[State]) -> None:
        """Walk until nothing new is come past."""
        starts = [*starts]
        self._steps = MOST_STEPS * len(self._leg.nodes)
        try:
            in_vain = 0
            while self._mine and self._steps > 0 and in_vain < MOST_IN_VAIN:
                before = len(self._mine)
                self._go(starts)
                in_vain = 0 if len(self._mine) < before else in_vain + 1
        except TooMany:
            pass

    def go_on(self, steps: tuple[Step, ...], goal: Goal) -> None:
        """Walk on from where a way that was found ends."""
        self._steps = MOST_STEPS * len(self._leg.nodes)
        try:
            state = retrace(self.moves, steps, goal, happening)
            if state is not None:
                self._go([state])
        except TooMany:
            pass

    def _go(self, starts: Iterable[State]) -> None:
        """Walk from these, then from every turn that would still come past something new."""
        turns: list[tuple[Step | None, State]] = [(None, start) for start in reversed([*starts])]
        ahead = self._ahead()
        while turns and self._steps > 0:
            step, state = turns.pop()
            if step is not None and not self._fresh(step):
                continue
            before = len(self._mine)
            while self._goes_on(state, ahead) and self._steps > 0:
                self._steps -= 1
                ways = [*self.moves.onward(state)]
                if not ways:
                    break
                # Entering first: what is passed over comes past less.
                ways.sort(key=lambda one: one[0].arrow != ENTER)
                fresh = [one for one in ways if self._fresh(one[0])]
                if not fresh and len(self._mine) < before:  # a loop that brought something may have no more
                    before, ahead = len(self._mine), self._ahead()
                    if state.at not in ahead:
                        break
                step, after = fresh[0] if fresh else self._rarest(ways, ahead)
                turns += reversed(fresh[1:])
                self._come_past((one.at, one.how) for one, _ in ways)
                for taken in (step, (step, after.values)):
                    self._often[taken] = self._often.get(taken, 0) + 1
                state = after
                if self._folding is not None and self._steps % FOLDED_EACH == 0:
                    state = self._folding.folded(after)
            if len(self._mine) < before:
                ahead = self._ahead()

    def _goes_on(self, state: State, ahead: frozenset[str]) -> bool:
        """Whether a walk leads on from here in this leg."""
        if state.entered:
            self._come_past([state.at])
        if state.at == self._leg.until:
            if len(self.arrived) < MOST_ARRIVING:
                self.arrived[state] = None
            return False
        return state.at in ahead and state.at in self._leg.nodes

    def _come_past(self, goals: Iterable[Goal]) -> None:
        for goal in goals:
            self._left.discard(goal)
            self._mine.discard(goal)

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
        return step.to in self._left or (step.at, step.how) in self._left or self._uses_up(step)

    def _uses_up(self, step: Step) -> bool:
        """Whether it is one of a few jumps after which a new node comes: a walk goes round until then."""
        arrow = self.moves.nodes[step.at].arrows.get(step.arrow)
        few = arrow is not None and arrow.at_most is not None and arrow.at_most <= MOST_ROUNDS
        return arrow is not None and few and step.to == arrow.target and arrow.spent in self._left

    def _ahead(self) -> frozenset[str]:
        """The nodes from which something new, or the next leg, can still be come to."""
        until = [self._leg.until] if self._leg.until is not None and not self.arrived else []
        return self.moves.flow.leading_to([*map(_node, self._mine), *until])


def _node(goal: Goal) -> str:
    return str(goal[0] if isinstance(goal, tuple) else goal)
