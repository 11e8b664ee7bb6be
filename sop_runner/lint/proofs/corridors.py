"""Corridors: stretches of a graph where nothing that a search remembers is read or changed.

A search walks them once, whatever values it comes with, so its states are those that matter.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .ground import ENTER, State, Step
from .layout import Layout
from .model import Model
from .moves import Moves
from .touching import touching

Spot = tuple[str, bool]
"""A node, and whether it is entered."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The last step of a stretch, and what was before it; `length` counts its moves."""

    step: Step
    to: Spot
    before: "Trail | None"
    length: int
    start: Spot


class Corridors:
    """Where the nodes of a plan lead while nothing is remembered: the same for every search over it."""

    def __init__(self, model: Model) -> None:
        self.touching = touching(model)
        self._moves = Moves(Layout(model, ()), going_back=False, guarded=False)
        self._onward: dict[Spot, tuple[tuple[Step, Spot], ...]] = {}

    def onward(self, spot: Spot) -> tuple[tuple[Step, Spot], ...]:
        """The steps that can be taken from a node of which nothing is remembered."""
        found = self._onward.get(spot)
        if found is None:
            state = State(spot[0], (), (), spot[1])
            ways: dict[Spot, Step] = {}
            for step, after in self._moves.onward(state):
                ways.setdefault((after.at, after.entered), step)
            found = self._onward[spot] = tuple((step, to) for to, step in ways.items())
        return found


class Skipping:
    """Passes the corridors of one layout; `stops` are the nodes that a search looks at itself, None for all."""

    def __init__(self, moves: Moves, spots: Iterable[str], within: frozenset[str]) -> None:
        self._corridors = corridors(moves.model)
        self._within = within
        self._beyond: dict[Spot, tuple[Trail, ...]] = {}
        self.stops: frozenset[str] | None = None
        # Whoever goes back may do so from anywhere, and finds counts and open steps as they were left.
        layout = moves.layout
        if not (moves.going_back and (layout.counts or layout.left or layout.visits or moves.leaves_open)):
            self.stops = frozenset(self._corridors.touching.of(moves.layout, within).union(spots))

    def beyond(self, state: State) -> tuple[Trail, ...] | None:
        """The stretches from a state to the next nodes that matter; None where it stands at one of them."""
        if self.stops is None or state.at in self.stops:
            return None
        spot = state.at, state.entered
        found = self._beyond.get(spot)
        if found is None:
            found = self._beyond[spot] = tuple(self._walk(spot))
        return found

    def _walk(self, start: Spot) -> Iterator[Trail]:
        """Each next node that matters with the shortest stretch to it; entering is no move of its own."""
        stops, within, onward = self.stops or frozenset(), self._within, self._corridors.onward
        done: set[Spot] = set()
        waiting: deque[tuple[Spot, Trail | None]] = deque([(start, None)])
        while waiting:
            spot, before = waiting.popleft()
            if spot in done:
                continue
            done.add(spot)
            if before is not None and spot[0] in stops:
                yield before
                continue
            length = before.length if before is not None else 0
            for step, to in onward(spot):
                if to in done or to[0] not in within:
                    continue
                if step.arrow == ENTER:
                    waiting.appendleft((to, Trail(step, to, before, length, start)))
                else:
                    waiting.append((to, Trail(step, to, before, length + 1, start)))


def corridors(model: Model) -> Corridors:
    """Those of a plan, worked out once."""
    found = model.shared_work.get("corridors")
    if found is None:
        found = model.shared_work["corridors"] = Corridors(model)
    assert isinstance(found, Corridors)
    return found


def unrolled(trail: Trail | None, state: State) -> list[tuple[Step, State]]:
    """The steps of a stretch, each with the state behind it; values stay what they were."""
    found = []
    while trail is not None:
        found.append((trail.step, State(trail.to[0], state.values, state.way, trail.to[1])))
        trail = trail.before
    return found[::-1]


def passed(step: Step, state: State, moves: Moves) -> State:
    """The state behind a step through a corridor."""
    plain = step.arrow == ENTER or moves.stands_at_once(step.to)
    return State(step.to, state.values, state.way, plain)
