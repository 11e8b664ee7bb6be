"""Every walk of the run core through a small procedure, and what it comes to."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sop_runner.machine.graph import SPENT, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision, Item, Step
from sop_runner.procedure.pattern_texts import all_texts
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.decide import carry_out, decide
from sop_runner.run.environment import RunEnv
from sop_runner.run.facts import Facts, Gain
from sop_runner.run.going import Accepted, Going, No
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from sop_runner.run.timing import only_way
from tests.answers import NAMED, actor, proofs
from tests.walker import START

Tree = dict[str, Any]
FAY, GEZA, BELA = actor("fay"), actor("geza"), actor("bela")
"""Who acts as agent, who signs, and who rules."""
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
    the action that was refused for want of it; `still_open` are ends that were refused, each with a step that was open.
    """

    missing: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    still_open: set[tuple[str, str]] = field(default_factory=set)
    entered: set[str] = field(default_factory=set)
    outcomes: set[tuple[str, str]] = field(default_factory=set)
    offers_nothing: set[str] = field(default_factory=set)
    """Decisions that somebody stood at and that left nothing to choose."""
    complete: bool = True

    def take(self, plan: Plan, judged: Accepted) -> None:
        """Note where the moves of an action came from and led to."""
        for event in judged.events:
            if event.type in ev.MOVES and event.type != ev.NODE_PASSED_OVER:
                at, arrow = template(event.at or ""), template(event.arrow or "").removesuffix(SPENT)
                self.entered.add(at)
                self.outcomes.add((at, arrow))
        run = judged.run
        self.entered.add(template(run.at))
        node = plan.node(run.at).node
        if run.status == "open" and isinstance(node, Decision):
            env = RunEnv(plan, run, run.scope, run.last)
            if not any(one.when is None or holds(one.when, env) for one in node.outcomes):
                self.offers_nothing.add(template(run.at))


def walk_all(plan: Plan, most: int = 4_000, *, going_back: bool = True, clock: Clock | None = None) -> Walked:
    """Take every action in every state that the core comes to, fewest moves first."""
    clock = clock or Clock()
    found = Walked()
    seen: set[Any] = set()
    waiting: deque[tuple[Run, datetime, int]] = deque()

    def stand(run: Run, now: datetime, moves: int) -> None:
        key = _key(plan, run, clock, now)
        if key not in seen:
            seen.add(key)
            waiting.append((run, now, moves))

    def judge(judged: Any, now: datetime, moves: int) -> None:
        if isinstance(judged, Accepted):
            found.take(plan, judged)
            stand(judged.run, now, moves + sum(event.type in ev.MOVES for event in judged.events))
            return
        for claim in asked_for(str(judged.message)):
            found.missing.setdefault(claim, set()).add(moves)

    steps = any(node.undone_by for node in plan.graph.nodes.values())
    given = do.Given(FAY, START, bytes(32))
    judge(decide_start(plan, do.Start("run-1", "CR-1", "UTC", {}, NAMED, training=True), given), START, 0)
    while waiting:
        if len(seen) > most:
            found.complete = False
            break
        run, now, moves = waiting.popleft()
        if run.status != "open":
            continue
        for who, action in _actions(plan, run, clock, now, going_back=going_back):
            given = do.Given(who, now, bytes(32))
            judged = decide(plan, run, action, given)
            judge(judged, now, moves)
            if steps and not isinstance(judged, Accepted):
                found.still_open |= _open_at(plan, run, action, given)
        stand(run, now + clock.step, moves)
    return found


def _open_at(plan: Plan, run: Run, action: do.Action, given: do.Given) -> set[tuple[str, str]]:
    """The end that an action is refused at, with each step of its scope that is open."""
    going = Going(plan, run, given, lazy=True)
    with suppress(No):
        carry_out(going, action)
    at = template(going.run.at)
    there = plan.nodes[at]
    steps = {template(one.node) for one in going.run.open} if there.kind == "end" else set()
    return {(at, step) for step in steps if step.startswith(there.scope)}


