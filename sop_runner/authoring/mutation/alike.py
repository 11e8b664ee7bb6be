"""Whether two versions of a node's conditions choose alike, whatever values there are."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.procedure.when import Condition, Held, Test, tests

MAX_COMBINATIONS = 20_000
_OTHER = "\N{WHITE SQUARE}"
"""A text that stands for every one that no condition names."""


class _CannotSay(Exception):
    """A value runs over more than its literals, such as a time."""


@dataclass(frozen=True, slots=True)
class _Guess:
    """Some values, as conditions read them."""

    values: Mapping[str, Any]
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    today: date = date(2000, 1, 1)
    zone: Any = field(default=UTC)

    def value(self, name: str) -> object:
        return self.values[name]

    def held(self, control: str) -> bool:
        return bool(self.values[f"held {control}"])


def choose_alike(plan: Plan, one: GraphNode, other: GraphNode) -> bool:
    """Whether both are passed over, decided and offer outcomes alike for every combination of values.

    The values are tried by region: what lies between the literals of both versions is alike. That
    names are known where they are read is proved elsewhere.
    """
    return _everywhere(plan, one, other, lambda guess: _chosen(one, guess) == _chosen(other, guess))


def _everywhere(plan: Plan, one: GraphNode, other: GraphNode, settled: Callable[["_Guess"], bool]) -> bool:
    """Whether it is settled so for every combination of the values that the conditions of both tell apart."""
    try:
        sides = _sides(plan, one.scope, [*_conditions(one), *_conditions(other)])
    except _CannotSay:
        return False
    count = 1
    for values in sides.values():
        count *= len(values)
    if count > MAX_COMBINATIONS:
        return False
    return all(
        settled(_Guess(guess))
        for cells in itertools.product(*sides.values())
        for guess in [dict(zip(sides, cells, strict=True))]
    )


def exclude(plan: Plan, one: GraphNode, other: GraphNode) -> bool:
    """Whether no values enter both nodes: one of them at least is passed over."""
    return _everywhere(
        plan, one, other, lambda guess: "passed over" in (_chosen(one, guess), _chosen(other, guess))
    )


def _conditions(node: GraphNode) -> Iterator[Condition]:
    if node.only_when is not None:
        yield node.only_when
    if isinstance(node.node, Decision):
        yield from (outcome.when for outcome in node.node.outcomes if outcome.when is not None)


def _chosen(node: GraphNode, guess: _Guess) -> Any:
    if node.only_when is not None and not holds(node.only_when, guess):
        return "passed over"
    if not isinstance(node.node, Decision):
        return "entered"
    held = [o.outcome for o in node.node.outcomes if o.when is None or holds(o.when, guess)]
    return held[0] if node.node.decided_by == "rule" else frozenset(held)


def _sides(plan: Plan, scope: str, conditions: Sequence[Condition]) -> dict[str, tuple[Any, ...]]:
    literals: dict[str, list[Any]] = {}
    sides: dict[str, tuple[Any, ...]] = {}
    may_be_unknown = set()
    for condition in conditions:
        for test in tests(condition):
            if isinstance(test, Held):
                sides.update({f"held {control}": (True, False) for control in test.controls})
                continue
            literals.setdefault(test.name, []).extend(_literals(test))
            if test.operator == "known":
                may_be_unknown.add(test.name)
    for name, against in literals.items():
        values = tuple(_values(plan, scope, name, against))
        sides[name] = (*values, UNKNOWN) if name in may_be_unknown else values
    return sides


def _literals(test: Test) -> list[Any]:
    values = list(test.value) if isinstance(test.value, tuple) else [test.value]
    if test.operator == "known":
        return []
    if test.operator in ("within", "same_day", "before", "after") or any(
        isinstance(v, FieldRef) for v in values
    ):
        raise _CannotSay
    return values


def _values(plan: Plan, scope: str, name: str, literals: Sequence[Any]) -> Iterator[Any]:
    way, node, rules = (
        plan.derived.get(scope + name),
        plan.nodes.get(scope + name),
        plan.fields.get(scope + name),
    )
    item = plan.nodes.get(scope + name.partition(".")[0])
    if way is not None and way.bands is not None:
        yield from dict.fromkeys((*(value for _, value in way.bands.up_to), way.bands.above))
    elif way is not None and way.table is not None:
        yield from dict.fromkeys((*way.table.values.values(), way.table.else_))
    elif node is not None and isinstance(node.node, Decision):
        yield from (outcome.outcome for outcome in node.node.outcomes)
    elif node is not None and isinstance(node.node, Confirmation):
        yield from ("approved", "declined")
    elif node is not None:
        yield from ("open", "closed")
    elif rules is not None:
        yield from _of_type(rules, literals)
    elif item is not None and isinstance(item.node, Checklist):
        answers = next(i.answer_ids for i in item.node.items if i.item == name.partition(".")[2])
        yield from (*answers, "not_applicable")
    else:
        yield from _around(literals)


def _of_type(rules: FieldRules, literals: Sequence[Any]) -> Iterator[Any]:
    match rules.type:
        case "choice":
            yield from (choice for choice, _ in rules.choices or ())
        case "yes-no":
            yield from (True, False)
        case "text" | "email" | "phone" | "link":
            yield from dict.fromkeys((*map(str, literals), _OTHER))
        case "integer" | "number" | "money":
            bounds = [bound for bound in (rules.at_least, rules.at_most) if bound is not None]
            for number in _around([*literals, *bounds]):
                inside = (rules.at_least is None or number >= rules.at_least) and (
                    rules.at_most is None or number <= rules.at_most
                )
                if inside and (rules.type != "integer" or number == number.to_integral_value()):
                    yield number
        case _:
            raise _CannotSay


def _around(literals: Sequence[Any]) -> Iterator[Decimal]:
    """The numbers, one between each two of them, and their neighbours among whole numbers."""
    numbers = sorted(
        {Decimal(x) for x in literals if isinstance(x, int | Decimal) and not isinstance(x, bool)}
    )
    if not numbers or any(not isinstance(x, int | Decimal) or isinstance(x, bool) for x in literals):
        raise _CannotSay
    between = ((one + other) / 2 for one, other in pairwise(numbers))
    beside = (number + step for number in numbers for step in (-1, 1))
    yield from sorted({*numbers, *between, *beside})
