"""Limits that have passed for certain: a passed limit leaves its jump as the only way, until its clock starts anew.

A limit counts from the end of an item, or from where its item or call was entered. Whoever takes one that lasts
longer than another, or waits for longer, while the clock of that one ran as long or longer, is too late for it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property

from sop_runner.machine.graph import GraphNode, calling
from sop_runner.procedure.nodes import Call, Step

from .layout import Layout, Values, put
from .model import Item, Model

LEFT = 1
"""An item was left from whose end limits count; each more of those that have passed since counts one more."""
Raised = tuple[str, str, int]
"""Which kind of item tells it, of which node, and how much of it has passed at least."""


class Limits:
    """The limits of a plan. In calls for each element nothing is told of those that count from items there."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._nodes = model.plan.graph.nodes
        from_: dict[str, set[timedelta]] = {}
        for node in self._nodes.values():
            if (since := self._since(node)) and (limit := _limit(node)) is not None:
                from_.setdefault(since, set()).add(limit)
        self._lengths = {since: sorted(those) for since, those in from_.items()}

    def late_for(self, node: GraphNode) -> Iterator[tuple[str, Raised | None]]:
        """The jumps that limits leave at a node, the innermost first, with what tells that they have passed."""
        for name in sorted(
            (one for one in node.arrows if one.endswith("at_limit")), key=_depth, reverse=True
        ):
            timed = self._model.timed(node, node.arrows[name])
            limit, since = _limit(timed), self._since(timed)
            if since and limit is not None:
                yield name, ("left", since, LEFT + bisect_right(self._lengths[since], limit))
            else:
                yield (
                    name,
                    ("late", timed.id, 1) if timed.id in self._outlasted and timed.id != node.id else None,
                )

    def passed(self, node: GraphNode, name: str) -> tuple[Raised, ...]:
        """What has passed for certain where a limit did."""
        timed = self._model.timed(node, node.arrows[name])
        time, since = timed.time, self._since(timed)
        if time is None or time.limit is None or time.until is not None:
            return ()
        if since:
            told: tuple[Raised, ...] = (
                ("left", since, LEFT + bisect_right(self._lengths[since], time.limit)),
            )
            flow = self._model.flow
            always = self._nodes[since].only_when is None and {since, timed.id} <= flow.reached
            always = always and flow.dominates(since, timed.id)
            return (*told, *self._outlasting(timed, time.limit, shorter=False)) if always else told
        if time.from_ is not None:
            return ()
        return tuple(self._beside(timed, time.limit, shorter=False))

    def waited(self, node: GraphNode) -> tuple[Raised, ...]:
        """What has passed for certain where a wait is over."""
        wait = node.node.wait if isinstance(node.node, Step) else None
        return tuple(self._beside(node, wait, shorter=True)) if isinstance(wait, timedelta) else ()

    def too_short(self, node: GraphNode) -> bool:
        """Whether a node's own limit has passed before its wait is over."""
        wait, time = getattr(node.node, "wait", None), node.time
        own = "at_limit" in node.arrows and time is not None and time.from_ is None
        limit = _limit(node) if own else None
        return isinstance(wait, timedelta) and limit is not None and limit < wait

    def told_at(self, node: GraphNode) -> set[Item]:
        """What is read of limits at a node, or raised by leaving it."""
        told = [*self.waited(node)]
        for name, late in self.late_for(node):
            told += [*self.passed(node, name), *((late,) if late is not None else ())]
        return {(kind, key) for kind, key, _ in told}

    @cached_property
    def _outlasted(self) -> frozenset[str]:
        """The calls in which something may take longer than they may."""
        found: set[str] = set()
        for node in self._nodes.values():
            lasting = [
                limit
                for limit in (_limit(node), getattr(node.node, "wait", None))
                if isinstance(limit, timedelta)
            ]
            for call in self._around(node) if lasting else ():
                limit = _limit(call)
                if limit is not None and not self._since(call) and limit <= max(lasting):
                    found.add(call.id)
        return frozenset(found)

    def _beside(self, node: GraphNode, lasted: timedelta, *, shorter: bool) -> Iterator[Raised]:
        """What has passed where a node was entered so long ago: all that is as long, or only what is `shorter`.

        Who goes back into a call finds its clock as it was, though items behind it were left since.
        """
        behind = self._model.flow.behind
        for since, lengths in self._lengths.items():
            passed = bisect_left(lengths, lasted) if shorter else bisect_right(lengths, lasted)
            if passed and not (node.kind == "call" and node.id in behind(since)):
                yield "left", since, LEFT + passed
        yield from self._outlasting(node, lasted, shorter=shorter)

    def _outlasting(self, node: GraphNode, lasted: timedelta, *, shorter: bool) -> Iterator[Raised]:
        """The calls around a node whose limit has passed where something in them lasted so long."""
        for call in self._around(node):
            limit = _limit(call)
            if (
                call.id in self._outlasted
                and limit is not None
                and (limit < lasted or (limit == lasted and not shorter))
            ):
                yield "late", call.id, 1

    def _around(self, node: GraphNode) -> Iterator[GraphNode]:
        scope = node.scope
        while scope:
            call = self._nodes[calling(scope)]
            yield call
            scope = call.scope

    def _since(self, node: GraphNode) -> str:
        """The item from whose end a node's limit counts; empty where it counts from anything else."""
        since = node.scope + ((node.time.from_ if node.time is not None else None) or "")
        return (
            since
            if node.time is not None and node.time.from_ and since in self._nodes and self._once(node)
            else ""
        )

    def _once(self, node: GraphNode) -> bool:
        """Whether a node is not worked through for each element of a list."""
        return not any(
            isinstance(one.node, Call) and one.node.for_each for one in (node, *self._around(node))
        )


def _limit(node: GraphNode) -> timedelta | None:
    return node.time.limit if node.time is not None else None


def _depth(name: str) -> int:
    """How deep the clock of a limit's arrow is: that of a node itself is the innermost."""
    return name.count("/") + 1 if name != "at_limit" else 1_000


def raised(layout: Layout, values: Values, those: Iterable[Raised]) -> Values:
    """The values once this has passed; nothing has of what never began."""
    for kind, key, level in those:
        place = (layout.left if kind == "left" else layout.late).get(key)
        if place is not None and values[place] < level and (values[place] or kind == "late"):
            values = put(values, place, level)
    return values


def only_ways(
    layout: Layout, values: Values, late_for: Iterable[tuple[str, Raised | None]]
) -> tuple[str, ...]:
    """The jumps that are left where a limit has passed for certain: its own or one further in; none where none has."""
    names: list[str] = []
    for name, late in late_for:
        names.append(name)
        kind, key, level = late or ("", "", 0)
        place = (layout.left if kind == "left" else layout.late).get(key)
        if place is not None and values[place] >= level:
            return tuple(names)
    return ()


def limits(model: Model) -> Limits:
    """Those of a plan, worked out once."""
    return model.once(Limits)
