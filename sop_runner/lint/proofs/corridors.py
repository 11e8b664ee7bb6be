"""Corridors: stretches of a graph where nothing that a search remembers is read or changed.

A search walks them once, whatever values it comes with, so its states are those that matter.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

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
        self._flow = model.flow
        self.start: Spot = (model.plan.graph.start, False)

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

    def walk(
        self, start: Spot, first: Trail | None, stops: Set[str], within: Set[str]
    ) -> Iterator[tuple[Spot, Trail | None]]:
        """Each spot with the shortest stretch to it from where a first one led, not past those that stop.

        Entering is no move of its own.
        """
        done: set[Spot] = set()
        waiting = deque([(start if first is None else first.to, first)])
        while waiting:
            spot, before = waiting.popleft()
            if spot in done:
                continue
            done.add(spot)
            yield spot, before
            if before is not None and spot[0] in stops:
                continue
            length = before.length if before is not None else 0
            for step, to in self.onward(spot):
                if to in done or to[0] not in within:
                    continue
                if step.arrow == ENTER:
                    waiting.appendleft((to, Trail(step, to, before, length, start)))
                else:
                    waiting.append((to, Trail(step, to, before, length + 1, start)))

    def to_all_of(self, names: Iterable[str], within: Set[str]) -> Trail | None:
        """The shortest stretch from the start to the last node that every way to some others passes."""
        last = self._flow.last_before(names)
        found = trail = self._from_start.get(last)
        while trail is not None:
            if trail.to[0] not in within:
                return None
            trail = trail.before
        return found

    @cached_property
    def _from_start(self) -> Mapping[str, Trail | None]:
        """To each node the shortest stretch from the start, None to itself."""
        found: dict[str, Trail | None] = {}
        for spot, trail in self.walk(self.start, None, frozenset(), self._flow.reached):
            found.setdefault(spot[0], trail)
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
        """Each next node that matters with the shortest stretch to it."""
        stops, within = self.stops or frozenset(), self._within
        first = self._corridors.to_all_of(stops & within, within) if start == self._corridors.start else None
        for spot, trail in self._corridors.walk(start, first, stops, within):
            if trail is not None and spot[0] in stops:
                yield trail


def corridors(model: Model) -> Corridors:
    """Those of a plan, worked out once."""
    return model.once(Corridors)


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
