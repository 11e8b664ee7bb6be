"""What people answer on a way that a proof found: the values that it asks for, and anything where it asks for none."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sop_runner.lint.proofs.examples import Examples, SameText
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import GO_BACK, Step
from sop_runner.lint.proofs.regions import OTHER
from sop_runner.lint.proofs.telling import lives
from sop_runner.machine.graph import SPENT, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision
from sop_runner.procedure.value_types import Sealed, is_known
from sop_runner.procedure.values import to_wire
from sop_runner.run import actions as do
from sop_runner.run.environment import RunEnv
from sop_runner.run.state import Run
from sop_runner.run.timing import running
from tests.answers import PEOPLE, Typist, proofs, right
from tests.walker import START

_APART = (-400, -100, -30, -10, 10, 30, 400)


@dataclass
class Meant:
    """The answers of one try; `rng` fills in what the way leaves open."""

    plan: Plan
    found: Found
    rng: Random
    now: Any = START
    opened: dict[str, do.Opened] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    """What was typed last under each name: a person still knows what the log keeps as a digest."""

    def __post_init__(self) -> None:
        self.typist = Typist(self.rng)
        self.examples = Examples(self.found)
        self.same: dict[SameText, Any] = {}
        days = self._samples("today", -1)
        if days:
            self.now = datetime.combine(self.rng.choice(days), time(9), UTC)

    def remember(self, step: Step) -> None:
        """What is set or given is what was typed, or stands in the file."""
        node = self.plan.node(step.at)
        given: dict[str, Any] = {}
        inner = scope = scope_of(step.at)
        if isinstance(node.node, Decision) and step.how:
            given = next((one.sets for one in node.node.outcomes if one.outcome == step.how), {})
        elif isinstance(node.node, Call) and step.arrow == "call":
            given, inner = node.node.given, scope_of(step.to)
        for name, value in given.items():
            ref = isinstance(value, FieldRef)
            self.typed[inner + name] = self.typed.get(scope + value.name) if ref else value

    def here(self, location: str) -> str:
        """A location as the way has it: elements of a call are told apart there, or are not."""
        return location if self.found.layout.model.words.rows else template(location)

    def _samples(self, key: str, index: int) -> list[Any] | None:
        """The values that a name recorded by the step has to have; None where any will do."""
        if key not in self.found.layout.names:
            return None
        example = self._example(key, index)
        if isinstance(example, SameText):
            if example in self.same:
                return [self.same[example]]
        elif example is not None and self.rng.random() < 0.9:
            return [example]
        # What is gone back to lives on, known more closely.
        mask = next((one.last for one in reversed(lives(self.found, key)) if one.since == index), None)
        if mask is None:
            return None
        mask = mask & self.examples.within(key, index) or mask
        regions = self.found.layout.model.words.known[key].regions
        if mask == regions.all & ~1:
            return None
        return [self._some(regions, sample, single) for _, sample, single in regions.parts(mask)]

    def _example(self, key: str, index: int) -> Any:
        """What a name has to be so that it fits others; None where it may be anything that is asked of it."""
        return self.examples.value(key, index) if key in self.found.layout.names else None

    def _some(self, regions: Any, sample: Any, single: bool) -> Any:
        """Some value of a region: of numbers in between not always the same."""
        if single or not isinstance(sample, int | Decimal) or isinstance(sample, bool):
            return sample
        place = regions.samples.index(sample)
        below = [one for one in regions.samples[max(0, place - 1) : place] if isinstance(one, int | Decimal)]
        above = [one for one in regions.samples[place + 1 : place + 2] if isinstance(one, int | Decimal)]
        low = below[0] if below else sample - 1000
        high = above[0] if above else sample + 1000
        cents = self.rng.randrange(int(100 * low) + 1, int(100 * high)) if high - low > Decimal("0.02") else 0
        return Decimal(cents) / 100 if cents and isinstance(sample, Decimal) else sample

    def _typed(self, key: str, index: int, rules: Any, env: RunEnv | None) -> Any:
        calls = [
            call
            for call in self.found.layout.model.for_each
            for source in getattr(call.node, "for_each", {}).values()
            if call.scope + source.partition(".")[0] == key
        ]
        if key in self.found.layout.model.words.rows:
            given: Any = self._told_apart(key, index, rules)
        else:
            given = self._rows(key, index, rules, calls[0]) if calls else self._one(key, index, rules, env)
        self.typed[key] = given
        example = self._example(key, index)
        if isinstance(example, SameText):
            self.same.setdefault(example, given)
        return given

    def _told_apart(self, key: str, index: int, rules: Any) -> list[Any]:
        """The rows that the way says there are."""
        found: list[Any] = []
        for row in self.found.layout.model.words.rows[key]:
            there = self._samples(row, index)
            if there is not None and not any(is_known(one) for one in there):
                break
            if there is None and found and self.rng.random() < 0.5:
                break
            found.append(
                {cell.field: self._one(f"{row}.{cell.field}", index, cell, None) for cell in rules.of}
            )
        return found

    def _rows(self, key: str, index: int, rules: Any, call: Any) -> list[Any]:
        """A list with one row for each element that the way goes through, with what it asks of them."""
        inner = {
            source.partition(".")[2]: f"{call.id}/{name}"
            for name, source in call.node.for_each.items()
            if call.scope + source.partition(".")[0] == key
        }
        starts: list[int] = []
        for place, step in enumerate(self.found.steps):
            inside = step.at.startswith(f"{call.id}/")
            if (place > index and (step.at, step.arrow) == (call.id, "call")) or (
                inside and step.arrow == "next"
            ):
                starts.append(place)
            elif starts and inside and not step.to.startswith(f"{call.id}/"):
                break
        return [
            {
                cell.field: self._one(inner.get(cell.field, inner.get("", "")), place, cell, None)
                for cell in rules.of
            }
            for place in starts or [0]
        ]

    def _one(self, key: str, index: int, rules: Any, env: RunEnv | None) -> Any:
        samples = self._samples(key, index)
        usual = self.typist.value(rules, env, self.now)
        if samples is not None and [repr(one) for one in samples] == ["UNKNOWN"]:
            return None
        known = self._example(key, index)
        if isinstance(rules.equals, FieldRef) and env is not None and known is None:
            return usual
        if rules.type in ("date", "datetime") and self.rng.random() < 0.5:
            usual = self.typist.value(rules, env, self.now + timedelta(days=self.rng.choice(_APART)))
        if samples is None and rules.at_least is not None and rules.type in ("integer", "number", "money"):
            top = (
                rules.at_most
                if rules.at_most is not None
                else rules.at_least + self.rng.choice((10, 1000, 20_000))
            )
            return str(self.rng.randint(int(rules.at_least), max(int(rules.at_least), int(top))))
        if samples is None:
            return None if not rules.required and self.rng.random() < 0.3 else usual
        sample = self.rng.choice(samples)
        if sample is None or repr(sample) == "UNKNOWN":
            return None
        if isinstance(sample, Sealed) or sample in (OTHER, ()):
            return usual
        if rules.type == "integer":
            return str(int(sample))
        if rules.type == "money":
            return f"{sample:.2f}"
        return sample if isinstance(sample, bool | str) else str(to_wire(sample))

    def case(self) -> dict[str, Any]:
        """What is known as the run starts."""
        found = {s.field: self._typed(s.field, -1, s, None) for s in self.plan.procedure.case}
        return {name: value for name, value in found.items() if value is not None}

    def action(self, run: Run, index: int, step: Step) -> tuple[do.Action, list[str]]:
        """Something that may be meant by a step, and who may do it, the likeliest first."""
        node = self.plan.node(run.at)
        conditional = [one.item for one in getattr(node.node, "items", ()) if one.only_when is not None]
        self.skipped = {name for name in conditional if self.rng.random() < 0.5}
        everybody = sorted(PEOPLE, key=lambda _: self.rng.random())
        if step.arrow == GO_BACK:
            visited = [visit.node for visit in run.way if self.here(visit.node) == step.to]
            return do.GoBack(visited[-1], "because"), everybody
        arrow = step.arrow.removesuffix(SPENT)
        if arrow == "otherwise":
            return do.TakeOtherwise(run.at, "because"), everybody
        if arrow.endswith("at_limit"):
            dues = [
                clock.due for clock in running(self.plan, run, self.now) if clock.arrow == template(arrow)
            ]
            if dues:
                self.now = max(self.now, max(dues)) + timedelta(seconds=1)
            return do.TakeLimit(run.at), everybody
        if step.how == "waived":
            factors = proofs(self.rng, 1)
            values = dict(self._values(run, index))
            return do.Waive(run.at, "waived", "this", "that", "so", factors, values), everybody
        if isinstance(node.node, Decision):
            return do.Answer(run.at, step.arrow.removesuffix(SPENT), reason="so"), everybody
        action, who, pause = right(self.rng, self.plan, run, self.typist, self.now)
        self.now += pause
        assert isinstance(action, do.Answer)
        values = {**action.values, **dict(self._values(run, index))}
        choice = action.choice
        if isinstance(node.node, Confirmation):
            values |= self._again(
                self.here(run.scope), node.node, RunEnv(self.plan, run, run.scope, self.now)
            )
        if isinstance(node.node, Checklist):
            values = {n: value for n, value in values.items() if value is not None and n not in self.skipped}
            left = [one for one in values if one not in run.partial]
            # Items may be for different people, who answer them one after the other.
            several = any(one.by for one in node.node.items)
            values = {one: values[one] for one in (left[:1] if several else left)}
            choice = "done" if len(left) <= several else ""
            if not several and self.rng.random() < 0.9:
                choice = "done"
        if isinstance(node.node, Confirmation) and node.node.record:
            skipped = {
                spec.field
                for spec in node.node.record.fields
                if spec.only_when is not None and self.rng.random() < 0.5
            }
            values = {n: value for n, value in values.items() if value is not None and n not in skipped}
        field_name = (
            node.node.statement.field if isinstance(node.node, Confirmation) and node.node.statement else None
        )
        if field_name:
            yes = self._samples(self.here(run.scope) + field_name, index) or [True, False]
            choice = "affirmed" if self.rng.choice(yes) is True else "declined"
        if isinstance(node.node, Confirmation) and node.node.sign_off:
            choice = self.rng.choice(self._samples(self.here(run.at), index) or ["approved"])
        return do.Answer(action.node, choice, values, action.reason or "so", action.factors), [
            who,
            *everybody,
        ]

    def _again(self, scope: str, node: Confirmation, env: RunEnv) -> dict[str, Any]:
        """What has to be typed again as it was, and cannot be read any more."""
        names = [
            *((node.read_back.of,) if node.read_back else ()),
            *(node.sign_off.blind if node.sign_off else ()),
        ]
        gone = [
            name for name in names if isinstance(env.value(name), Sealed) and not env.value(name).available
        ]
        found = {name: self.typed[scope + name] for name in gone if self.typed.get(scope + name) is not None}
        if node.read_back and node.read_back.last and found:
            found = {name: str(text).replace(" ", "")[-node.read_back.last :] for name, text in found.items()}
        return found

    def _values(self, run: Run, index: int) -> Iterator[tuple[str, Any]]:
        node = self.plan.node(run.at)
        env, scope = RunEnv(self.plan, run, run.scope, self.now), self.here(run.scope)
        if isinstance(node.node, Confirmation) and node.node.record:
            for spec in node.node.record.fields:
                yield spec.field, self._typed(scope + spec.field, index, spec, env)
        statement = getattr(node.node, "statement", None)
        if statement is not None and statement.field:
            yield statement.field, self.rng.random() < 0.5
        for item in node.node.items if isinstance(node.node, Checklist) else ():
            key = f"{scope}{node.local}.{item.item}"
            if item.only_when is not None and item.item in self.skipped:
                continue
            samples = self._samples(key, index)
            if samples is not None and "not_applicable" in samples and self.rng.random() < 0.5:
                yield item.item, {"not_applicable": "it has none"}
                continue
            if item.field is not None:
                own = scope + item.field.field if item.field.field else key
                answer = self._typed(
                    own if self._samples(own, index) is not None else key, index, item.field, env
                )
            else:
                known = [one for one in samples or item.expect or item.answer_ids if one in item.answer_ids]
                answer = self.rng.choice(known or list(item.answer_ids))
            if answer is None or (samples is not None and samples == [None]):
                continue
            yield item.item, {"answer": answer, "said_by": "Ms Kiss"} if item.said_by else answer
