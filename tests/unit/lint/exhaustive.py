"""Every walk of the run core through a small procedure, and small procedures whose walks are few enough."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision, Step
from sop_runner.procedure.pattern_texts import all_texts
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.decide import decide
from sop_runner.run.facts import Facts, Gain
from sop_runner.run.going import Accepted
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from tests.answers import NAMED, actor, proofs
from tests.walker import START

Tree = dict[str, Any]
CONTROLS = ("a", "b")
FAY = actor("fay")
SOME = {
    "number": ("0", "0.5", "1"), "money": ("0", "0.01", "1"), "text": ("p", "q", "w"),
    "date": ("2026-06-01", "2026-06-02", "2026-06-05"), "duration": ("0s", "30s", "1h"),
    "datetime": ("2026-06-01 10:00", "2026-06-01 12:00", "2026-06-02 00:00"), "time": ("00:00", "10:00", "10:01"),
}  # fmt: skip
"""Some values of the types that have too many for every walk."""
_EITHER = (True, False)
_LISTS: tuple[list[Tree], ...] = (
    [],
    *([{"line": one}] for one in _EITHER),
    *([{"line": one}, {"line": other}] for one in _EITHER for other in _EITHER),
)


@dataclass(frozen=True)
class Clock:
    """By how much time passes before an action, again and again, and how old the dates are that are typed."""

    step: timedelta = timedelta(0)
    ages: tuple[timedelta, ...] = ()
    times: tuple[time, ...] = ()
    """Where these are given, `ages` are counted in days from each of them today."""
    most: timedelta = timedelta.max
    """What is older than this is as good as what is older still."""

    today: bool = False
    """Whether anything is held against the day on which the run began."""

    def since(self, now: datetime) -> Any:
        """What tells a time apart from others: how long the run lasts, and nothing where no day is held against today."""
        return min(now - START, self.most) if self.today else None

    def typed(self, spec: FieldRules, now: datetime) -> Iterable[Any]:
        """What a field takes, typed now."""
        if not self.ages:
            return _typed(spec)
        from_ = [datetime.combine(now, one, now.tzinfo) for one in self.times] or [now]
        moments = [one - age for one in from_ for age in self.ages]
        if spec.type == "date":
            return [one.date().isoformat() for one in moments]
        return [f"{one:%Y-%m-%d %H:%M}" for one in moments]

    def seen(self, value: Any, now: datetime) -> str:
        """What tells a value apart from others; of a time that is how old it is, and where in its day it lies."""
        if not self.ages or not isinstance(value, date):
            return str(value)
        if not isinstance(value, datetime):
            beside = str(value - START.date()) if self.today else ""
            return f"{min(now.date() - value, self.most)} {beside}"
        return f"{min(now - value, self.most)} {value:%H:%M}"

    def left(self, gain: Gain, now: datetime) -> Any:
        """How long a control is fresh yet."""
        ends = [] if gain.until is None else [gain.until]
        if gain.day is not None:
            ends.append(datetime.combine(gain.day + timedelta(days=1), time(), now.tzinfo))
        return [max(one - now, timedelta(seconds=-1)) for one in ends]


_ASKED = re.compile(
    r"^'([^']+)' still needs (.*?)(?:, and these have gone stale:.*|\. Go back.*)$", re.DOTALL
)


def asked_for(refusal: str) -> set[tuple[str, str]]:
    """The node and the controls that a refusal says were not gained."""
    match = _ASKED.match(refusal)
    if match is None:
        return set()
    return {(template(match[1]), control) for control in re.findall(r"'([^']+)' \(←", match[2])}


@dataclass
class Walked:
    """What all walks came to; `complete` where none was cut off.

    `missing` are the controls that were asked for in vain, each with how many moves were made before
    the action that was refused for want of it.
    """

    missing: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    complete: bool = True


def walk_all(plan: Plan, most: int = 4_000, *, going_back: bool = True, clock: Clock | None = None) -> Walked:
    """Take every action in every state that the core comes to, fewest moves first."""
    clock = clock or Clock()
    found = Walked()
    seen: set[Any] = set()
    waiting: deque[tuple[Run, datetime, int]] = deque()

    def stand(run: Run, now: datetime, moves: int) -> None:
        key = _key(run, clock, now)
        if key not in seen:
            seen.add(key)
            waiting.append((run, now, moves))

    def judge(judged: Any, now: datetime, moves: int) -> None:
        if isinstance(judged, Accepted):
            stand(judged.run, now, moves + sum(event.type in ev.MOVES for event in judged.events))
            return
        for claim in asked_for(str(judged.message)):
            found.missing.setdefault(claim, set()).add(moves)

    given = do.Given(FAY, START, bytes(32))
    judge(decide_start(plan, do.Start("run-1", "CR-1", "UTC", {}, NAMED, training=True), given), START, 0)
    while waiting:
        if len(seen) > most:
            found.complete = False
            break
        run, now, moves = waiting.popleft()
        if run.status != "open":
            continue
        for action in _actions(plan, run, clock, now, going_back=going_back):
            judge(decide(plan, run, action, do.Given(FAY, now, bytes(32))), now, moves)
        stand(run, now + clock.step, moves)
    return found


def _actions(plan: Plan, run: Run, clock: Clock, now: datetime, *, going_back: bool) -> Iterator[do.Action]:
    node = plan.node(run.at)
    here = run.at
    values: list[Tree] = [{}]
    match node.node:
        case Step():
            yield do.Answer(here)
        case Decision(outcomes=outcomes):
            yield from (do.Answer(here, one.outcome, reason="so") for one in outcomes)
        case Confirmation(record=record) if record is not None:
            values = [{}]
            for spec in record.fields:
                typed = [{spec.field: value} for value in clock.typed(spec, now)] + (
                    [] if spec.required else [{}]
                )
                values = [{**one, **more} for one in values for more in typed]
            yield from (do.Answer(here, "done", one) for one in values)
        case Confirmation():
            yield do.Answer(here, "affirmed")
            yield do.Answer(here, "declined")
        case Checklist(items=items):
            for answer in items[0].answer_ids:
                yield do.Answer(here, "done", {one.item: answer for one in items})
        case _:
            pass
    if "otherwise" in node.arrows:
        yield do.TakeOtherwise(here, "because")
    if node.waivable_by:
        signed = proofs(Random(1), 1)
        yield from (do.Waive(here, "waived", "this", "that", "so", signed, one) for one in values)
    for name in dict.fromkeys(visit.node for visit in run.way):
        if name != here and going_back:
            yield do.GoBack(name, "because")


def _typed(spec: FieldRules) -> Iterable[Any]:
    """Every value that a field takes; of a list all of at most two rows."""
    match spec.type:
        case "list":
            return _LISTS
        case "integer":
            assert spec.at_least is not None
            assert spec.at_most is not None
            return map(str, range(int(spec.at_least), int(spec.at_most) + 1))
        case "text" if spec.matches is not None:
            return sorted(all_texts(spec.matches, 9) or ())
        case "choice":
            return [name for name, _ in spec.choices or ()]
        case "yes-no":
            return _EITHER
        case kind:
            return SOME[kind]


def _key(run: Run, clock: Clock, now: datetime) -> Any:
    def facts(those: Facts) -> Any:
        return _facts(those, clock, now)

    way = tuple((visit.node, facts(run.way.facts(index))) for index, visit in enumerate(run.way))
    still = tuple(sorted(one.node for one in run.open))
    jumps = tuple(sorted(run.jumps.items()))
    return (
        run.at,
        run.status,
        facts(run.facts),
        way,
        jumps,
        tuple(sorted(run.kept_jumps)),
        still,
        clock.since(now),
    )


def _facts(facts: Facts, clock: Clock, now: datetime) -> Any:
    fields = tuple(sorted((name, clock.seen(one.value, now)) for name, one in facts.fields.items()))
    decided = tuple(sorted((name, one.outcome, one.imposes) for name, one in facts.decisions.items()))
    calls = tuple(sorted((name, one.element, one.elements, tuple(sorted(one.incomplete)), tuple(sorted(one.given)))
                         for name, one in facts.frames.items()))  # fmt: skip
    controls = tuple((name, *clock.left(facts.controls[name], now)) for name in sorted(facts.controls))
    return fields, controls, decided, calls


class Small:
    """A procedure of a few nodes over yes-no fields, with everything that decides about controls but time."""

    kinds: tuple[str, ...] = (
        "record", "record", "consent", "consent", "step", "step", "rule", "answer", "list", "check", "call", "each",
    )  # fmt: skip
    passed_over = 0.3
    bounded = 0.3
    irreversible = 0.2
    held = 0.0
    longest = 2

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.known: list[str] = []
        self.lists: list[str] = []
        self.ids: list[str] = []
        self.steps: list[str] = []

    def files(self) -> tuple[Tree, Tree]:
        """The procedure and what it may call."""
        rng = self.rng
        count = rng.randint(3, 6)
        planned = [f"n-{number}" for number in range(count)]
        flow = []
        for number, name in enumerate(planned):
            flow.append(self._common(self._node(name), planned[number + 1 :]))
            self.ids.append(name)
        if len(flow) > 3 and self.known and rng.random() < 0.3:
            part: Tree = {"section": "part", "title": "Part", "flow": flow[2:]}
            if rng.random() < 0.7:
                part["only_when"] = {self.known[0]: rng.random() < 0.7}
            flow = [*flow[:2], part]
        ends = [
            {"end": "closed", "result": "completed", "requires": self._some()},
            {"end": "failed", "result": "failed"},
        ]
        undo = [{"step": "undo", "do": "Put it right."}] if self.steps else []
        return procedure("main", [*flow, *undo, *ends]), self._callee()

    def _callee(self) -> Tree:
        rng = self.rng
        flow: list[Tree] = [
            {"confirmation": "inner", "statement": {"of": "customer", "text": "I agree."}, "satisfies": self._some(),
             "otherwise": "off"},
            {"step": "act", "do": "Act.", "requires": self._some(0.4), "invalidates": self._some(0.3),
             "only_when": {"line": rng.random() < 0.5}, "otherwise": "off"},
            {"end": "on", "result": "completed", "requires": self._some(0.4)},
            {"end": "off", "result": "failed"},
        ]  # fmt: skip
        return {**procedure("callee", flow), "case": [{"field": "line", "type": "yes-no"}]}

    def _some(self, chance: float = 1.0) -> list[str]:
        if self.rng.random() >= chance:
            return []
        return self.rng.sample(CONTROLS, self.rng.choice((1, 1, 2)))

    def _node(self, name: str) -> Tree:
        rng = self.rng
        kind = rng.choice(self.kinds)
        if kind == "record":
            self.known.append(f"f_{name[2:]}")
            field_ = {"field": self.known[-1], "type": "yes-no", "required": rng.random() < 0.8}
            return {"confirmation": name, "record": {"fields": [field_]}, "satisfies": self._some(0.4)}
        if kind == "list":
            self.lists.append(f"l_{name[2:]}")
            of = [{"field": "line", "type": "yes-no"}]
            return {
                "confirmation": name,
                "record": {
                    "fields": [{"field": self.lists[-1], "type": "list", "of": of, "at_most": self.longest}]
                },
            }
        if kind == "consent":
            return {
                "confirmation": name,
                "statement": {"of": "customer", "text": "I agree."},
                "satisfies": self._some(),
            }
        if kind == "check":
            items = [{"item": "one", "ask": "So?", "answers": ["done", "not-done"], "expect": ["done"]}]
            return {"checklist": name, "items": items, "satisfies": self._some(0.8)}
        if kind == "call":
            given = (
                {"field": rng.choice(self.known)} if self.known and rng.random() < 0.6 else rng.random() < 0.5
            )
            return {"call": name, "procedure": "callee", "revision": 1, "given": {"line": given},
                    "ends": {"off": rng.choice(("failed", "next"))}, "satisfies": self._some(0.5)}  # fmt: skip
        if kind == "each" and self.lists:
            return {"call": name, "procedure": "callee", "revision": 1, "for_each": {"line": f"{rng.choice(self.lists)}.line"},
                    "ends": {"off": rng.choice(("failed", "next"))}, "satisfies": self._some(0.5)}  # fmt: skip
        if kind in ("rule", "answer"):
            return self._decision(name, kind)
        step: Tree = {"step": name, "do": "Do it.", "irreversible": rng.random() < self.irreversible}
        if rng.random() < 0.2:
            step["undone_by"] = "undo"
            self.steps.append(name)
        return step

    def _decision(self, name: str, kind: str) -> Tree:
        rng = self.rng
        outcomes: list[Tree] = [{"outcome": "yes"}, {"outcome": "no"}]
        for one in outcomes:
            if rng.random() < 0.3:
                one["imposes"] = self._some()
            if rng.random() < 0.3:
                one["satisfies"] = self._some()
            if self.known and rng.random() < 0.2:
                one["sets"] = {rng.choice(self.known): rng.random() < 0.5}
        rule = kind == "rule" and bool(self.known)
        if rule:
            outcomes[0]["when"] = {rng.choice(self.known): rng.random() < 0.5}
        return {
            "decision": name,
            "ask": "Which?",
            "decided_by": "rule" if rule else "answer",
            "outcomes": outcomes,
        }

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        rng, kind = self.rng, next(iter(node))
        targets = [*ahead, "closed", "failed"]
        if rng.random() < 0.25:
            node["requires"] = self._some()
        if rng.random() < 0.2:
            node["invalidates"] = self._some()
        if self.held and rng.random() < self.held:
            node["only_when"] = {"held": [rng.choice(CONTROLS)]}
        elif self.known and rng.random() < self.passed_over:
            node["only_when"] = {rng.choice(self.known): rng.random() < 0.6}
        if kind != "call" and rng.random() < 0.4:
            node["otherwise"] = self._jump(targets)
        if kind == "decision":
            for one in node["outcomes"]:
                if rng.random() < 0.5:
                    one["then"] = self._jump(targets)
        elif rng.random() < 0.2:
            node["then"] = self._jump(targets)
        if kind in ("step", "checklist", "confirmation") and rng.random() < 0.2:
            node["waivable"] = {"by": "supervisor"}
        return node

    def _jump(self, targets: list[str]) -> Any:
        if self.ids and self.rng.random() < self.bounded:
            return {"to": self.rng.choice(self.ids), "at_most": 1, "otherwise": self.rng.choice(targets)}
        return self.rng.choice(targets)


class Turning(Small):
    """One in which much depends on how often a way was taken before somebody went back."""

    kinds = ("record", "record", "consent", "step", "rule", "rule", "answer", "answer", "check", "call")
    passed_over = 0.5
    bounded = 0.7
    irreversible = 0.1
    held = 0.15


class Elements(Small):
    """One in which much depends on what was done in which element of a call for each, before somebody went back."""

    kinds = ("record", "consent", "step", "rule", "answer", "each", "each", "each", "list")
    irreversible = 0.1
    calls = "each"

    def _node(self, name: str) -> Tree:
        rng = self.rng
        if not self.lists and self.calls == "each":
            self.kinds = ("list",)
        elif not self.ids or len(self.ids) == 1:
            self.kinds = (self.calls,)
        else:
            self.kinds = type(self).kinds
        node = super()._node(name)
        if "call" in node and rng.random() < 0.3:
            node["ends"] = {"off": self._jump(["closed", "failed"])}
        return node

    def _callee(self) -> Tree:
        rng = self.rng
        case = [{"field": "line", "type": "yes-no"}]
        ahead = ["inner", "way", "act", "ask", "on", "off"]
        outcomes: list[Tree] = [
            {"outcome": "again", "then": {"to": rng.choice(ahead[:4]), "at_most": 1, "otherwise": rng.choice(ahead[4:])}},
            {"outcome": "enough"},
        ]  # fmt: skip
        if rng.random() < 0.3:
            outcomes[1]["imposes"] = self._some()
        inner: Tree = {"confirmation": "inner", "statement": {"of": "customer", "text": "I agree."},
                       "satisfies": self._some(), "otherwise": "off"}  # fmt: skip
        if rng.random() < 0.5:
            inner["only_when"] = {"line": rng.random() < 0.5}
        act: Tree = {"step": "act", "do": "Act.", "requires": self._some(0.6), "invalidates": self._some(0.2)}
        if rng.random() < 0.3:
            act["otherwise"] = self._bounded(ahead)
        flow: list[Tree] = [
            inner,
            {"decision": "way", "ask": "Which?", "decided_by": "rule", "outcomes": [
                {"outcome": "past", "when": {"line": rng.random() < 0.5}, "then": rng.choice(ahead[3:])}, {"outcome": "along"}]},
            act,
            {"decision": "ask", "ask": "Again?", "decided_by": "answer", "outcomes": outcomes},
            {"end": "on", "result": "completed", "requires": self._some(0.7)},
            {"end": "off", "result": "failed"},
        ]  # fmt: skip
        if rng.random() < 0.4:
            flow[0], flow[1] = flow[1], flow[0]
        return {**procedure("callee", flow), "case": case}

    def _bounded(self, ahead: list[str]) -> Tree:
        to, other = self.rng.choice(ahead[:4]), self.rng.choice(ahead[4:])
        return {"to": to, "at_most": 1, "otherwise": other}


class Counted(Elements):
    """One whose ways depend on how many rows a list has."""

    def files(self) -> tuple[Tree, Tree]:
        """The same, with conditions on the number of rows."""
        main, callee = super().files()
        rng, name = self.rng, self.lists[0]
        flow = [one for node in main["flow"] for one in node.get("flow", [node])]
        for node in flow[1:-2]:
            test = {"rows": {rng.choice(("is", "is_not", "more_than", "at_most")): rng.choice((0, 1, 1, 2))}}
            if "decision" in node:
                node["decided_by"] = "rule"
                node["outcomes"][0]["when"] = test
            elif rng.random() < 0.4:
                node["only_when"] = test
        return {**main, "derive": {"rows": {"count": name}}}, callee


class Called(Elements):
    """The same in a call that is made once."""

    kinds = ("record", "consent", "step", "rule", "answer", "call", "call")
    calls = "call"


def procedure(name: str, flow: list[Tree]) -> Tree:
    """A file with this flow."""
    return {
        "format": "sop/1", "procedure": name, "revision": 1, "title": "Small", "purpose": "Be walked.",
        "effective_from": "2026-01-01", "review_by": "2027-01-01",
        "roles": {"agent": "Acts.", "supervisor": "Rules."}, "by": "agent",
        "controls": dict.fromkeys(CONTROLS, "It was done."), "flow": flow,
    }  # fmt: skip
