"""Going back, followed to its end: what a run finds as it was, and what it finds as it was left.

A search supposes at first that whoever stands at a node may have been anywhere further on. Where a way that
it finds rests on that, the visits of the node are remembered: from then on somebody comes back to it who went
on from there, with what they knew then, and with jumps counted and steps open as they are now.
"""

from collections.abc import Iterable, Iterator

from sop_runner.machine.graph import calling, scope_of

from .entering import changing
from .ground import ENTER, GO_BACK, Ground, Onward, State, Step, Visit
from .layout import FOR_EVER, Layout, Values, put


class Visiting(Ground):
    """Moves with the visits that are remembered, and back to them."""

    def __init__(self, layout: Layout, *, going_back: bool = True, guarded: bool = True) -> None:
        super().__init__(layout, going_back=going_back, guarded=guarded)
        self._staying = (
            *layout.counts.values(),
            *layout.left.values(),
            *layout.late.values(),
            *(place for _, place in self._steps),
        )
        self._facts = tuple(
            place
            for places in (
                layout.controls,
                layout.imposed,
                layout.for_good,
                layout.incomplete,
                layout.set_by,
                layout.lasting,
            )
            for place in places.values()
        )
        if layout.past is not None:
            self._facts += (layout.past,)
        self._writing: dict[tuple[str, str, str], tuple[frozenset[int], frozenset[int]]] = {}

    def visiting(self, state: State, onward: Iterable[Onward]) -> Iterator[Onward]:
        """These moves with the visits that stay on the way, then those that go back."""
        for step, after in onward:
            if step.arrow == GO_BACK:
                yield step, after._replace(visits=state.visits)
                continue
            kept = self._not_for_good(step, self._since(state, step, after.values))
            yield step, self._visited(after._replace(visits=kept))
        node = self.nodes[state.at]
        if self.going_back and state.entered and not node.automatic and node.kind not in ("end", "call"):
            yield from self._back_to_visits(state)

    def _visited(self, state: State) -> State:
        """A node that is entered cuts the way behind its last visit, and may be gone back to."""
        if not state.entered:
            return state
        kept = tuple(
            one._replace(over=self._over(one, state.at))
            for one in state.visits
            if one.node != state.at and all(name != state.at for name, _ in one.way)
        )
        if state.at in self.layout.visits:
            before = tuple(one for one in state.way if one[0] != state.at)
            kept = (*kept, Visit(state.at, before, kept, (), (), self._left_alone(state.values)))
        return state._replace(visits=kept)

    def _over(self, visit: Visit, at: str) -> tuple[str, ...]:
        """The nodes on the way since a visit, as far as they tell which loops going back leads out of."""
        found = visit.over
        if at in found:
            found = found[: found.index(at)]
        loops = [loop for _, loop in self._counts if visit.node not in loop]
        if not loops or (self.nodes[at].kind == "end" and self.nodes[at].scope):
            return found
        new = any(at in loop and loop.isdisjoint(found) for loop in loops)
        return (*found, at) if new or at in self.flow.returns else found

    def _back_to_visits(self, state: State) -> Iterator[Onward]:
        for visit in state.visits:
            if visit.node == state.at:
                continue
            values = state.values
            for place, was in visit.was:
                values = put(values, place, was)
            values = self.reader.aging.later(self.reader.joint.gone_back(values, state.values))
            for place, loop in self._counts:
                if values[place] > 1 and visit.node not in loop and not loop.isdisjoint(visit.over):
                    values = put(values, place, values[place] | 1)  # gone back over and out of, it counts on
            if visit.left == self._left_alone(values) and not changing(self.nodes[visit.node]):
                continue  # who comes back finds nothing else than before
            at_once = self.stands_at_once(visit.node)
            there = State(visit.node, values, visit.way, at_once, visit.visits)
            yield Step(state.at, GO_BACK, visit.node), self._visited(there)

    def _left_alone(self, values: Values) -> Values:
        return tuple(values[place] for place in self._staying)

    def _since(self, state: State, step: Step, after: Values) -> tuple[Visit, ...]:
        """The visits with what a step wrote; what is only known more closely was the same then."""
        if not state.visits:
            return ()
        before, (names, forgotten) = state.values, self._written(step)
        changed = {place: before[place] for place in (*names, *self._gained(step))}
        for place in (*self._facts, *forgotten):
            if before[place] == after[place]:
                continue
            # Of a control that is not gained anew it was only found how fresh it is.
            found = place in self.layout.watched and min(before[place], after[place]) > FOR_EVER
            if not found:
                changed[place] = before[place]
        if not changed:
            return state.visits
        return tuple(
            one._replace(was=tuple(sorted({**changed, **dict(one.was)}.items()))) for one in state.visits
        )

    def _gained(self, step: Step) -> Iterable[int]:
        """The places of watched controls that a step may gain anew."""
        at = {step.at, calling(self.nodes[step.at].scope)}  # a call gains as its callee returns
        for key, place in self.layout.controls.items() if self.layout.watched else ():
            if place in self.layout.watched and not at.isdisjoint(self.model.plan.gainers.get(key, ())):
                yield place

    def _written(self, step: Step) -> tuple[frozenset[int], frozenset[int]]:
        """The places of names that a step may record or forget, and those of counts that it forgets."""
        layout, key = self.layout, (step.at, step.arrow, step.to)
        found = self._writing.get(key)
        if found is None:
            names: set[str] = set()
            scopes: tuple[str, ...] = ()
            if step.arrow != ENTER:
                node = self.nodes[step.at]
                scopes = self.model.inside[node.id] if node.kind == "call" else self._scopes_left(step)
                names = {node.scope + name for name in node.records}
                if node.kind == "end" and node.scope:
                    scopes = (node.scope, *scopes)
                    call = self.nodes[calling(node.scope)]
                    names |= {call.scope + name for name in call.records}
            entered = (scope_of(step.to),) if scopes and step.arrow == "next" else ()
            names |= (
                {name for name in layout.names if name.startswith((*scopes, *entered))} if scopes else set()
            )
            places = {layout.names[name] for name in names if name in layout.names}
            places.update(place for name in names for place in layout.upset.get(name, ()))
            inside = {place for scope in scopes for place, _ in layout.inside.get(scope, ())}
            counts = inside.intersection(layout.counts.values())
            found = frozenset(places.difference(self._staying)), frozenset(counts)
            self._writing[key] = found
        return found

    def _not_for_good(self, step: Step, visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
        """The visits that can still be gone back to: not over what is irreversible, nor into what is before a call that may be."""
        if not visits or step.arrow == ENTER or step.arrow.startswith("passed_over"):
            return visits
        node = self.nodes[step.at]
        if node.irreversible and node.kind != "call":
            return ()
        for scope in self._scopes_left(step):
            if self.nodes[call := calling(scope)].irreversible and not step.to.startswith(f"{call}["):
                visits = tuple(one for one in visits if one.node.startswith((f"{call}/", f"{call}[")))
        return visits

    def _scopes_left(self, step: Step) -> tuple[str, ...]:
        found, scope = [], self.nodes[step.at].scope
        while scope and not step.to.startswith(scope):
            found.append(scope)
            scope = self.nodes[calling(scope)].scope
        return tuple(found)
