"""What a search remembers: a slice of names, controls and counts, each at a fixed place of a tuple of numbers."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sop_runner.machine.graph import Arrow, GraphNode, calling, limit_arrow, scope_of
from sop_runner.procedure.nodes import Decision

from .freshness import freshness, paired
from .model import Item, Model
from .names import TODAY
from .stretches import Stretches

Values = tuple[int, ...]
K = TypeVar("K")

NEVER, LOST, FOR_EVER, FRESH, AGED, STALE = range(6)
"""What became of a control; the last four are gained. `FRESH` is so at this instant, `AGED` may have gone stale since."""
UNCHANGED = 6
"""Of a watched control, on the way: gained then, and neither gained anew nor lost since."""
NOT_SO, SO = 1, 2
"""Whether something is so; both where it may be."""


def counted(node: GraphNode, arrow: Arrow, nodes: Mapping[str, GraphNode]) -> tuple[str, str] | None:
    """Under which node and name the jumps of an arrow count; the limit of a call counts once for all inside."""
    name = arrow.name
    if name == "passed_over":
        name = "done"
        if "done" not in node.arrows:
            return None
    if arrow.at_most is None:
        return None
    if name.endswith(limit_arrow("")):
        call = name.removesuffix(limit_arrow(""))
        inside = f"{call}/", f"{call}["
        return next(one for one in nodes if one.startswith(inside) and name in nodes[one].arrows), name
    if name == "return" and node.scope.endswith("]/"):
        return f"{calling(node.scope)}[1]/{node.local}", name  # one arrow for all elements
    return node.id, name


def callers(key: tuple[str, str], scope: str) -> bool:
    """Whether what counts under a node of a callee is an arrow of its caller."""
    source, name = key
    return name == limit_arrow(calling(scope)) or (name == "return" and scope_of(source) == scope)


class Layout:
    """Where each remembered thing stands in the tuple of a state."""

    def __init__(self, model: Model, items: Iterable[Item]) -> None:
        self.model = model
        self.items = model.closed(items)
        self.names: dict[str, int] = {}
        self.controls: dict[tuple[str, str], int] = {}
        self.imposed: dict[tuple[str, str], int] = {}
        # What is imposed by a decision that cannot be taken again any more is imposed for good.
        self.for_good: dict[tuple[str, str], int] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.incomplete: dict[str, int] = {}
        # Items from whose end a limit counts: whether they were ever left, and which limits have passed since (`lateness`).
        self.left: dict[str, int] = {}
        # Calls whose own limit may have passed for certain (`lateness`).
        self.late: dict[str, int] = {}
        # Names that a decision sets only in some outcomes, and whether it was the one that set them last.
        self.set_by: dict[tuple[str, str], int] = {}
        self.setters: dict[str, tuple[int, ...]] = {}
        # What is known of values that names no longer have, as a number (`past`).
        self.past: int | None = None
        self.visits = frozenset(about[0] for kind, *about in self.items if kind == "visit")
        start: list[int] = []

        def place(value: int) -> int:
            start.append(value)
            return len(start) - 1

        known = model.words.known
        for kind, *about in sorted(self.items):
            if kind == "name" and (known[about[0]].derive is None or known[about[0]].free):
                self.names[about[0]] = place(self._at_start(about[0]))
            elif kind == "control":
                self.controls[about[0], about[1]] = place(NEVER)
            elif kind == "count":
                self.counts[about[0], about[1]] = place(0)
            elif kind == "left":
                self.left[about[0]] = place(0)
            elif kind == "late":
                self.late[about[0]] = place(0)
            elif kind == "past":
                self.past = place(0)
        fresh = freshness(model)
        aging: dict[tuple[str, str], int] = {}
        if any(("control", *key) in fresh.asked for key in self.controls):
            aging = {key: at for key, at in self.controls.items() if fresh.ages(key[1])}
        # Controls of which it is remembered that they were found fresh, as long as no time passes, and which of
        # two of them goes stale no later than the other.
        self.watched = tuple(aging.values())
        self.lasting = {pair: place(0) for pair in paired(aging)}
        for (one, other), key in model.words.alike.items():
            if model.words.ages[one].key in self.names and model.words.ages[other].key in self.names:
                self.names[key] = place(self._at_start(key))
        for scope, control in self.controls:
            for node in model.decisions.get(scope, ()):
                assert isinstance(node.node, Decision)
                if any(control in one.imposes for one in node.node.outcomes):
                    self.for_good.setdefault((scope, control), len(start))
                    if self.for_good[scope, control] == len(start):
                        place(0)
                    self.imposed[node.id, control] = place(0)
        for decision, key in model.set_in_turn:
            if key in self.names:
                self.set_by[decision, key] = place(NOT_SO)
                self.setters[key] = (*self.setters.get(key, ()), self.set_by[decision, key])
        for node in model.for_each:
            if any((node.scope, c) in self.controls for c in node.satisfies):
                self.incomplete[node.id] = place(0)
        self._asked: dict[str, tuple[tuple[str, int, bool], ...]] = {}
        self._imposing = {key: [at] for key, at in self.for_good.items()}
        for (decision, control), at in self.imposed.items():
            self._imposing[scope_of(decision), control].append(at)
        self.start: Values = tuple(start)
        self.of_scope: dict[str, tuple[int, ...]] = {}
        for (scope, _), index in self.controls.items():
            self.of_scope[scope] = (*self.of_scope.get(scope, ()), index)
        # A computed name that cannot be followed may change with anything it is computed from.
        self.upset: dict[str, tuple[int, ...]] = {}
        for key, index in self.names.items():
            if known[key].free:
                for base in known[key].cone:
                    self.upset[base] = (*self.upset.get(base, ()), index)
        self.inside: dict[str, tuple[tuple[int, int], ...]] = {}
        for scope in model.scopes:
            if scope:
                self.inside[scope] = tuple(
                    (index, self.start[index])
                    for keys in (
                        self.names,
                        self.controls,
                        self.imposed,
                        self.for_good,
                        self.counts,
                        self.incomplete,
                        self.set_by,
                        self.lasting,
                    )
                    for key, index in keys.items()
                    if self._begins(key, scope)
                    and not self._stays(key)
                    and not (
                        isinstance(key, tuple) and keys is self.counts and callers((key[0], key[1]), scope)
                    )
                )

    def carried(self, other: "Layout", values: Values) -> Values:
        """The values of another layout in this one's order, what it does not remember left open."""
        opened = list(self.start)
        known = self.model.words.known
        for key, place in self.names.items():
            regions = known[key].regions
            opened[place] = known[key].possible if known[key].free else regions.all
        for place in self.set_by.values():
            opened[place] = NOT_SO | SO
        return self._over(opened, other, values)

    def taken_over(self, other: "Layout", values: Values) -> Values:
        """The same where what the other does not remember was not touched yet."""
        return self._over(list(self.start), other, values)

    def _over(self, found: list[int], other: "Layout", values: Values) -> Values:
        _copy(self.names, other.names, values, found)
        _copy(self.controls, other.controls, values, found)
        _copy(self.imposed, other.imposed, values, found)
        _copy(self.for_good, other.for_good, values, found)
        _copy(self.counts, other.counts, values, found)
        _copy(self.incomplete, other.incomplete, values, found)
        _copy(self.left, other.left, values, found)
        _copy(self.late, other.late, values, found)
        _copy(self.set_by, other.set_by, values, found)
        _copy(self.lasting, other.lasting, values, found)
        return tuple(found)

    def _begins(self, key: object, scope: str) -> bool:
        """Whether something is of a scope, as what it tells of; how two names compare is of that of each."""
        name = key[0] if isinstance(key, tuple) else str(key)
        one = self.model.words.known[name] if name in self.names else None
        of = (name,) if one is None else one.pair or (one.cone if one.asked_of else (name,))
        return any(each.startswith(scope) for each in of)

    def _stays(self, key: object) -> bool:
        """Whether something of a callee outlives it: what is left open."""
        node = self.model.plan.graph.nodes.get(key) if isinstance(key, str) else None
        return node is not None and bool(node.undone_by)

    def _at_start(self, key: str) -> int:
        one = self.model.words.known[key]
        if isinstance(one.regions, Stretches) and one.asked_of == TODAY:
            return one.regions.now  # as the run begins
        if one.free:
            return one.possible
        if key == TODAY:
            return one.regions.known
        node = self.model.plan.graph.nodes.get(key)
        if node is not None and node.undone_by:
            return one.regions.of_literal("closed")
        return 1

    def requires(self, node: GraphNode, values: Values) -> Iterable[tuple[str, int]]:
        """The remembered controls that a node asks for as things stand, with their places."""
        asked = self._asked.get(node.id)
        if asked is None:
            scope, index = node.scope, self.controls
            asked = self._asked[node.id] = tuple(
                (control, index[scope, control], control in node.requires)
                for control in self.model.asks(node)
                if (scope, control) in index
            )
        for control, place, always in asked:
            if always or self.is_imposed(node.scope, control, values):
                yield control, place

    def is_imposed(self, scope: str, control: str, values: Values) -> bool:
        """Whether decisions of a scope, as they were taken last, impose a control."""
        places = self._imposing.get((scope, control))
        return places is not None and any(values[place] for place in places)


def put(values: Values, index: int, value: int) -> Values:
    """The values with one of them replaced."""
    return values if values[index] == value else (*values[:index], value, *values[index + 1 :])


def _copy(mine: Mapping[K, int], theirs: Mapping[K, int], values: Values, found: list[int]) -> None:
    for key, place in mine.items():
        if key in theirs:
            found[place] = values[theirs[key]]
