"""Every way on from a state: what a node's arrows record, gain, lose and open, as the run core moves."""

from collections.abc import Iterator

from sop_runner.machine.graph import Arrow, GraphNode
from sop_runner.procedure.nodes import Call, Checklist, Decision, End, Outcome
from sop_runner.procedure.when import Test

from .calling import Calling
from .entering import Entering
from .flow import usable
from .ground import Onward, State
from .lateness import limits, only_ways, raised
from .layout import AGED, NOT_SO, SO, Values, put
from .regions import UNKNOWN_BIT
from .visiting import Visiting


class Moves(Entering, Calling, Visiting):
    """The moves of one plan as far as one layout remembers them."""

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
        onward = self.at_once(state)
        return (
            onward if not self.reader.aging.told else ((step, self.waited(after)) for step, after in onward)
        )

    def at_once(self, state: State) -> Iterator[Onward]:
        """The same at the instant of the step."""
        return self.visiting(state, self._onward(state)) if self.layout.visits else self._onward(state)

    def waits(self, state: State) -> bool:
        """Whether a state stands where somebody has to act."""
        return state.entered and not self.nodes[state.at].automatic

    def waited(self, state: State) -> State:
        """A state until somebody acts: time passes there."""
        if not self.waits(state):
            return state
        return state._replace(values=self.reader.aging.later(state.values))

    def _onward(self, state: State) -> Iterator[Onward]:
        node = self.nodes[state.at]
        if not state.entered:
            yield from self._enter(node, state)
        elif isinstance(node.node, End):
            yield from self._returned(node, node.node, state)
        elif isinstance(node.node, Call):
            yield from self._called(node, node.node, state)
        else:
            if self.going_back and not node.automatic:
                yield from self._gone_back(node, state)
            late = self._too_late(node, state.values)
            if late:
                yield from self._left_otherwise(node, state, late)
                return
            if isinstance(node.node, Decision):
                if node.automatic or can_be_answered(node):
                    yield from self._decided(node, node.node, state)
            else:
                yield from self._done(node, state)
            yield from self._left_otherwise(node, state)

    def _done(self, node: GraphNode, state: State) -> Iterator[Onward]:
        values = self.acting(node, state.values)
        answered = self.recorder.answered(values, node) if can_be_answered(node) else []
        answered = [left for one in answered for left in self._waited(node, one)]
        recorded = [(one, "") for one in answered]
        if node.waivable_by is not None:
            known = {one for one, _ in recorded}
            recorded += [(one, "waived") for one in self.recorder.waived(values, node) if one not in known]
        arrow = node.arrows["done"]
        for one, how in recorded:
            values, way = self._lose(one, state.way, node.scope, node.invalidates)
            values, way = self._gain(values, way, node.scope, node.satisfies, node.valid_for)
            values = self._opened(node, values)
            for name, target, after in self._counted(node, arrow, values):
                yield self._arrive(node, name, target, after, way, how)

    def _opened(self, node: GraphNode, values: Values) -> Values:
        for step in node.undoes:
            values = self._status(values, step, "closed")
        return self._status(values, node.id, "open") if node.undone_by else values

    def _too_late(self, node: GraphNode, values: Values) -> tuple[str, ...]:
        """The jumps that limits leave as the only ways, one having passed for certain; none where none has."""
        if not (self.layout.left or self.layout.late) or node.automatic:
            return ()
        return only_ways(self.layout, values, limits(self.model).late_for(node))

    def _waited(self, node: GraphNode, values: Values) -> list[Values]:
        """What is left once a step's wait is over: nothing where a limit has passed by then."""
        those = limits(self.model)
        after = raised(self.layout, values, those.waited(node))
        return [] if those.too_short(node) or (after != values and self._too_late(node, after)) else [after]

    def _left_otherwise(self, node: GraphNode, state: State, only: tuple[str, ...] = ()) -> Iterator[Onward]:
        """A person's other ways out of a node, and out of the calls around it whose limit has passed."""
        for arrow in usable(node):
            if arrow.name not in ("otherwise", "at_limit") and not arrow.name.endswith(":at_limit"):
                continue
            if only and arrow.name not in only:
                continue
            for one in self._in_time(node, arrow, state.values):
                if arrow.name != "otherwise":
                    one = raised(self.layout, one, limits(self.model).passed(node, arrow.name))
                values, way = self._lose(one, state.way, node.scope, node.invalidates)
                for name, target, after in self._counted(node, arrow, values):
                    for left, cut in self._leave_calls(after, way, node.scope, target):
                        yield self._arrive(node, name, target, left, cut)

    def _in_time(self, node: GraphNode, arrow: Arrow, values: Values) -> list[Values]:
        """A limit passes only where the field that it counts from is known."""
        if not arrow.name.endswith("at_limit"):
            return [values]
        timed = self.model.timed(node, arrow)
        time = timed.time
        if time is None:
            return [values]
        since = timed.scope + (time.from_ or "")
        found = [values]
        never = since in self.layout.left and not values[self.layout.left[since]]
        if never and time.until is None:
            return []  # it counts from what was not done
        only = time.until if time.limit is None or never else None
        for name in (only, time.from_ if since not in self.nodes else None):
            if name:
                test = Test(name, "known", True, ())
                found = [
                    left
                    for one in found
                    for left, truth in self.reader.split(test, timed.scope, one)
                    if truth
                ]
        return found

    def outcomes(
        self, node: GraphNode, decision: Decision, values: Values
    ) -> Iterator[tuple[Outcome, Values]]:
        """The outcomes that can be taken; of a rule the first whose condition holds."""
        values = self.acting(node, values)
        if decision.decided_by == "rule":
            yield from self._by_rule(node, decision, values)
            return
        for outcome in decision.outcomes:
            yield from ((outcome, left) for left, truth in self._when(outcome, node, values) if truth)

    def _by_rule(
        self, node: GraphNode, decision: Decision, values: Values
    ) -> Iterator[tuple[Outcome, Values]]:
        rest = [values]
        for outcome in decision.outcomes:
            on: dict[Values, None] = {}
            for one in rest:
                for left, truth in self._when(outcome, node, one):
                    if truth:
                        yield outcome, left
                    else:
                        on[left] = None
            rest = list(on)

    def _when(self, outcome: Outcome, node: GraphNode, values: Values) -> list[tuple[Values, bool]]:
        if outcome.when is None:
            return [(values, True)]
        return self.reader.turns(outcome.when, node.scope, values)

    def _decided(self, node: GraphNode, decision: Decision, state: State) -> Iterator[Onward]:
        for outcome, left in self.outcomes(node, decision, state.values):
            for one in self._set(node, decision, outcome, left):
                values, way = self._lose(one, state.way, node.scope, node.invalidates)
                values, way = self._gain(values, way, node.scope, outcome.satisfies, outcome.valid_for)
                for (decided, control), place in self.layout.imposed.items():
                    if decided == node.id:
                        values = put(values, place, int(control in outcome.imposes))
                values = self._opened(node, values)
                arrow = node.arrows[outcome.outcome]
                for name, target, after in self._counted(node, arrow, values):
                    yield self._arrive(node, name, target, after, way, outcome.outcome)

    def _set(self, node: GraphNode, decision: Decision, outcome: Outcome, values: Values) -> list[Values]:
        found = self.recorder.set_at_once(values, node.scope, outcome.sets)
        for key in (node.scope + name for name in outcome.sets):
            if (place := self.layout.set_by.get((node.id, key))) is not None:
                found = [put(one, place, SO) for one in found]
        for (at, key), place in self.layout.set_by.items():
            if at == node.id and key[len(node.scope) :] not in outcome.sets:
                # What this decision set before is gone where it was the last to set it.
                gone = [self.recorder.write(one, key, UNKNOWN_BIT) for one in found if one[place] & SO]
                found = [put(one, place, NOT_SO) for one in found if one[place] & NOT_SO] + gone
        return [self._literal(one, node.id, outcome.outcome) for one in found]


def can_be_answered(node: GraphNode) -> bool:
    """Whether some role may act here: whoever does has acted in it, so an excluded one cannot."""
    asked = [node.by]
    if isinstance(node.node, Checklist):
        asked += [
            tuple(node.roles.get(role, role) for role in item.by) for item in node.node.items if item.by
        ]
    return all(not by or not set(by) <= set(node.not_by) for by in asked)