def _actions(
    plan: Plan, run: Run, clock: Clock, now: datetime, *, going_back: bool
) -> Iterator[tuple[do.Actor, do.Action]]:
    node = plan.node(run.at)
    here = run.at
    who = FAY if "agent" in node.by else GEZA
    values: list[Tree] = [{}]
    match node.node:
        case Step():
            yield who, do.Answer(here)
        case Decision(outcomes=outcomes):
            yield from ((who, do.Answer(here, one.outcome, reason="so")) for one in outcomes)
        case Confirmation(record=record) if record is not None:
            for spec in record.fields:
                typed = [{spec.field: value} for value in clock.typed(spec, now)] + (
                    [] if spec.required else [{}]
                )
                values = [{**one, **more} for one in values for more in typed]
            yield from ((who, do.Answer(here, "done", one)) for one in values)
        case Confirmation(identity=identity) if identity is not None:
            for one in identity.factors:
                yield (
                    who,
                    do.Answer(here, "", factors=(do.FactorProof(one.factor, one.kind, True, one.kind),)),
                )
        case Confirmation(sign_off=sign_off) if sign_off is not None:
            for choice in ("approved", "declined"):
                yield who, do.Answer(here, choice, reason="so", factors=proofs(Random(1), sign_off.need))
        case Confirmation(statement=statement):
            if statement is not None and statement.field:
                values = [{statement.field: one} for one in _EITHER]
            yield who, do.Answer(here, "affirmed")
            yield who, do.Answer(here, "declined")
        case Checklist(items=items):
            yield from ((who, do.Answer(here, "done", one)) for one in _answers(items))
            if node.waivable_by:  # somebody may rule after some answers
                yield from (
                    (who, do.Answer(here, "", {one.item: answer}))
                    for one in items
                    for answer in one.answer_ids
                    if one.item not in run.partial
                )
        case _:
            pass
    if "otherwise" in node.arrows:
        yield who, do.TakeOtherwise(here, "because")
    if only_way(plan, run, now) is not None:
        yield who, do.TakeLimit(here)
    if node.waivable_by:
        signed = proofs(Random(1), 1)
        yield from ((BELA, do.Waive(here, "waived", "this", "that", "so", signed, one)) for one in values)
    for name in dict.fromkeys(visit.node for visit in run.way):
        if name != here and going_back:
            yield who, do.GoBack(name, "because")


def _answers(items: Iterable[Item]) -> list[Tree]:
    """Every way to answer the items, those left out that may not be asked."""
    found: list[Tree] = [{}]
    for one in items:
        answers: list[Any] = [*one.answer_ids]
        if one.not_applicable == "reason":
            answers.append({"not_applicable": "it has none"})
        left = found if one.only_when is not None else []
        found = [{**before, one.item: answer} for before in found for answer in answers] + left
    return found


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


def _key(plan: Plan, run: Run, clock: Clock, now: datetime) -> Any:
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
        tuple(sorted((name, str(piece.get("answer"))) for name, piece in run.partial.items())),
        _running(plan, run, clock, now),
    )


def _running(plan: Plan, run: Run, clock: Clock, now: datetime) -> Any:
    """How long what limits count from is over."""
    timed = [node for node in plan.graph.nodes.values() if node.time is not None]
    if not timed and not any(
        isinstance(one.node, Step) and one.node.wait for one in plan.graph.nodes.values()
    ):
        return ()
    since = {"": run.entered}
    since |= {one: frame.since for one, frame in run.facts.frames.items() if frame.since is not None}
    from_ = {node.scope + node.time.from_ for node in timed if node.time is not None and node.time.from_}
    since |= {f"done {one}": when for one, when in run.done_at.items() if template(one) in from_}
    return tuple((one, min(now - since[one], clock.most)) for one in sorted(since))


def _facts(facts: Facts, clock: Clock, now: datetime) -> Any:
    fields = tuple(sorted((name, clock.seen(one.value, now)) for name, one in facts.fields.items()))
    decided = tuple(sorted((name, one.outcome, one.imposes) for name, one in facts.decisions.items()))
    calls = tuple(sorted((name, one.element, one.elements, tuple(sorted(one.incomplete)), tuple(sorted(one.given)))
                         for name, one in facts.frames.items()))  # fmt: skip
    controls = tuple((name, *clock.left(facts.controls[name], now)) for name in sorted(facts.controls))
    return fields, controls, decided, calls
