"""A way that the proof found, as answers that lead along it: they are what a search tries first at each item."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from sop_runner.acting.answers import sample_fields
from sop_runner.acting.cast import Cast, NobodyMapped
from sop_runner.acting.checklist import checklist_acts
from sop_runner.acting.samples import NoSample, accepted, sample
from sop_runner.acting.scene import Scene
from sop_runner.lint.proofs.examples import Examples, SameText
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, Step
from sop_runner.lint.proofs.regions import OTHER
from sop_runner.lint.proofs.telling import lives
from sop_runner.machine.graph import SPENT, GraphNode, scope_of, template
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision, Item
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.run import events as ev
from sop_runner.run.actions import Answer
from sop_runner.run.answers.checklist import is_asked
from sop_runner.run.going import Refused

from .rehearse_search import Budget, Effort, Turn, turns
from .rehearse_variety import Variety
from .scenario_expand import Case

MOST_TURNS = 40
"""What is tried for one step of a way."""
_ANY = Effort(1, 0, mixed=True, limits=True)
_UNKNOWN = 1
"""The region of what is not known."""


class Guide:
    """What to answer along a way; the plain samples wherever the way asks for nothing."""

    def __init__(self, found: Found) -> None:
        self._found, self._plan = found, found.layout.model.plan
        self._examples = Examples(found)
        self._steps: dict[str, list[int]] = {}
        for place, step in enumerate(found.steps):
            if step.arrow != ENTER:
                self._steps.setdefault(step.at, []).append(place)
        self._lives = {
            key: {life.since: life for life in lives(found, key)}
            for key in found.layout.names
            if found.layout.model.words.known[key].pair is None
        }

    def opening(self, start: Case, scene: Scene) -> Case:
        """The run as the way begins it; `scene` is one that was begun otherwise."""
        today = [one for one in self._values("today", -1) if isinstance(one, date)]
        begun = replace(start, starts=today[0].isoformat()) if today else start
        try:
            return replace(begun, case=self._record(scene, "", self._plan.procedure.case, -1))
        except NoSample:
            return begun

    def follow(self, scene: Scene, cast: Cast, variety: Variety, budget: Budget) -> tuple[list[Turn], Scene]:
        """The turns that go the way, as far as they can be found one by one, and where they lead."""
        steps = [(place, step) for place, step in enumerate(self._found.steps) if step.arrow != ENTER]
        taken: list[Turn] = []
        passed = [place for place, step in enumerate(steps) if step[1].at == template(scene.run.at)][:1]
        steps = steps[passed[0] :] if passed else []
        while steps:
            place, step = steps[0]

            def first(scene: Scene, cast: Cast, step: Step = step, place: int = place) -> Iterator[Any]:
                return self._answers(scene, cast, step, place)

            for turn in islice(turns(scene, cast, variety, _ANY, first), MOST_TURNS):
                budget.turns -= 1
                played = scene.later(turn.wait).play(turn.acts)
                if isinstance(played, Refused):
                    continue
                moves = [(template(e.at or ""), e.arrow) for e in played[1] if e.type in ev.MOVES]
                if moves and moves == [(one.at, one.arrow) for _, one in steps[: len(moves)]]:
                    taken.append(turn)
                    scene, steps = played[0], steps[len(moves) :]
                    break
            else:
                break
        return taken, scene

    def answers(self, scene: Scene, cast: Cast) -> Iterator[Any]:
        """What the way answers at the item at hand, each time that it comes past it."""
        for place in self._steps.get(template(scene.run.at), ()):
            yield from self._answers(scene, cast, self._found.steps[place], place)

    def _answers(self, scene: Scene, cast: Cast, step: Step, place: int) -> Iterator[Any]:
        here = scene.plan.node(scene.run.at)
        node, arrow = here.node, step.arrow.removesuffix(SPENT)
        try:
            if arrow == "otherwise" or isinstance(node, Decision):
                yield arrow
            elif isinstance(node, Checklist):
                yield self._checklist(scene, cast, node, place)
            elif isinstance(node, Confirmation) and node.record is not None:
                yield self._record(scene, here.scope, node.record.fields, place)
            elif isinstance(node, Confirmation):
                yield self._said(here.scope, node, place)
        except (NoSample, NobodyMapped):
            return

    def _said(self, scope: str, node: Confirmation, place: int) -> str | None:
        """`declined` where the way keeps that; else a bare item."""
        name = node.statement.field if node.statement is not None else node.id
        said = self._values(scope + name, place) if name else []
        return "declined" if said and said[0] in (False, "declined") else None

    def _record(self, scene: Scene, scope: str, specs: tuple[FieldSpec, ...], place: int) -> dict[str, Any]:
        wanted: dict[str, Any] = {}
        for spec in specs:
            rows = None
            if spec.type == "list":
                rows = self._rows(scene, scope + spec.field, spec) or self._summed(scene, scope, spec, place)
            fitting = [rows] if rows else self._fitting(scene, scope + spec.field, spec, place)
            wanted |= {spec.field: fitting[0]} if fitting else {}
        found = sample_fields(scene, specs, wanted)
        empty = (spec.field for spec in specs if self._empty(scope + spec.field, place))
        return {name: value for name, value in found.items() if name not in set(empty)}

    def _checklist(self, scene: Scene, cast: Cast, node: Checklist, place: int) -> dict[str, Any]:
        """An answer for each item that is asked after those before it."""
        here = scene.plan.node(scene.run.at)
        person = cast.actor(cast.at(scene.run, here.by, here.not_by))
        answers: dict[str, Any] = {}
        after = scene
        for item in node.items:
            if not is_asked(after.going(person), node, item):
                continue
            answers[item.item] = self._answer(scene, here, item, place)
            acts = checklist_acts(scene, cast, node, answers, "")
            partly = [(who, replace(act, choice="")) for who, act in acts if isinstance(act, Answer)]
            played = scene.play(partly)
            after = after if isinstance(played, Refused) else played[0]
        return answers

    def _answer(self, scene: Scene, here: GraphNode, item: Item, place: int) -> Any:
        key = f"{here.id}.{item.item}"
        if item.field is None:
            said = self._values(key, place)
            if said == ["not_applicable"]:
                return {"not_applicable": "It has none."}
            return next((one for one in said if one in item.answer_ids), (item.expect or item.answer_ids)[0])
        keys = (f"{here.scope}{item.field.field}", key) if item.field.field else (key,)
        fitting = [one for each in keys for one in self._fitting(scene, each, item.field, place)]
        if fitting:
            return fitting[0]
        return sample(item.field, item.item, scene.value, scene.now, scene.run.zone)

    def _rows(self, scene: Scene, key: str, rules: FieldRules) -> list[dict[str, Any]]:
        """A row for each element that a call for each goes through, with what the way asks of it."""
        found: list[dict[str, Any]] = []
        for call in self._found.layout.model.for_each:
            assert isinstance(call.node, Call)
            inner = {
                source.partition(".")[2]: f"{call.id}/{name}"
                for name, source in call.node.for_each.items()
                if call.scope + source.partition(".")[0] == key
            }
            starts = [
                place
                for place, step in enumerate(self._found.steps)
                if (step.at, step.arrow) == (call.id, "call")
                or (step.at.startswith(f"{call.id}/") and step.arrow == "next")
            ]
            for place in starts if inner else ():
                row: dict[str, Any] = {}
                for cell in rules.of or ():
                    fitting = self._fitting(scene, inner.get(cell.field, inner.get("", "")), cell, place)
                    row[cell.field] = (
                        fitting[0]
                        if fitting
                        else sample(cell, cell.field, scene.value, scene.now, scene.run.zone)
                    )
                found.append(row)
        return found

    def _summed(self, scene: Scene, scope: str, rules: FieldSpec, place: int) -> list[dict[str, Any]]:
        """Rows of which a column comes to the sum that the way asks for: one, or as many as hold it."""
        for key, way in self._plan.derived.items():
            for operand in way.operands if way.sum is not None and scope_of(key) == scope else ():
                name, _, column = str(operand).partition(".")
                cell = next((one for one in rules.of or () if one.field == column), None)
                for total in self._values(key, place) if name == rules.field and cell is not None else ():
                    assert cell is not None
                    plain = sample(rules, rules.field, scene.value, scene.now, scene.run.zone)[0]
                    for count in range(1, int(rules.at_most or 1) + 1):
                        each = _of_type(cell, Decimal(total) / count)
                        if accepted(cell, each, scene.value, scene.run.zone):
                            return [{**plain, column: each}] * count
        return []

    def _fitting(self, scene: Scene, key: str, rules: FieldRules, place: int) -> list[Any]:
        values = (_of_type(rules, value) for value in self._values(key, place))
        return [one for one in values if accepted(rules, one, scene.value, scene.run.zone)]

    def _values(self, key: str, place: int) -> list[Any]:
        """What a name recorded by that step may be; none where anything will do."""
        life = self._lives.get(key, {}).get(place)
        if life is None:
            return []
        exact = self._examples.value(key, place)
        regions = self._found.layout.model.words.known[key].regions
        mask = life.last & self._examples.within(key, place) or life.last
        found = [] if exact is None or isinstance(exact, SameText) else [exact]
        if mask != regions.all & ~_UNKNOWN:
            found += [sample for bit, sample, _ in regions.parts(mask) if bit != _UNKNOWN]
        return [one for one in found if not isinstance(one, Sealed) and one not in (OTHER, (), UNKNOWN)]

    def _empty(self, key: str, place: int) -> bool:
        """Whether the way leaves a name empty."""
        life = self._lives.get(key, {}).get(place)
        return life is not None and life.last == _UNKNOWN


def _of_type(rules: FieldRules, value: Any) -> Any:
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return int(value) if whole and rules.type in ("integer", "number", "money") else value
