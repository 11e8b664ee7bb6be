"""What the lists come to that calls for each element bring back: the way says what each element sets of it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from sop_runner.lint.proofs.amounts import number
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import GO_BACK, Step
from sop_runner.lint.proofs.model import Model
from sop_runner.machine.graph import SPENT, GraphNode, calling, scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.nodes import Call, Confirmation, Decision

from .copies import recorded, records

Segment = tuple[int, int]
"""Where an element begins on a way, and the step that ends it."""


class Brought(NamedTuple):
    """A sum over a list that a call for each element returns, under which name a callee has it, and what is added besides."""

    key: str
    call: str
    source: str
    besides: tuple[object, ...]


class Parts(NamedTuple):
    """What a sum is made of on a way.

    `fixed` is what elements add by themselves; the others add the cells of a column of `list_` in those `rows`, by
    places from 0, or what was `typed` at a step under a name. The list was recorded at `place`, and `last` set what
    the last element adds.
    """

    fixed: Fraction
    list_: str
    column: str
    rows: tuple[int, ...]
    typed: tuple[tuple[int, str], ...]
    place: int
    last: Step


class Sums:
    """The sums over one list that a call returns, by their names."""

    def __init__(self, model: Model) -> None:
        self.by_key: Mapping[str, Brought] = _brought(model.plan)


def _brought(plan: Plan) -> Mapping[str, Brought]:
    found: dict[str, Brought] = {}
    for node in plan.nodes.values():
        if not isinstance(node.node, Call) or not node.node.for_each:
            continue
        lists = node.node.returns
        for key, way in plan.derived.items():
            those = [one for one in way.sum or () if isinstance(one, str) and one in lists]
            if scope_of(key) == node.scope and len(those) == 1:
                besides = tuple(one for one in way.sum or () if one != those[0])
                found[key] = Brought(key, node.id, lists[those[0]], besides)
    return found


def parts(found: Found, one: Brought, since: int) -> Parts | None:
    """What a sum is made of that is known since a step; None where the way does not say it."""
    call = found.layout.model.plan.nodes[one.call]
    segments = elements(found, call, since)
    fixed, rows, typed, lists, last = Fraction(), list[int](), list[tuple[int, str]](), set[str](), -1
    for row, segment in enumerate(segments):
        last = _setter(found, segment, one.source)
        if last < 0:
            return None
        node = found.layout.model.plan.nodes[found.steps[last].at]
        value = _set(node, found.steps[last], one.source)
        amount = number(value)
        assert isinstance(call.node, Call)
        if isinstance(value, FieldRef) and value.name in call.node.for_each:
            rows.append(row)
            lists.add(call.node.for_each[value.name])
        elif amount is not None:
            fixed += amount
        elif isinstance(node.node, Confirmation):
            typed.append((last, node.scope + one.source))
        else:
            return None
    done = all(found.steps[end].how == "completed" for _, end in segments)
    if not segments or not done or len(lists) > 1 or (rows and typed):
        return None
    list_, _, column = "".join(lists).partition(".")
    key = call.scope + list_
    place = recorded(found, key, segments[0][0]) if rows else -1
    return Parts(fixed, key if rows else "", column, tuple(rows), tuple(typed), place, found.steps[last])


def elements(found: Found, call: GraphNode, since: int) -> list[Segment]:
    """The elements that a call went through when it last returned; none where somebody went back in one of them."""
    steps, ends = found.steps, list[Segment]()
    place, end = since, -1
    while place >= 0:
        step = steps[place]
        arrow = step.arrow.removesuffix(SPENT)
        inside = bool(scope_of(step.at)) and calling(scope_of(step.at)) == call.id
        if step.arrow == GO_BACK:
            return []
        if end < 0 and inside and arrow == "return":
            end = place
        elif end >= 0 and ((inside and arrow == "next") or (step.at, arrow) == (call.id, "call")):
            ends.append((place, end))
            end = place
        if (step.at, arrow) == (call.id, "call"):
            break
        place -= 1
    return ends[::-1]


def _setter(found: Found, segment: Segment, source: str) -> int:
    """The step of an element that set a name last; -1 where no step is known to."""
    start, end = segment
    key = scope_of(found.steps[start].to) + source
    return next((place for place in range(end - 1, start, -1) if records(found, key, place)), -1)


def _set(node: GraphNode, step: Step, source: str) -> object:
    """What a decision sets a name to; None where it is nothing of that kind."""
    if not isinstance(node.node, Decision):
        return None
    return next((one.sets.get(source) for one in node.node.outcomes if one.outcome == step.how), None)
