"""A way taken step by step over one layout: what stops it, and what ways have in common, which is walked once."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from .corridors import Skipping, passed
from .folding import reads_at
from .ground import State, Step
from .layout import LOST, NEVER, STALE, Values
from .moves import Moves

MOST_TRIES = 6_000

Goal = Hashable
Judge = Callable[[Moves, State], Iterable[Goal]]
"""Which goals a state fulfils."""


@dataclass(slots=True)
class Line:
    """A state on a way, and those that were come to from it, by the step that was taken."""

    state: State
    step: Step | None = None
    before: "Line | None" = None
    onward: dict[tuple[str, ...], list["Line"]] = field(default_factory=dict)

    def states(self) -> tuple[State, ...]:
        """Every state from the start to this one."""
        return tuple(line.state for line in self._back())

    def steps(self) -> tuple[Step, ...]:
        """The steps between them."""
        return tuple(line.step for line in self._back() if line.step is not None)

    def _back(self) -> list["Line"]:
        found, line = [], self
        while True:
            found.append(line)
            if line.before is None:
                return found[::-1]
            line = line.before


class Ahead:
    """What is still read on a way: of names that hang together with none of that, it does not matter what they were."""

    def __init__(self, moves: Moves, steps: tuple[Step, ...], goal: Goal) -> None:
        self._moves, self._steps = moves, steps
        self._asked = goal if isinstance(goal, tuple) else ()
        self._reading: dict[int, Callable[[Values], object]] = {}

    def read(self, state: State, here: int) -> object:
        """A state as the steps from here on know it."""
        if here not in self._reading:
            places = [place for place, last in self._last_read if last >= here]
            self._reading[here] = itemgetter(*places) if places else lambda values: None
        return self._reading[here](state.values), state._replace(values=())

    @cached_property
    def _last_read(self) -> list[tuple[int, int]]:
        """For each place the last step before or behind which it is read; what is no name, or tells of time, always is."""
        layout, model = self._moves.layout, self._moves.model
        words, known = model.words, model.words.known
        last: dict[str, int] = {}
        for name, at in {
            name: i for i, step in enumerate(self._steps) for name in (step.at, step.to)
        }.items():
            for item in model.closed(reads_at(model, model.plan.nodes[name])):
                if item[0] == "name":
                    for key in (item[1], *words.together(item[1])):
                        last[key] = max(at, last.get(key, 0))
        for key in layout.names:
            if key in self._asked:  # what is asked of the end of the way
                last[key] = len(self._steps)
        places = {
            place: max(last.get(one, -1) for one in (key, *known[key].cone, *(known[key].pair or ())))
            for key, place in layout.names.items()
            if not known[key].asked_of
        }
        return [(place, places.get(place, len(self._steps))) for place in range(len(layout.start))]


class Tree:
    """The ways taken over one layout: what they have in common is walked once."""

    def __init__(self, moves: Moves, starts: Iterable[State] | None = None) -> None:
        self.moves = moves
        self.walked = False
        self._starts = None if starts is None else [Line(start) for start in starts]
        self._stops = Skipping(moves, (), moves.flow.reached).stops

    def take(self, steps: tuple[Step, ...], goal: Goal, judge: Judge) -> tuple[Line | None, int]:
        """The end of the way where its goal is reached, or how far it goes (-1: that could not be settled)."""
        deepest, tried = 0, 0
        if self._starts is None:
            self._starts = [Line(start) for start in self.moves.starts()]
        waiting = [(line, 0) for line in reversed(self._starts)]
        # Once a way parts, what is the same for all that is still to be taken is taken once.
        been: set[object] | None = set() if len(waiting) > 1 else None
        ahead = Ahead(self.moves, steps, goal)
        while waiting:
            line, here = waiting.pop()
            onward = [line]
            while here < len(steps) and len(onward) == 1:  # nearly always one leads on
                line = onward[0]
                if been is not None:
                    key = here, ahead.read(line.state, here)
                    if key in been:
                        break
                    been.add(key)
                tried += self._stops is None or line.state.at in self._stops
                if tried > MOST_TRIES:
                    return None, -1
                onward = self._onward(line, steps[here])
                here += 1
            else:
                deepest = max(deepest, here if onward else here - 1)
                if here < len(steps):
                    been = set() if been is None else been
                    waiting += [(one, here) for one in reversed(onward)]
                    continue
                for one in onward:
                    if goal in set(judge(self.moves, one.state)):
                        self.walked = True
                        return one, here
        return None, deepest

    def _onward(self, line: Line, step: Step) -> list[Line]:
        key = step[:3]
        found = line.onward.get(key)
        if found is None:
            found = line.onward[key] = [
                Line(state, taken, line) for taken, state in self._moved(line.state, step)
            ]
        return found

    def _moved(self, state: State, step: Step) -> Iterable[tuple[Step, State]]:
        if self._stops is not None and state.at not in self._stops:
            return [(step, passed(step, state, self.moves))]
        if barred(self.moves, state):
            return []
        return dict.fromkeys(one for one in self.moves.onward(state) if one[0][:3] == step[:3])


def retrace(moves: Moves, steps: tuple[Step, ...], goal: Goal, judge: Judge) -> State | None:
    """The state at the end of a way that was found, as other moves have it; None where they cannot take it."""
    end, _ = Tree(moves).take(steps, goal, judge)
    return None if end is None else end.state


def barred(moves: Moves, state: State) -> bool:
    """Whether the run refuses to be here for want of a remembered control, or of a fresh one where it is no end.

    An end it refuses as well while a step that is remembered is open.
    """
    if not (state.entered and moves.guarded):
        return False
    node = moves.nodes[state.at]
    if node.kind == "end" and any(moves.surely_open(node.scope, state.values)):
        return True
    refused = (NEVER, LOST) if node.kind == "end" else (NEVER, LOST, STALE)
    return any(state.values[place] in refused for _, place in moves.layout.requires(node, state.values))
