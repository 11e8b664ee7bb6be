"""Which values could make a difference on the way: those that conditions and derived names look at."""

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sop_runner.acting.answers import sample_fields
from sop_runner.acting.cast import Cast
from sop_runner.acting.checklist import checklist_acts
from sop_runner.acting.samples import NoSample, accepted, day, sample
from sop_runner.acting.scene import Scene
from sop_runner.lint.proofs.conditions import conditions_at
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldSpec
from sop_runner.procedure.nodes import Call, Checklist
from sop_runner.procedure.when import Test, tests
from sop_runner.run.actions import Answer

MAX_RECORDS = 60
_LONG = timedelta(days=36_500)


class Variety:
    """The literals of a plan's conditions, by scope and name of the fields that they bear on."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._literals: dict[str, list[Any]] = {}
        self._compared: list[tuple[str, str, str]] = []
        self._taken_one_by_one = {
            node.scope + name.partition(".")[0]
            for node in plan.graph.nodes.values()
            if isinstance(node.node, Call)
            for name in node.node.for_each.values()
        }
        for node in plan.graph.nodes.values():
            for condition in conditions_at(node):
                for test in tests(condition):
                    if isinstance(test, Test):
                        self._test(node.scope, test)
        for scope, one, other in self._compared:
            if not self._of(scope, one) and not self._of(scope, other):
                # Held against each other alone: a value beside the sample makes them differ.
                self._bears(scope, one, [1, "another sample"], frozenset())
            for name, with_name in ((one, other), (other, one)):
                # Of two times, today's among them, either may come first.
                self._bears(scope, name, [*self._of(scope, with_name), timedelta(0)], frozenset())

    def _test(self, scope: str, test: Test) -> None:
        values = test.value if isinstance(test.value, tuple) else (test.value,)
        self._compared += [(scope, test.name, value.name) for value in values if isinstance(value, FieldRef)]
        if test.operator == "same_day":
            values = (timedelta(0),)
        self._bears(scope, test.name, [v for v in values if not isinstance(v, FieldRef)], frozenset())

    def _of(self, scope: str, name: str) -> list[Any]:
        """The literals that a name is held against; of a derived one those of what it is computed from."""
        way = self._plan.derived.get(scope + name)
        if way is None:
            return list(self._literals.get(scope + name, ()))
        return [
            x
            for operand in way.operands
            if isinstance(operand, str)
            for x in self._literals.get(scope + operand, ())
        ]

    def _bears(self, scope: str, name: str, values: list[Any], above: frozenset[str]) -> None:
        """A condition looks at `name`; through a derived name it looks at what that is computed from."""
        if scope + name in above:
            return
        way = self._plan.derived.get(scope + name)
        if way is None:
            known = self._literals.setdefault(scope + name, [])
            known.extend(value for value in values if value not in known)
            return
        if way.table is not None:
            values = [*way.table.values]
        elif way.bands is not None:
            values = [bound for bound, _ in way.bands.up_to]
        for operand in way.operands:
            if isinstance(operand, str):
                self._bears(scope, operand, values, above | {scope + name})

    def moment(self, scene: Scene) -> Any:
        """What tells two moments apart for the way ahead; times, and who acted, do not."""
        run = scene.run
        values = [(name, self._bucket(name, recorded.value)) for name, recorded in run.facts.fields.items()]
        return (
            run.at,
            frozenset(values),
            frozenset(name for name in run.facts.controls if run.is_fresh(name, scene.now)),
            frozenset((node, taken.outcome) for node, taken in run.facts.decisions.items()),
            frozenset(run.jumps.items()),
            frozenset(run.partial),
            tuple(step.node for step in run.open),
            frozenset(run.attempts.items()),
        )

    def _bucket(self, name: str, value: Any) -> Any:
        """Where a value lies between the literals that it is held against; all others are alike."""
        plain = template(name)
        if isinstance(value, tuple):
            columns = sorted(n for n in self._literals if n.startswith(f"{plain}."))
            cells = [[row.get(n.rpartition(".")[2]) for row in value] for n in columns]
            return (
                len(value),
                *(self._bucket(n, cell) for n, row in zip(columns, cells, strict=True) for cell in row),
            )
        if plain not in self._literals:
            return None
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            numbers = [Decimal(x) for x in self._literals[plain] if _is_number(x)]
            return tuple((value > number) - (value < number) for number in numbers)
        return str(value)

    def records(self, scene: Scene, specs: tuple[FieldSpec, ...], *, mixed: bool) -> Iterator[dict[str, Any]]:
        """Whole records that differ from the sample in what conditions look at; `mixed`: in several fields at once."""
        differing = []
        for spec in specs:
            others = self._others(scene, spec)
            if others:
                differing.append([(spec.field, value) for value in others])
        single = [(cell,) for side in differing for cell in side]
        several = itertools.product(*([None, *side] for side in differing)) if mixed else []
        joined = (tuple(cell for cell in cells if cell is not None) for cells in several)
        chosen = itertools.chain(single, (cells for cells in joined if len(cells) > 1))
        for cells in itertools.islice(chosen, MAX_RECORDS):
            try:
                yield sample_fields(scene, specs, dict(cells))
            except NoSample:
                continue

    def lists(self, scene: Scene, cast: Cast, checklist: Checklist) -> Iterator[dict[str, Any]]:
        """Whole checklists that differ in one answer."""
        for item in checklist.items:
            others = self._item_values(scene, item.item, checklist) if item.field else item.answer_ids
            for value in others:
                answers: dict[str, Any] = {}
                try:
                    acts = checklist_acts(scene, cast, checklist, None, "")
                except NoSample:
                    continue
                for _, action in acts:
                    assert isinstance(action, Answer)  # as every act on a checklist is
                    answers.update(action.values)
                if answers.get(item.item) != value:
                    yield {**answers, item.item: value}

    def _item_values(self, scene: Scene, name: str, checklist: Checklist) -> list[Any]:
        item = next(item for item in checklist.items if item.item == name)
        assert item.field is not None
        given = self._literals.get(f"{scene.plan.node(scene.run.at).scope}{item.field.field}", [])
        given = given + self._literals.get(f"{scene.plan.node(scene.run.at).id}.{name}", [])
        return [
            v
            for v in _around(item.field.type, given, scene)
            if accepted(item.field, v, scene.value, scene.run.zone)
        ]

    def _others(self, scene: Scene, spec: FieldSpec) -> list[Any]:
        scope = scene.plan.node(scene.run.at).scope
        if spec.type == "list":
            return self._rows(scene, scope, spec)
        if scope + spec.field not in self._literals:
            return []
        if spec.type == "choice":
            values: list[Any] = [choice for choice, _ in spec.choices or ()][1:]
        elif spec.type == "yes-no":
            values = [False]
        else:
            values = _around(spec.type, self._literals[scope + spec.field], scene)
        return [v for v in values if accepted(spec, v, scene.value, scene.run.zone)]

    def _rows(self, scene: Scene, scope: str, spec: FieldSpec) -> list[Any]:
        found = []
        for inner in spec.of or ():
            literals = self._literals.get(f"{scope}{spec.field}.{inner.field}", [])
            taken = []
            for value in _around(inner.type, literals, scene):
                rows = sample(spec, spec.field, scene.value, scene.now, scene.run.zone)
                rows = [{**rows[0], inner.field: value}]
                if accepted(spec, rows, scene.value, scene.run.zone):
                    found.append(rows)
                    taken.append(value)
            numbers = [Decimal(x) for x in literals if _is_number(x)]
            most = max((Decimal(x) for x in taken if _is_number(x)), default=None)
            if most is not None and most <= max(numbers):  # a sum may be more than one row can hold
                twice = 2 * [{**rows[0], inner.field: _plain(most)}]
                found += [twice] if accepted(spec, twice, scene.value, scene.run.zone) else []
        if scope + spec.field in self._taken_one_by_one:
            twice = 2 * sample(spec, spec.field, scene.value, scene.now, scene.run.zone)
            found += [twice] if accepted(spec, twice, scene.value, scene.run.zone) else []
        return found


def _around(kind: str, literals: list[Any], scene: Scene) -> list[Any]:
    """The literals and their neighbours, as values of a field of this type."""
    found: list[Any] = []
    for literal in literals:
        number = Decimal(literal) if _is_number(literal) else None
        if kind in ("integer", "number", "money") and number is not None:
            found += [_plain(number + n) for n in (0, 1, -1)]
        elif kind in ("date", "datetime") and (number is not None or isinstance(literal, timedelta)):
            ago = literal if isinstance(literal, timedelta) else timedelta(days=int(number or 0))
            found += [_back(scene, kind, ago, n) for n in (0, 1, -1)]
        elif kind == "date" and isinstance(literal, str):
            found += _beside(literal)
        elif isinstance(literal, str):
            found.append(literal)
    return list({str(value): value for value in found}.values())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number


def _back(scene: Scene, kind: str, ago: timedelta, days: int) -> date | datetime:
    """The time that was `ago`, and some days before it."""
    before = max(-_LONG, min(ago, _LONG)) + timedelta(days=days)
    return day(scene.now, scene.run.zone) - before if kind == "date" else scene.now - before


def _beside(literal: str) -> list[Any]:
    """A date and the days beside it."""
    try:
        named = date.fromisoformat(literal)
    except ValueError:
        return [literal]
    return [named + timedelta(days=n) for n in (0, 1, -1) if date.min < named < date.max]
