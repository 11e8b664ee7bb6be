"""Right and wrong answers to whatever a run asks for, with the people who could give them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.procedure.pattern_samples import samples
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.procedure.values import to_wire
from sop_runner.run import actions as do
from sop_runner.run.actions import Actor
from sop_runner.run.environment import RunEnv
from sop_runner.run.state import Run
from sop_runner.run.timing import waits_until
from tests.generated_fields import PATTERN

PEOPLE: Mapping[str, frozenset[str]] = {
    "ana": frozenset({"agent"}),
    "bela": frozenset({"supervisor", "checker"}),
    "cili": frozenset({"agent", "supervisor"}),
    "dora": frozenset({"manager", "agent"}),
    "emil": frozenset({"cleaner"}),
    "fay": frozenset({"agent", "supervisor", "manager", "checker", "officer", "technician"}),
    "geza": frozenset({"supervisor", "manager", "officer", "technician"}),
}
NAMED = {role: tuple(p for p, roles in PEOPLE.items() if role in roles)[:2] for role in ("agent", "supervisor", "manager", "checker")}  # fmt: skip


@dataclass
class Typist:
    """Types values, and remembers which texts must not be found in the log."""

    rng: Random
    count: int = 0
    secret: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)

    def value(self, rules: FieldRules, env: RunEnv | None, now: datetime, *, hidden: bool = False) -> Any:
        """A raw value that the field takes (mostly: what it must equal may be unknown)."""
        hidden = hidden or rules.keep != "plain"
        if isinstance(rules.equals, FieldRef) and env is not None:
            other = env.value(rules.equals.name)
            other = other.value if isinstance(other, Sealed) else other
            if other is not UNKNOWN:
                raw = to_wire(other)
                self.open |= set() if hidden else {str(raw)}
                return raw
        self.count += 1
        raw = self._raw(rules, env, now, hidden)
        if rules.type in ("text", "email", "phone", "link") or (
            rules.type == "number" and rules.at_most is None
        ):
            (self.secret if hidden else self.open).add(str(raw))
        return raw

    def _raw(self, rules: FieldRules, env: RunEnv | None, now: datetime, hidden: bool) -> Any:
        rng, n = self.rng, self.count
        match rules.type:
            case "text":
                if rules.matches is not None and rules.matches != PATTERN:
                    return _matching(rules.matches, n)
                return f"T-{rng.randint(0, 999):03d}x{n:05d}y"
            case "integer":
                return str(rng.choice((0, 3, 40, 900)))
            case "number":
                return (
                    f"{rng.randint(1, 9)}.{n:05d}7" if rules.at_most is None or rules.at_most >= 10 else "1"
                )
            case "money":
                return f"{rng.randint(1, 999)}.50"
            case "choice":
                return rng.choice(rules.choices or (("", None),))[0]
            case "yes-no":
                return rng.random() < 0.5
            case "date":
                return (now + timedelta(days=rng.randint(-3, 3))).date().isoformat()
            case "time":
                return f"{rng.randint(0, 23):02d}:30"
            case "datetime":
                return (now + timedelta(minutes=rng.randint(-90, 90))).isoformat(timespec="minutes")
            case "duration":
                return rng.choice(("30s", "15m", "1h 30m"))
            case "email":
                return f"ana{n:05d}x@example.org"
            case "phone":
                return f"+3620{n:07d}"
            case "link":
                return f"https://example.org/p{n:05d}x"
            case _:
                rows = rng.randint(1, min(3, int(rules.at_most or 3)))
                return [
                    {cell.field: self.value(cell, env, now, hidden=hidden) for cell in rules.of or ()}
                    for _ in range(rows)
                ]

    def leaked(self, recorded: str) -> set[str]:
        """The secret texts that stand in what was recorded."""
        return {text for text in self.secret - self.open if text in recorded}


def _matching(pattern: str, n: int) -> str:
    """A text of a pattern, for the simple ones of the shipped procedures another one each time."""
    text = re.sub(r"\[0-9\]\{(\d+)\}", lambda found: f"{n:0{found[1]}d}"[-int(found[1]) :], pattern)
    text = re.sub(r"\[A-Z\]\{(\d+)\}", lambda found: "HUNGARY"[: int(found[1])], text)
    if not re.fullmatch(pattern, text):
        others = samples(pattern)
        text = others[n % len(others)]
    return text


def proofs(rng: Random, count: int, accepted: tuple[str, ...] = ()) -> tuple[do.FactorProof, ...]:
    """Right factors of a signer, each of another kind."""
    names = [*accepted, "passphrase", "key", "face"][:3]
    kinds = ("knowledge", "possession", "inherence")
    return tuple(
        do.FactorProof(name, kind, True, f"ref-{rng.getrandbits(40):x}")
        for name, kind, _ in zip(names, kinds, range(count), strict=False)
    )


def who_may(rng: Random, run: Run, roles: tuple[str, ...], node: GraphNode) -> str:
    """Somebody who can probably act in one of the roles here."""
    for role in roles:
        holders = run.people.holders(role)
        free = [p for p, r in PEOPLE.items() if role in r and (role, p) not in run.people.barred]
        fit = [p for p in holders or free if not any((other, p) in run.people.acted for other in node.not_by)]
        if fit:
            return rng.choice(fit)
    return rng.choice([*PEOPLE])


def right(
    rng: Random, plan: Plan, run: Run, typist: Typist, now: datetime
) -> tuple[do.Action, str, timedelta]:
    """An answer that should be accepted, who gives it, and how long that person takes."""
    node = plan.node(run.at)
    env = RunEnv(plan, run, run.scope, now)
    who = who_may(rng, run, node.by, node)
    pause = timedelta(seconds=rng.choice((1, 5, 20)))
    spec = node.node
    if isinstance(spec, Checklist):
        return _checklist(rng, run, node, spec, typist, env, now), who, pause
    if isinstance(spec, Decision):
        outcome = rng.choice(spec.outcomes).outcome
        return do.Answer(run.at, outcome, reason="it looked so"), who, pause
    if isinstance(spec, Confirmation):
        return *_confirmation(rng, plan, run, node, spec, typist, env, now, who), pause
    ready = waits_until(plan, run, now)
    if ready is not None and ready > now and rng.random() < 0.8:
        pause += ready.astimezone(UTC) - now
    return do.Answer(run.at), who, pause


def _checklist(
    rng: Random, run: Run, node: GraphNode, spec: Checklist, typist: Typist, env: RunEnv, now: datetime
) -> do.Answer:
    values: dict[str, Any] = {}
    for item in spec.items:
        if item.item in run.partial or (item.only_when is not None and rng.random() < 0.4):
            continue
        if item.not_applicable == "reason" and rng.random() < 0.2:
            values[item.item] = {"not_applicable": "it has none"}
            continue
        if item.field is not None:
            given: Any = typist.value(item.field, env, now)
        else:
            given = rng.choice(item.expect or item.answer_ids)
        values[item.item] = {"answer": given, **({"said_by": "Ms Kiss"} if item.said_by else {})}
    if len(values) > 1 and rng.random() < 0.5:
        first = rng.choice([*values])
        return do.Answer(run.at, "", {first: values[first]})
    return do.Answer(run.at, "done", values)


def _confirmation(
    rng: Random, plan: Plan, run: Run, node: GraphNode, spec: Confirmation, typist: Typist, env: RunEnv,
    now: datetime, who: str,
) -> tuple[do.Answer, str]:  # fmt: skip
    at = run.at
    if spec.identity:
        proved = {piece.get("factor_kind") for piece in run.partial.values()}
        left = [f for f in spec.identity.factors if f.kind not in proved] or [*spec.identity.factors]
        factor = rng.choice(left)
        proof = do.FactorProof(factor.factor, factor.kind, True, f"ref-{rng.getrandbits(40):x}")
        return do.Answer(at, "", factors=(proof,)), who
    if spec.record:
        values = {}
        for one in spec.record.fields:
            if one.required or rng.random() < 0.6:
                values[one.field] = typist.value(one, env, now)
        return do.Answer(at, "done", values), who
    if spec.statement:
        return do.Answer(at, "affirmed"), who
    if spec.sign_off:
        values = {name: clear(env.value(name)) for name in spec.sign_off.blind}
        signers = [
            p for p in [*run.named.get(node.by[0], ()), *PEOPLE]
            if f"signer:{p}" not in run.partial and any(role in PEOPLE[p] for role in node.by)
            and not any((other, p) in run.people.acted for other in node.not_by)
        ]  # fmt: skip
        signer = rng.choice(signers[:3] or [who])
        factors = proofs(rng, spec.sign_off.need, spec.sign_off.factors)
        return do.Answer(at, "approved", values, reason="it is right", factors=factors), signer
    if spec.log_review:
        checks: dict[str, Any] = {str(n): True for n in range(1, len(spec.log_review.checks) + 1)}
        checks["extract"] = {"digest": "ab" * 32, "lines": 3, "name": "log.txt"}
        return do.Answer(at, "done", checks), who
    assert spec.read_back is not None
    text = clear(env.value(spec.read_back.of))
    if spec.read_back.last is not None:
        text = str(text).replace(" ", "")[-spec.read_back.last :]
    return do.Answer(at, "done", {spec.read_back.of: text}), who


def clear(value: Any) -> Any:
    """A stored value as somebody would type it again."""
    value = value.value if isinstance(value, Sealed) else value
    return "T-000" if value is UNKNOWN or value is None else to_wire(value)


def wrong(
    rng: Random, plan: Plan, run: Run, typist: Typist, now: datetime
) -> tuple[do.Action, str, timedelta]:
    """An answer with something wrong about it: the choice, the person, the item, the values."""
    action, who, pause = right(rng, plan, run, typist, now)
    assert isinstance(action, do.Answer)
    node = plan.node(run.at).node
    changes: list[dict[str, Any]] = [
        {"choice": rng.choice(("declined", "approved", "affirmed", "done", "", "no-such", "otherwise", "passed_over"))},
        {"node": rng.choice([*plan.nodes, "no-such-node", run.at + "/inner", ""])},
        {"node": rng.choice([visit.node for visit in run.way])},
        {"values": {**action.values, "no_such_field": "1"}},
        {"values": {name: rng.choice(("", None, "no", 7, True, [], {"a": 1}, "\x00\u202e[/]")) for name in action.values}},
        {"values": {}},
        {"reason": ""},
        {"factors": (), "choice": "done"},
        {"factors": (do.FactorProof("no-such", "knowledge", True, "r"),)},
        {"factors": tuple(do.FactorProof(f.factor, f.kind, False, f.ref) for f in action.factors)},
    ]  # fmt: skip
    if isinstance(node, Checklist):
        changes += [{"values": {item.item: "not-done" for item in node.items}}] * 3
    if isinstance(node, Confirmation) and node.log_review:
        changes += [{"values": {"1": False, "2": True}, "choice": "done"}] * 3
    change = rng.choice(changes)
    fields = {
        "node": action.node, "choice": action.choice, "values": action.values, "reason": action.reason,
        "factors": action.factors, **change,
    }  # fmt: skip
    if rng.random() < 0.4:
        who = rng.choice([*PEOPLE])
    return do.Answer(**fields), who, pause


def case_of(plan: Plan, typist: Typist, now: datetime) -> dict[str, Any]:
    """Values for the fields that are known before the run starts."""
    env = None
    return {
        spec.field: typist.value(spec, env, now)
        for spec in plan.procedure.case
        if spec.required or typist.rng.random() < 0.6
    }


def actor(person: str) -> Actor:
    """A person of the sample desk."""
    return Actor(person, PEOPLE[person])
