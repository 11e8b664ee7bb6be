"""The ground that moves stand on: states, arrows with their bounds, and controls as they come and go."""

from collections.abc import Collection, Container, Iterable, Iterator
from typing import NamedTuple

from sop_runner.machine.graph import SPENT, Arrow, GraphNode, scope_of
from sop_runner.procedure.timing import Age

from .layout import AGED, FOR_EVER, FRESH, LOST, STALE, UNCHANGED, Layout, Values, counted, put
from .reading import Reader
from .recording import Recorder

Way = tuple[tuple[str, Values], ...]
"""Nodes on the way that may be entered again, each with its scope's controls as it was entered."""


class Visit(NamedTuple):
    """A node on the way that can be gone back to, with the way and the visits before it.

    `was` tells of each place that was written since what it held then, `over` are nodes on the way since, and
    `left` is what going back leaves alone, as it was.
    """

    node: str
    way: Way
    visits: tuple["Visit", ...]
    was: tuple[tuple[int, int], ...]
    over: tuple[str, ...]
    left: Values


class State(NamedTuple):
    """Somewhere in a procedure. `entered` is False while it is still to be judged whether it is passed over."""

    at: str
    values: Values
    way: Way
    entered: bool
    visits: tuple[Visit, ...] = ()


class Step(NamedTuple):
    """How a state was left: the arrow, and what a person chose there."""

    at: str
    arrow: str
    to: str
    how: str = ""


Onward = tuple[Step, State]

_GAINED = (FOR_EVER, FRESH, AGED, STALE, UNCHANGED)
ENTER = "enter"
GO_BACK = "go back"


