"""Every way on from a state: what a node's arrows record, gain, lose and open, as the run core moves."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sop_runner.machine.graph import SPENT, Arrow, GraphNode, scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.nodes import Age, Call, Checklist, Decision, End, Outcome
from sop_runner.procedure.when import Held, Test, tests

from .flow import usable
from .layout import AGED, FOR_EVER, LOST, NEVER, Layout, Values, counted, put
from .reading import Reader
from .recording import Recorder
from .regions import CHANGING, UNKNOWN_BIT

Way = tuple[tuple[str, Values], ...]
"""Nodes on the way that may be entered again, each with its scope's controls as it was entered."""


class State(NamedTuple):
    """Somewhere in a procedure. `entered` is False while it is still to be judged whether it is passed over."""

    at: str
    values: Values
    way: Way
    entered: bool


class Step(NamedTuple):
    """How a state was left: the arrow, and what a person chose there."""

    at: str
    arrow: str
    to: str
    how: str = ""


Onward = tuple[Step, State]

ENTER = "enter"
GO_BACK = "go back"


class Moves:
    """The moves of one plan as far as one layout remembers them."""

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
        self._again_to: dict[tuple[str, str | None], frozenset[str]] = {}

    def starts(self) -> list[State]:
        """The run as it is opened: what is known of the case, and the controls a caller would bring."""
        procedure, values = self.model.plan.procedure, self.layout.start
        for control in procedure.expects:
            index = self.layout.controls.get(("", control))
            if index is not None:
                values = put(values, index, AGED)
        at = self.model.plan.graph.start
        return [State(at, one, (), False) for one in self.recorder.fields(values, "", procedure.case)]

    def onward(self, state: State) -> Iterator[Onward]:
        """Every state that follows, with the step that leads there."""
        node = self.nodes[state.at]
        if not state.entered:
            yield from self._enter(node, state)
        elif isinstance(node.node, End):
            yield from self._returned(node, node.node, state)
        elif isinstance(node.node, Call):
            yield from self._called(node, node.node, state)
        else:
            if isinstance(node.node, Decision):
                if node.automatic or can_be_answered(node):
                    yield from self._decided(node, node.node, state)
            else:
                yield from self._done(node, state)
            yield from self._left_otherwise(node, state)
            if self.going_back and not node.automatic:
                yield from self._gone_back(node, state)

    # -- going back -------------------------------------------------------------------------

    def _gone_back(self, node: GraphNode, state: State) -> Iterator[Onward]:
        """Whoever was further on may have come back: all is as it was, but for jumps counted and steps open."""
        step = Step(node.id, GO_BACK, node.id)
        for (source, name), place in self.layout.counts.items():
            arrow = self.nodes[source].arrows[name]
            if node.id in self._again(source, arrow.target) and arrow.at_most is not None:
                kept = int(node.id not in arrow.loop)
                for count in range((state.values[place] >> 1) + 1, arrow.at_most + 1):
                    yield step, state._replace(values=put(state.values, place, 2 * count + kept))
        for key, place in self._steps:
            for status, by in (("open", (key,)), ("closed", self.nodes[key].undone_by)):
                if any(node.id in self._again(one, None) for one in by):
                    after = self._status(state.values, key, status)
                    if after[place] != state.values[place]:
                        yield step, state._replace(values=after)

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
                if one in seen or (node.irreversible and node.kind != "call"):
                    continue
                seen.add(one)
                waiting += self.flow.before[one]
            found = frozenset(
                one
                for one in seen & self.flow.reached
                if target is None or not self.flow.dominates(target, one)
            )
            self._again_to[key] = found
        return found

    # -- entering ---------------------------------------------------------------------------

    def _enter(self, node: GraphNode, state: State) -> Iterator[Onward]:
        values, way = self._cut(node, state)
        step = Step(state.at, ENTER, state.at)
        if node.only_when is None:
            yield step, State(state.at, values, way, True)
            return
        changes = node.id in self.flow.returns and self._changes(node)
        for left, truth in self.reader.split(node.only_when, node.scope, values):
            if truth:
                yield step, State(state.at, left, self._on_way(node, left, state.way), True)
                continue
            # What was not entered cut nothing; but whoever goes back to it may find it passed over.
            yield from self._passed_over(node, self._uncut(node, left, state.values), state.way)
            if changes and left != state.values:
                yield from self._passed_over(node, left, way[:-1])

    def _passed_over(self, node: GraphNode, values: Values, way: Way) -> Iterator[Onward]:
        for name in node.records_alone:
            values = self.recorder.write(values, node.scope + name, UNKNOWN_BIT)
        arrow = node.arrows["passed_over"]
        for name, target, after in self._counted(node, arrow, values):
            yield self._arrive(node, name, target, after, way, "passed over")

    def _changes(self, node: GraphNode) -> bool:
        return node.only_when is not None and any(
            isinstance(one, Held) or one.operator in CHANGING for one in tests(node.only_when)
        )

    def _cut(self, node: GraphNode, state: State) -> tuple[Values, Way]:
        """Returning to a node on the way: the controls gained since it was entered are lost."""
        values, way = state.values, state.way
        places = self.layout.of_scope.get(node.scope, ())
        for index, (visited, held) in enumerate(way):
            if visited == node.id:
                way = way[:index]
                for place, was in zip(places, held, strict=True):
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
        if node.id in self.flow.returns and not (node.kind == "end" and node.scope):
            places = self.layout.of_scope.get(node.scope, ())
            return (*way, (node.id, tuple(values[place] for place in places)))
        return way

    def _uncut(self, node: GraphNode, values: Values, before: Values) -> Values:
        for place in self.layout.of_scope.get(node.scope, ()):
            values = put(
                values, place, max(values[place], before[place]) if before[place] > LOST else before[place]
            )
        return values

    def _arrive(
        self, node: GraphNode, name: str, target: str, values: Values, way: Way, how: str = ""
    ) -> Onward:
        live = self.flow.returns
        if way:
            way = tuple(one for one in way if target in live[one[0]])
        for place, again, good in self._imposing:
            if values[place] and target not in again:
                values = put(put(values, place, 0), good, 1)
        plain = target not in live and self.nodes[target].only_when is None
        return Step(node.id, name, target, how), State(target, values, way, plain)

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

    # -- controls ---------------------------------------------------------------------------

    def _lose(self, values: Values, way: Way, scope: str, names: Iterable[str]) -> tuple[Values, Way]:
        for name in names:
            place = self.layout.controls.get((scope, name))
            if place is None:
                continue
            if values[place] > LOST:
                values = put(values, place, LOST)
            position = self.layout.of_scope[scope].index(place)
            way = tuple(
                (at, put(held, position, LOST))
                if scope_of(at) == scope and held[position] > LOST
                else (at, held)
                for at, held in way
            )
        return values, way

    def _gain(self, values: Values, scope: str, names: Iterable[str], age: Age | None) -> Values:
        for name in names:
            place = self.layout.controls.get((scope, name))
            if place is not None:
                values = put(values, place, FOR_EVER if age is None else AGED)
        return values

    # -- leaving ----------------------------------------------------------------------------

    def _done(self, node: GraphNode, state: State) -> Iterator[Onward]:
        answered = self.recorder.answered(state.values, node) if can_be_answered(node) else []
        recorded = [(one, "") for one in answered]
        if node.waivable_by is not None:
            known = {one for one, _ in recorded}
            recorded += [
                (one, "waived") for one in self.recorder.waived(state.values, node) if one not in known
            ]
        arrow = node.arrows["done"]
        for one, how in recorded:
            values, way = self._lose(one, state.way, node.scope, node.invalidates)
            values = self._gain(values, node.scope, node.satisfies, node.valid_for)
            values = self._opened(node, values)
            for name, target, after in self._counted(node, arrow, values):
                yield self._arrive(node, name, target, after, way, how)

    def _opened(self, node: GraphNode, values: Values) -> Values:
        for step in node.undoes:
            values = self._status(values, step, "closed")
        return self._status(values, node.id, "open") if node.undone_by else values

    def _status(self, values: Values, step: str, status: str) -> Values:
        if step not in self.layout.names:
            return values
        return self.recorder.write(values, step, self.model.words.known[step].regions.of_literal(status))

    def _left_otherwise(self, node: GraphNode, state: State) -> Iterator[Onward]:
        """A person's other ways out of a node, and out of the calls around it whose limit has passed."""
        for arrow in usable(node):
            if arrow.name not in ("otherwise", "at_limit") and not arrow.name.endswith(":at_limit"):
                continue
            for one in self._in_time(node, arrow, state.values):
                values, way = self._lose(one, state.way, node.scope, node.invalidates)
                for name, target, after in self._counted(node, arrow, values):
                    for left, cut in self._leave_calls(after, way, node.scope, target):
                        yield self._arrive(node, name, target, left, cut)

    def _in_time(self, node: GraphNode, arrow: Arrow, values: Values) -> list[Values]:
        """A limit passes only where the field that it counts from is known."""
        if not arrow.name.endswith("at_limit"):
            return [values]
        timed = node if arrow.name == "at_limit" else self.nodes[arrow.name.removesuffix(":at_limit")]
        time = timed.time
        if time is None:
            return [values]
        found = [values]
        only = time.until if time.limit is None else None
        for name in (only, time.from_ if timed.scope + (time.from_ or "") not in self.nodes else None):
            if name:
                test = Test(name, "known", True, ())
                found = [
                    left
                    for one in found
                    for left, truth in self.reader.split(test, timed.scope, one)
                    if truth
                ]
        return found

    def _leave_calls(self, values: Values, way: Way, scope: str, target: str) -> list[tuple[Values, Way]]:
        while scope and not target.startswith(scope):
            call = self.nodes[scope[:-1]]
            values, way = self._give_back(values, way, call)
            values, way = self._lose(values, way, call.scope, call.invalidates)
            values = self._forget(values, scope)
            scope = call.scope
        return [(values, way)]

    def _forget(self, values: Values, scope: str) -> Values:
        """A callee's names are nobody's once it is left; it starts afresh."""
        for place, start in self.layout.inside.get(scope, ()):
            values = put(values, place, start)
        return values

    def _give_back(self, values: Values, way: Way, call: GraphNode) -> tuple[Values, Way]:
        """The caller loses what the callee no longer holds of the controls it was given."""
        inner = f"{call.id}/"
        lost = [
            name
            for (scope, name), place in self.layout.controls.items()
            if scope == inner and values[place] <= LOST and self._held(values, call.scope, name)
        ]
        return self._lose(values, way, call.scope, lost)

    def _held(self, values: Values, scope: str, name: str) -> bool:
        place = self.layout.controls.get((scope, name))
        return place is not None and values[place] > LOST

    # -- decisions --------------------------------------------------------------------------

    def outcomes(
        self, node: GraphNode, decision: Decision, values: Values
    ) -> Iterator[tuple[Outcome, Values]]:
        """The outcomes that can be taken; of a rule the first whose condition holds."""
        rest = [values]
        for outcome in decision.outcomes:
            if decision.decided_by != "rule":
                for left, truth in (
                    [(values, True)]
                    if outcome.when is None
                    else self.reader.split(outcome.when, node.scope, values)
                ):
                    if truth:
                        yield outcome, left
                continue
            on: dict[Values, None] = {}
            for one in rest:
                for left, truth in (
                    [(one, True)]
                    if outcome.when is None
                    else self.reader.split(outcome.when, node.scope, one)
                ):
                    if truth:
                        yield outcome, left
                    else:
                        on[left] = None
            rest = list(on)

    def _decided(self, node: GraphNode, decision: Decision, state: State) -> Iterator[Onward]:
        for outcome, left in self.outcomes(node, decision, state.values):
            for one in self._set(node, decision, outcome, left):
                values, way = self._lose(one, state.way, node.scope, node.invalidates)
                values = self._gain(values, node.scope, outcome.satisfies, outcome.valid_for)
                for (decided, control), place in self.layout.imposed.items():
                    if decided == node.id:
                        values = put(values, place, int(control in outcome.imposes))
                values = self._opened(node, values)
                arrow = node.arrows[outcome.outcome]
                for name, target, after in self._counted(node, arrow, values):
                    yield self._arrive(node, name, target, after, way, outcome.outcome)

    def _set(self, node: GraphNode, decision: Decision, outcome: Outcome, values: Values) -> list[Values]:
        again = node.id in self.model.plan.graph.recurring
        for other in decision.outcomes if again else ():
            for name in other.sets:
                # What this decision set before is gone where it was the last to set it.
                place = self.layout.names.get(node.scope + name)
                if name not in outcome.sets and place is not None:
                    values = self.recorder.write(values, node.scope + name, values[place] | UNKNOWN_BIT)
        found = [values]
        for name, value in outcome.sets.items():
            key = node.scope + name
            if isinstance(value, FieldRef):
                found = [
                    after for one in found for after in self.recorder.copies(one, key, node.scope, value.name)
                ]
            else:
                found = [self._literal(one, key, value) for one in found]
        return [self._literal(one, node.id, outcome.outcome) for one in found]

    def _literal(self, values: Values, key: str, value: object) -> Values:
        mask = self.model.words.known[key].regions.of_literal(value) if key in self.layout.names else 0
        return self.recorder.write(values, key, mask)

    # -- calls ------------------------------------------------------------------------------

    def _called(self, node: GraphNode, call: Call, state: State) -> Iterator[Onward]:
        arrow = node.arrows["call"]
        inner = f"{node.id}/"
        values = self._forget(state.values, inner)
        if node.id in self.layout.incomplete:
            values = put(values, self.layout.incomplete[node.id], 0)
        for one in self._given(values, node, call):
            after = self._hand_in(one, node)
            after = self._begin_loops(node.id, arrow.target, after)
            yield self._arrive(node, "call", arrow.target, after, state.way)

    def _hand_in(self, values: Values, call: GraphNode) -> Values:
        for (scope, name), place in self.layout.controls.items():
            if scope == f"{call.id}/":
                outer = self.layout.controls.get((call.scope, name))
                values = put(values, place, NEVER if outer is None else values[outer])
        return values

    def _given(self, values: Values, node: GraphNode, call: Call) -> list[Values]:
        """The callee's case: what the call gives, element by element what its lists hold."""
        inner = f"{node.id}/"
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
                if spec.field in call.for_each:
                    afters = self.recorder.typed(one, inner, key, spec)
                elif spec.field in call.given:
                    afters = self._give(one, node, key, call.given[spec.field], required=spec.required)
                else:
                    afters = [] if spec.required else [self.recorder.write(one, key, UNKNOWN_BIT)]
                on.update(dict.fromkeys(afters))
            found = list(on)
        return found

    def _give(
        self, values: Values, node: GraphNode, key: str, value: object, *, required: bool
    ) -> list[Values]:
        if not isinstance(value, FieldRef):
            return [self._literal(values, key, value)]
        starts = [values]
        if required:
            known = Test(value.name, "known", True, ())
            starts = [left for left, truth in self.reader.split(known, node.scope, values) if truth]
        return [after for one in starts for after in self.recorder.copies(one, key, node.scope, value.name)]

    def _returned(self, node: GraphNode, end: End, state: State) -> Iterator[Onward]:
        """A callee's end: on to the next element, or back with what it returns."""
        if not node.scope:
            return
        call = self.nodes[node.scope[:-1]]
        spec = call.node
        assert isinstance(spec, Call)
        completed = end.result == "completed"
        values, way = self._give_back(state.values, state.way, call)
        incomplete = self.layout.incomplete.get(call.id)
        if incomplete is not None and not completed:
            values = put(values, incomplete, 1)
        if "next" in node.arrows:
            fresh = self._forget(values, node.scope)
            if incomplete is not None:
                fresh = put(fresh, incomplete, values[incomplete])
            cleared = tuple(one for one in way if not one[0].startswith(node.scope))
            for one in self._given(fresh, call, spec):
                target = node.arrows["next"].target
                yield self._arrive(node, "next", target, self._hand_in(one, call), cleared, end.result)
        judged = self.returning_to(node, state.values)
        if judged is not None and any(
            state.values[place] <= LOST for _, place in self.layout.requires(judged, state.values)
        ):
            return
        arrow = node.arrows["return"]
        found = [values]
        if completed:
            for name, source in spec.returns.items():
                key = call.scope + name
                if spec.for_each:
                    found = [self._listed(one, key) for one in found]
                else:
                    found = [
                        after for one in found for after in self.recorder.copies(one, key, node.scope, source)
                    ]
        for one in found:
            after, cut = self._lose(one, way, call.scope, call.invalidates)
            if completed and (incomplete is None or not after[incomplete]):
                after = self._gain(after, call.scope, call.satisfies, call.valid_for)
            for name, target, moved in self._counted(node, arrow, after):
                yield self._arrive(node, name, target, self._forget(moved, node.scope), cut, end.result)

    def returning_to(self, node: GraphNode, values: Values) -> GraphNode | None:
        """The call that is judged again as it returns completed from this end; None where none is."""
        if not isinstance(node.node, End) or not node.scope or node.node.result != "completed":
            return None
        call = self.nodes[node.scope[:-1]]
        if not getattr(call.node, "for_each", None):
            return None
        place = self.layout.incomplete.get(call.id)
        return None if place is not None and values[place] else call

    def _listed(self, values: Values, key: str) -> Values:
        place = self.layout.names.get(key)
        mask = 0 if place is None else self.model.words.known[key].regions.known
        return self.recorder.write(values, key, mask)


def can_be_answered(node: GraphNode) -> bool:
    """Whether some role may act here: whoever does has acted in it, so an excluded one cannot."""
    asked = [node.by]
    if isinstance(node.node, Checklist):
        asked += [
            tuple(node.roles.get(role, role) for role in item.by) for item in node.node.items if item.by
        ]
    return all(not by or not set(by) <= set(node.not_by) for by in asked)
