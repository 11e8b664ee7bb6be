"""A way that a search found, taken again with every name read on it; what stops it, where it cannot be taken."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from .computing import TooMany
from .folding import reads_at
from .ground import GO_BACK, State, Step
from .layout import Layout
from .mixtures import Sampled
from .model import Item, Model
from .moves import Moves
from .taking import Goal, Judge, Line, Tree

MOST_TRIED = 16
MOST_KEPT = 2
"""Trees of ways with every name on them, which are wide: those of the last ones."""
WINDOWS = (8, 32, 128)
PAST: frozenset[Item] = frozenset({("past",)})


@dataclass(frozen=True, slots=True)
class Found:
    """A way to a goal: its steps, and the states with every name that is read on it.

    `walked` are the values that led the run core along it, by the step that recorded them (-1: before the first)
    and their names; None while it did not.
    """

    steps: tuple[Step, ...]
    states: tuple[State, ...]
    layout: Layout
    walked: Mapping[tuple[int, str], object] | None = None


@dataclass(frozen=True, slots=True)
class Unwalked:
    """A way along which the run core was not led, and the step that it never took."""

    way: Found
    stuck: Step


Lead = Callable[[Found, Goal], Found | Unwalked]
"""Leads the run core along a way to a goal: the way with what was walked, or where nobody came further."""


class Following:
    """Takes the ways that the search over one layout found."""

    def __init__(self, coarse: Moves, judge: Judge) -> None:
        self._coarse, self._judge = coarse, judge
        self._trees: dict[frozenset[Item], Tree] = {}

    def follow(
        self, steps: tuple[Step, ...], goal: Goal, states: Callable[[], tuple[State, ...]]
    ) -> tuple[Found | None, frozenset[Item]]:
        """Take the same steps with every name read on them; what stops them that is not remembered yet.

        `states` gives those that the search passed, one more than there are steps.

        The last few steps are tried first, from any values: most of what stops a way is near its end. Where
        a way was taken before, it is the start that is known.
        """
        layout, model, judge = self._coarse.layout, self._coarse.model, self._judge
        wanted = _wanted(model, steps)
        everything = model.closed(layout.items.union(*wanted.values(), PAST if model.words.joined else ()))
        fine = self._with_all(everything)  # more than it, where most of a procedure is passed: that is shared
        known = fine.walked
        end, deepest = _taken(fine, steps, goal, judge) if known else (None, 0)
        if end is None:
            passing = states()
            for length in WINDOWS:
                if length < len(steps) and not passing[-length - 1].visits:
                    more = self._stopped_near_the_end(passing[-length - 1], steps[-length:], goal)
                    if more:
                        return None, more
        if not known:
            end, deepest = _taken(fine, steps, goal, judge)
        if end is not None:
            supposed = _supposed(model, end.steps()) - layout.items
            return None if supposed else Found(end.steps(), end.states(), fine.moves.layout), supposed
        if deepest < 0:
            return None, frozenset()
        # Nobody came further than this, so what stops the way is read up to there, and mostly just there.
        stopped_at = steps[: deepest + 1]
        ends = judge if deepest >= len(steps) else lambda moves, state: (goal,)
        for more in _candidates(layout, _wanted(model, stopped_at), stopped_at):
            stopped, reached = _taken(self._tree(layout.items | more), stopped_at, goal, ends)
            if stopped is None and reached >= 0:
                return None, more
        last = steps[min(deepest, len(steps) - 1)] if steps else None
        places = {last.at, last.to} if last else set(wanted)
        near = model.closed(frozenset().union(*(wanted[name] for name in places))) - layout.items
        return None, near or everything - layout.items

    def _stopped_near_the_end(self, start: State, steps: tuple[Step, ...], goal: Goal) -> frozenset[Item]:
        """The names that stop the last steps whatever was before them; none where they can be taken."""
        layout, model = self._coarse.layout, self._coarse.model
        wanted = {
            name: frozenset(item for item in items if item[0] == "name")
            for name, items in _wanted(model, steps).items()
        }

        def stops(more: frozenset[Item]) -> bool:
            moves = self._tree(layout.items | more).moves
            if moves.layout.controls != layout.controls:
                return False  # what was held before is not known here
            anything = start._replace(values=moves.layout.carried(layout, start.values))
            end, deepest = _taken(Tree(moves, [anything]), steps, goal, self._judge)
            return end is None and deepest >= 0

        everything = frozenset().union(*wanted.values()) - layout.items
        if not everything or not stops(everything):
            return frozenset()
        found = next((more for more in _candidates(layout, wanted, steps) if stops(more)), everything)
        return model.closed(found) - layout.items

    def _tree(self, items: frozenset[Item]) -> Tree:
        found = self._trees.get(items)
        if found is None:
            found = self._trees[items] = Tree(self._moves(items))
        return found

    def _with_all(self, items: frozenset[Item]) -> Tree:
        """The same with every name on a way: other questions lead along nearly the same one, and share it."""
        coarse = self._coarse
        last = coarse.model.shared_work.setdefault("ways taken", [])
        assert isinstance(last, list)
        for tree in last:
            moves = tree.moves
            if (
                moves.layout.items >= items
                and all(kind not in ("visit", "past") for kind, *_ in moves.layout.items - items)
                and (moves.going_back, moves.guarded) == (coarse.going_back, coarse.guarded)
            ):
                assert isinstance(tree, Tree)
                return tree
        model, nodes = coarse.model, coarse.model.plan.nodes
        whole = model.closed(frozenset().union(*(reads_at(model, node) for node in nodes.values())))
        found = Tree(self._moves(items | whole if len(items) > len(whole) // 2 else items))
        last[:] = [found, *last[: MOST_KEPT - 1]]
        return found

    def _moves(self, items: frozenset[Item]) -> Moves:
        coarse = self._coarse
        return Sampled(Layout(coarse.model, items), going_back=coarse.going_back, guarded=coarse.guarded)


def _taken(tree: Tree, steps: tuple[Step, ...], goal: Goal, judge: Judge) -> tuple[Line | None, int]:
    """The end of a way; where too much hangs together on it, that could not be settled."""
    try:
        return tree.take(steps, goal, judge)
    except TooMany:
        return None, -1


def _supposed(model: Model, steps: tuple[Step, ...]) -> frozenset[Item]:
    """The visits that a way supposes somebody came back to, nobody having gone on from there.

    In a call for each element, whose node is another visit for each, it stays at supposing (`apart`).
    """
    return frozenset(
        ("visit", step.at)
        for step in steps
        if ((step.arrow == GO_BACK and step.to == step.at) or step.how == GO_BACK)
        and not any(step.at.startswith(f"{call.id}/") for call in model.for_each)
    )


def _wanted(model: Model, steps: tuple[Step, ...]) -> dict[str, frozenset[Item]]:
    """What is read at each node of the way, its end first."""
    order = [step.to for step in reversed(steps)] + [steps[0].at if steps else model.plan.graph.start]
    return {name: reads_at(model, model.plan.graph.nodes[name]) for name in dict.fromkeys(order)}


def _candidates(
    layout: Layout, wanted: dict[str, frozenset[Item]], steps: tuple[Step, ...]
) -> Iterator[frozenset[Item]]:
    """Single things that may stop a way, those read just at its end first, then names before counts and controls."""
    nearest = dict.fromkeys(item for items in wanted.values() for item in sorted(items))
    end = frozenset().union(*islice(wanted.values(), 2))
    kinds = ("name", "count", "left", "late", "control")
    ordered = sorted(nearest, key=lambda item: (item not in end, kinds.index(item[0])))
    tried = 0
    for item in ordered:
        more = layout.model.closed({item}) - layout.items
        if more and tried < MOST_TRIED:
            tried += 1
            yield more
    words = layout.model.words
    for group in dict.fromkeys(words.together(item[1]) for item in ordered if item[0] == "name"):
        more = layout.model.closed(("name", key) for key in group if ("name", key) in nearest)
        for those in (more, more | PAST) if group else ():
            if not those <= layout.items:
                yield those - layout.items