class Ground:
    """What every kind of move over one layout shares."""

    def __init__(self, layout: Layout, *, going_back: bool = True, guarded: bool = True) -> None:
        self.layout = layout
        self.going_back = going_back
        self.guarded = guarded
        """Whether a node that lacks a control is an end of the way, as it is in a run."""
        self.model = layout.model
        self.flow = layout.model.flow
        self.nodes = layout.model.plan.graph.nodes
        self.reader = Reader(layout)
        self.recorder = Recorder(layout, self.reader)
        self._steps = tuple(
            (key, place)
            for key, place in layout.names.items()
            if key in self.nodes and self.nodes[key].undone_by
        )
        self._counts = tuple(
            (place, self.nodes[source].arrows[name].loop) for (source, name), place in layout.counts.items()
        )
        self._imposing = tuple(
            (place, self.flow.behind(decision), layout.for_good[self.nodes[decision].scope, control])
            for (decision, control), place in layout.imposed.items()
        )
        self._beginning: dict[str, tuple[tuple[int, frozenset[str]], ...]] = {}
        self._behind: dict[str, tuple[tuple[int, int, int], ...]] = {}
        self._again_to: dict[tuple[str, str | None], frozenset[str]] = {}

    def _arrive(
        self, node: GraphNode, name: str, target: str, values: Values, way: Way, how: str = ""
    ) -> Onward:
        live = self.flow.returns
        if node.id in self.layout.left and name != "call" and not name.startswith("passed_over"):
            values = put(values, self.layout.left[node.id], 1)
        if way:
            way = tuple(one for one in way if target in live[one[0]])
        for place, again, good in self._imposing:
            if values[place] and target not in again:
                values = put(put(values, place, 0), good, 1)
        return Step(node.id, name, target, how), State(target, values, way, self.stands_at_once(target))

    def stands_at_once(self, target: str) -> bool:
        """Whether entering a node needs no step of its own: it is never passed over, and cuts no way."""
        return target not in self.flow.returns and self.nodes[target].only_when is None

    @property
    def leaves_open(self) -> bool:
        """Whether steps that have to be undone are remembered."""
        return bool(self._steps)

    def surely_open(self, scope: str, values: Values) -> Iterator[str]:
        """The steps of a scope, and of what it calls, that are remembered as open and nothing else."""
        for key, place in self._steps:
            if key.startswith(scope) and values[place] == self.model.words.known[key].regions.of_literal(
                "open"
            ):
                yield key

    def _counted(self, node: GraphNode, arrow: Arrow, values: Values) -> Iterator[tuple[str, str, Values]]:
        """The arrow while its bound lasts, what it leads to instead once that is spent."""
        key = counted(node, arrow, self.nodes)
        place = None if key is None else self.layout.counts.get(key)
        if place is None:
            yield arrow.name, arrow.target, self._begin_loops(node.id, arrow.target, values)
            if key is not None and arrow.spent is not None:
                yield arrow.name + SPENT, arrow.spent, self._begin_loops(node.id, arrow.spent, values)
            return
        assert arrow.at_most is not None
        if values[place] >> 1 < arrow.at_most:
            after = self._begin_loops(node.id, arrow.target, values)
            yield arrow.name, arrow.target, put(after, place, after[place] + 2)
        elif arrow.spent is not None:
            yield arrow.name + SPENT, arrow.spent, self._begin_loops(node.id, arrow.spent, values)

    def _begin_loops(self, at: str, to: str, values: Values) -> Values:
        """A loop that is entered from outside starts its count again, once not so after going back."""
        beginning = self._beginning.get(to)
        if beginning is None:
            beginning = self._beginning[to] = tuple(one for one in self._counts if to in one[1])
        for place, loop in beginning:
            if values[place] and at not in loop:
                values = put(values, place, values[place] - 1 if values[place] & 1 else 0)
        return values

    def _lose(self, values: Values, way: Way, scope: str, names: Iterable[str]) -> tuple[Values, Way]:
        for name in names:
            place = self.layout.controls.get((scope, name))
            if place is None:
                continue
            if values[place] > LOST:
                values = put(values, place, LOST)
            way = self._held_before(way, scope, place, _GAINED, LOST)
            values = self.reader.lasting.unknown(values, place)
        return values, way

    def _gain(
        self,
        values: Values,
        way: Way,
        scope: str,
        names: Iterable[str],
        age: Age | None,
        *,
        older: Collection[str] = (),
    ) -> tuple[Values, Way]:
        """The values with controls gained now; those of `older` are as old as a callee's, which may be long ago."""
        gained = FOR_EVER if age is None else AGED if age.from_ is not None else FRESH
        if age is not None and age.from_ is not None:
            key = scope + age.from_
            if key in self.layout.names:
                regions = self.model.words.known[key].regions
                if not values[self.layout.names[key]] & regions.known & ~regions.sealed:
                    gained = STALE  # it counts from what is not known, or cannot be read
        for name in names:
            place = self.layout.controls.get((scope, name))
            if place is None:
                continue
            now, before = gained, values[place]
            if place in self.layout.watched:
                way = self._held_before(way, scope, place, (UNCHANGED,), AGED if before == FRESH else before)
            if gained == FRESH and (name in older or place not in self.layout.watched):
                now = AGED
            values = put(values, place, now)
        values = self.reader.lasting.gained(values, scope, frozenset(names), age, older)
        return values, way

    def _held_before(self, way: Way, scope: str, place: int, those: Container[int], now: int) -> Way:
        """The way where what a control of a scope was, as each node was entered, is now another thing."""
        position = self.layout.of_scope[scope].index(place)
        return tuple(
            (at, put(held, position, now))
            if scope_of(at) == scope and held[position] in those
            else (at, held)
            for at, held in way
        )

    def acting(self, node: GraphNode, values: Values) -> Values:
        """The values in the instant in which a node is gone through: what it requires is fresh."""
        for _, place in self.layout.requires(node, values) if self.layout.watched else ():
            if values[place] == AGED and place in self.layout.watched:
                values = self.reader.lasting.found(values, place, FRESH)
        return values

    def _held(self, values: Values, scope: str, name: str) -> bool:
        place = self.layout.controls.get((scope, name))
        return place is not None and values[place] > LOST

    def _give_back(self, values: Values, way: Way, call: GraphNode, inner: str) -> tuple[Values, Way]:
        """The caller loses what the callee no longer holds of the controls it was given."""
        lost = [
            name
            for (scope, name), place in self.layout.controls.items()
            if scope == inner and values[place] <= LOST and self._held(values, call.scope, name)
        ]
        return self._lose(values, way, call.scope, lost)

    def _forget(self, values: Values, scope: str) -> Values:
        """A callee's names are nobody's once it is left; it starts afresh."""
        inside = self.layout.inside.get(scope, ())
        values = self.reader.joint.leaving(
            values, (key for key in self.layout.names if key.startswith(scope))
        )
        for place, start in inside:
            values = put(values, place, start)
        return values

    def _status(self, values: Values, step: str, status: str) -> Values:
        if step not in self.layout.names:
            return values
        return self.recorder.write(values, step, self.model.words.known[step].regions.of_literal(status))

    def _literal(self, values: Values, key: str, value: object) -> Values:
        if key not in self.layout.names:
            return self.recorder.write(values, key, 0)
        mask = self.model.words.known[key].regions.of_literal(value)
        return self.recorder.write(values, key, self.recorder.kept(key, mask))
