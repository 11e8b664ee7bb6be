"""Calls: values and controls handed in, given back and returned, one element after another."""

from collections.abc import Iterator, Sequence

from sop_runner.machine.graph import GraphNode, calling, scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldSpec
from sop_runner.procedure.nodes import Call, End
from sop_runner.procedure.value_types import MAX_ROWS
from sop_runner.procedure.when import Test

from .elements import element
from .floors import of_length
from .ground import Ground, Onward, State, Way
from .layout import LOST, NEVER, STALE, Values, put
from .regions import UNKNOWN_BIT


class Calling(Ground):
    """Moves into callees and out of them."""

    def _called(self, node: GraphNode, call: Call, state: State) -> Iterator[Onward]:
        arrow = node.arrows["call"]
        inner, values = scope_of(arrow.target), state.values
        for scope in self.model.inside[node.id]:
            values = self._forget(values, scope)
        for places in (self.layout.incomplete, self.layout.late):
            if node.id in places:
                values = put(values, places[node.id], 0)
        found = [
            one
            for start in self._measured(values, node, call)
            for one in self._given(start, node, call, inner)
        ]
        for one in dict.fromkeys(found):
            after = self._hand_in(one, node, inner)
            after = self._begin_loops(node.id, arrow.target, after)
            yield self._arrive(node, "call", arrow.target, after, state.way)

    def _hand_in(self, values: Values, call: GraphNode, inner: str) -> Values:
        for (scope, name), place in self.layout.controls.items():
            if scope == inner:
                outer = self.layout.controls.get((call.scope, name))
                values = put(values, place, NEVER if outer is None else values[outer])
        return self.reader.lasting.handed_in(values, inner, call.scope)

    def _measured(self, values: Values, node: GraphNode, call: Call) -> list[Values]:
        """How many rows the lists may have that a call goes through: some, and as many each."""
        keys = sorted({node.scope + source.partition(".")[0] for source in call.for_each.values()})
        lists = self._lists(node, call)
        if not lists:
            return self._as_long(values, keys, range(1, MAX_ROWS + 1)) if keys else [values]
        found: dict[Values, None] = {}
        for length in range(1, min(len(rows) for rows in lists) + 1):
            starts = self._as_long(values, keys, (length,))
            for rows in lists:
                for number, row in enumerate(rows):
                    starts = [
                        one for start in starts for one in self._has_row(start, row, so=number < length)
                    ]
            found.update(dict.fromkeys(starts))
        return list(found)

    def _as_long(self, values: Values, lists: Sequence[str], lengths: Sequence[int]) -> list[Values]:
        """Where the lists are as long as one of these, as far as it is remembered how many rows they have."""
        words = self.model.words
        for name in (name for key in lists for name in words.counts.get(key, ())):
            place = self.layout.names.get(name)
            if place is not None:
                mask = values[place] & of_length(words.known[name].regions, lengths)
                if not mask:
                    return []
                values = put(values, place, mask)
        return [values] if self.reader.joint.fits(values) else []

    def _lists(self, node: GraphNode, call: Call) -> list[tuple[str, ...]]:
        """The rows of the lists that a call goes through, where elements are told apart."""
        keys = {node.scope + source.partition(".")[0] for source in call.for_each.values()}
        return [self.model.words.rows[key] for key in sorted(keys) if key in self.model.words.rows]

    def _has_row(self, values: Values, row: str, *, so: bool) -> list[Values]:
        return [
            left for left, truth in self.reader.split(Test(row, "known", True, ()), "", values) if truth is so
        ]

    def _goes_on(
        self, values: Values, end: GraphNode, call: GraphNode, spec: Call, *, so: bool
    ) -> list[Values]:
        """Where there is a next element, or where there is none; either may be where elements are not told apart."""
        number = element(end.scope)
        found = [values]
        for rows in self._lists(call, spec) if number else ():
            for row in rows[number : number + 1]:
                found = [one for start in found for one in self._has_row(start, row, so=so)]
        return found

    def _given(self, values: Values, node: GraphNode, call: Call, inner: str) -> list[Values]:
        """The callee's case: what the call gives, element by element what its lists hold."""
        callee = self.nodes[node.arrows["call"].target].procedure
        found = [values]
        for source in call.for_each.values():
            known = Test(source.partition(".")[0], "known", True, ())
            found = [
                left for one in found for left, truth in self.reader.split(known, node.scope, one) if truth
            ]
        for spec in callee.case:
            key = inner + spec.field
            on: dict[Values, None] = {}
            for one in found:
                if key in self.model.words.cells:
                    afters = self._cell(one, key, spec)
                elif spec.field in call.for_each:
                    typed = self.recorder.typed(one, inner, key, spec)
                    if self._in_every_row(node, call.for_each[spec.field]):
                        known = Test(spec.field, "known", True, ())
                        typed = [
                            left
                            for one in typed
                            for left, truth in self.reader.split(known, inner, one)
                            if truth
                        ]
                    afters = [self.recorder.put_down(after, key, spec) for after in typed]
                elif spec.field in call.given:
                    afters = self._give(one, node, key, call.given[spec.field], spec)
                else:
                    afters = [] if spec.required else [self.recorder.write(one, key, UNKNOWN_BIT)]
                on.update(dict.fromkeys(afters))
            found = list(on)
        return found

    def _in_every_row(self, node: GraphNode, source: str) -> bool:
        """Whether a column of a list is known in each of its rows."""
        key, _, column = source.partition(".")
        rules = self.model.plan.fields.get(node.scope + key)
        cells = (rules.of if rules is not None else None) or ()
        return any(
            one.field == column or not column for one in cells if one.required and one.only_when is None
        )

    def _cell(self, values: Values, key: str, spec: FieldSpec) -> list[Values]:
        """What an element is given from the row of its list."""
        cell = self.model.words.cells[key]
        found = self.recorder.copies(values, key, "", cell)
        if spec.required:
            known = Test(cell, "known", True, ())
            found = [left for one in found for left, truth in self.reader.split(known, "", one) if truth]
        return [self.recorder.put_down(one, key, spec) for one in found]

    def _give(
        self, values: Values, node: GraphNode, key: str, value: object, spec: FieldSpec
    ) -> list[Values]:
        """What is given to a field of a callee, as far as that takes it."""
        if not isinstance(value, FieldRef):
            return [self._literal(values, key, value)]
        starts = [values]
        if spec.required:
            known = Test(value.name, "known", True, ())
            starts = [left for left, truth in self.reader.split(known, node.scope, values) if truth]
        found = [after for one in starts for after in self.recorder.copies(one, key, node.scope, value.name)]
        place = self.layout.names.get(key)
        if place is None:
            return found
        takes = self.model.words.takes(key)
        return [put(one, place, one[place] & takes) for one in found if one[place] & takes]

    def _returned(self, node: GraphNode, end: End, state: State) -> Iterator[Onward]:
        """A callee's end: on to the next element, or back with what it returns."""
        if not node.scope:
            return
        call = self.nodes[calling(node.scope)]
        spec = call.node
        assert isinstance(spec, Call)
        completed = end.result == "completed"
        values, way = self._give_back(state.values, state.way, call, node.scope)
        incomplete = self.layout.incomplete.get(call.id)
        if incomplete is not None and not completed:
            values = put(values, incomplete, 1)
        if "next" in node.arrows:
            fresh = self._forget(values, node.scope)
            if incomplete is not None:
                fresh = put(fresh, incomplete, values[incomplete])
            cleared = tuple(one for one in way if not one[0].startswith(node.scope))
            target = node.arrows["next"].target
            inner = scope_of(target)
            for start in self._goes_on(fresh, node, call, spec, so=True):
                for one in self._given(start, call, spec, inner):
                    after = self._begin_loops(node.id, target, self._hand_in(one, call, inner))
                    yield self._arrive(node, "next", target, after, cleared, end.result)
        judged = self.returning_to(node, state.values)
        if judged is not None and any(
            state.values[place] in (NEVER, LOST, STALE)
            for _, place in self.layout.requires(judged, state.values)
        ):
            return
        arrow = node.arrows["return"]
        found = [values]
        if "next" in node.arrows:
            found = self._goes_on(values, node, call, spec, so=False)
        if completed:
            for name, source in spec.returns.items():
                key = call.scope + name
                if spec.for_each:
                    found = [self._listed(one, key) for one in found]
                else:
                    found = [
                        after for one in found for after in self.recorder.copies(one, key, node.scope, source)
                    ]
        inside = {name: at for (scope, name), at in self.layout.controls.items() if scope == node.scope}
        older = {name for name, at in inside.items() if spec.for_each or state.values[at] > LOST}
        for one in found:
            after, cut = self._lose(one, way, call.scope, call.invalidates)
            if completed and (incomplete is None or not after[incomplete]):
                after, cut = self._gain(after, cut, call.scope, call.satisfies, call.valid_for, older=older)
            if call.id in self.layout.left:
                after = put(after, self.layout.left[call.id], 1)
            for name, target, moved in self._counted(node, arrow, after):
                yield self._arrive(node, name, target, self._forget(moved, node.scope), cut, end.result)

    def returning_to(self, node: GraphNode, values: Values) -> GraphNode | None:
        """The call that is judged again as it returns completed from this end; None where none is."""
        if not isinstance(node.node, End) or not node.scope or node.node.result != "completed":
            return None
        call = self.nodes[calling(node.scope)]
        if not getattr(call.node, "for_each", None):
            return None
        place = self.layout.incomplete.get(call.id)
        return None if place is not None and values[place] else call

    def _listed(self, values: Values, key: str) -> Values:
        place = self.layout.names.get(key)
        mask = 0 if place is None else self.model.words.known[key].regions.known
        return self.recorder.write(values, key, mask)

    def _leave_calls(self, values: Values, way: Way, scope: str, target: str) -> list[tuple[Values, Way]]:
        while scope and not target.startswith(scope):
            call = self.nodes[calling(scope)]
            values, way = self._give_back(values, way, call, scope)
            values, way = self._lose(values, way, call.scope, call.invalidates)
            values = self._forget(values, scope)
            scope = call.scope
        return [(values, way)]
