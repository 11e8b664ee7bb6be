"""Entering a node: what returning cuts, what is passed over, and coming back from further on."""

from collections.abc import Iterator
from functools import cached_property

from sop_runner.machine.graph import GraphNode, limit_arrow
from sop_runner.procedure.when import Held, tests

from .ground import ENTER, GO_BACK, Ground, Onward, State, Step, Way
from .lateness import LEFT
from .layout import LOST, NEVER, UNCHANGED, Values, put
from .regions import CHANGING, UNKNOWN_BIT
from .standing import steps_asked
from .touching import touching


class Entering(Ground):
    """Moves into nodes, and back to them."""

    @cached_property
    def _cutting(self) -> frozenset[str]:
        return touching(self.model).cutting(self.layout)

    def _enter(self, node: GraphNode, state: State) -> Iterator[Onward]:
        values, way = self._cut(node, state)
        step = Step(state.at, ENTER, state.at)
        if node.only_when is None:
            yield step, State(state.at, values, way, True)
            return
        changes = self.going_back and not node.automatic and node.id not in self.layout.visits
        for left, truth in self.reader.turns(node.only_when, node.scope, values):
            if truth:
                yield step, State(state.at, left, self._on_way(node, left, state.way), True)
                continue
            # What was not entered cut nothing; but whoever goes back to it may find it passed over.
            yield from self._passed_over(node, self._uncut(node, left, state), state.way)
        if not (changes and changing(node)):
            return
        later, before = self.reader.aging.later(values), tuple(one for one in way if one[0] != node.id)
        for left, truth in self.reader.split(node.only_when, node.scope, later):
            if not truth and (left != later or values != state.values):
                yield from self._passed_over(node, left, before, GO_BACK)

    def _passed_over(
        self, node: GraphNode, values: Values, way: Way, how: str = "passed over"
    ) -> Iterator[Onward]:
        for name in node.records_alone:
            values = self.recorder.write(values, node.scope + name, UNKNOWN_BIT)
        arrow = node.arrows["passed_over"]
        for name, target, after in self._counted(node, arrow, values):
            yield self._arrive(node, name, target, after, way, how)

    def _cut(self, node: GraphNode, state: State) -> tuple[Values, Way]:
        """Returning to a node on the way: the controls gained since it was entered are lost."""
        values, way = state.values, state.way
        places = self.layout.of_scope.get(node.scope, ())
        for index, (visited, held) in enumerate(way):
            if visited == node.id:
                way = way[:index]
                for place, was in zip(places, held, strict=True):
                    if was == UNCHANGED:
                        continue
                    values = self.reader.lasting.unknown(values, place)
                    if was > LOST:
                        values = put(values, place, was)
                    elif values[place] != NEVER:
                        values = put(values, place, LOST)
                break
        return values, self._on_way(node, values, way)

    def _on_way(self, node: GraphNode, values: Values, way: Way) -> Way:
        for index, (visited, _) in enumerate(way):
            if visited == node.id:
                way = way[:index]
                break
        if node.id in self._cutting and not (node.kind == "end" and node.scope):
            places = self.layout.of_scope.get(node.scope, ())
            watched = self.layout.watched
            held = (UNCHANGED if one in watched and values[one] > LOST else values[one] for one in places)
            return (*way, (node.id, tuple(held)))
        return way

    def _uncut(self, node: GraphNode, values: Values, state: State) -> Values:
        """What was cut is as it was before; of what was not, its condition may have told how fresh it is."""
        for visited, held in state.way:
            if visited == node.id:
                for place, was in zip(self.layout.of_scope.get(node.scope, ()), held, strict=True):
                    if was != UNCHANGED:
                        values = put(values, place, state.values[place])
        return self.reader.lasting.as_before(values, node.scope, state.values)

    def _gone_back(self, node: GraphNode, state: State) -> Iterator[Onward]:
        """Whoever was further on may have come back: all is as it was, but for jumps counted and steps open.

        Where the visit is remembered, those come back who really were further on (`visiting`).
        """
        if node.id in self.layout.visits:
            return
        step = Step(node.id, GO_BACK, node.id)
        for place, at_most, kept in self._counted_behind(node.id):
            for count in range((state.values[place] >> 1) + 1, at_most + 1):
                yield step, state._replace(values=put(state.values, place, 2 * count + kept))
        for source, place in self.layout.left.items():
            if state.values[place] != LEFT and node.id in self._again(source, None):
                yield step, state._replace(values=put(state.values, place, LEFT))
        for key, place in self._steps:
            for status, by in (("open", (key,)), ("closed", self.nodes[key].undone_by)):
                if any(node.id in self._again(one, None) for one in by):
                    after = self._status(state.values, key, status)
                    if after[place] != state.values[place]:
                        yield step, self._asked_again(node, key, state._replace(values=after))

    def _asked_again(self, node: GraphNode, step: str, state: State) -> State:
        """Who comes back to a node that asks whether a step is open finds it passed over, or not, as that is now."""
        if node.only_when is None or step not in steps_asked(self.model, node.scope, node.only_when):
            return state
        return state._replace(way=tuple(one for one in state.way if one[0] != node.id), entered=False)

    def _counted_behind(self, name: str) -> tuple[tuple[int, int, int], ...]:
        """The jumps after which a person can go back to a node: place, bound, and whether the count stays there."""
        found = self._behind.get(name)
        if found is None:
            found = self._behind[name] = tuple(
                (place, arrow.at_most, int(name not in arrow.loop))
                for (source, jump), place in self.layout.counts.items()
                if (arrow := self.nodes[source].arrows[jump]).at_most is not None
                and any(name in self._again(one, arrow.target) for one in self._sources(source, jump))
            )
        return found

    def _sources(self, source: str, name: str) -> tuple[str, ...]:
        """The nodes whose jumps count together: of a call's limit all inside it."""
        if not name.endswith(limit_arrow("")):
            return (source,)
        return tuple(one.id for one in self.nodes.values() if name in one.arrows and not one.automatic)

    def _again(self, source: str, target: str | None) -> frozenset[str]:
        """The nodes to which a person can go back after leaving `source` (by the jump to `target`)."""
        key = (source, target)
        found = self._again_to.get(key)
        if found is None:
            seen: set[str] = set()
            waiting = [source]
            while waiting:
                one = waiting.pop()
                node = self.nodes[one]
                final = node.irreversible and node.kind != "call" and node.only_when is None
                if one in seen or final:
                    continue
                seen.add(one)
                waiting += self.flow.before[one]
            reached = self.flow.reached
            if target is None or self.nodes[target].only_when is not None:
                found = frozenset(seen & reached)  # who passes it over cuts nothing
            elif target in reached:
                found = frozenset(one for one in seen & reached if not self.flow.dominates(target, one))
            else:
                found = frozenset()
            self._again_to[key] = found
        return found


def changing(node: GraphNode) -> bool:
    """Whether a node may be passed over later with the same values: its condition asks for what time takes away."""
    return node.only_when is not None and any(
        isinstance(one, Held) or one.operator in CHANGING for one in tests(node.only_when)
    )
