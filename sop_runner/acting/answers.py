"""From an item of `do` to what people ask of the run: the given answer, or sample evidence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sop_runner.base.message import Message
from sop_runner.procedure.base_types import say
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.evidence import SignOff
from sop_runner.procedure.fields import FieldSpec
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.procedure.value_types import UNKNOWN, is_known
from sop_runner.procedure.values import parse, to_wire
from sop_runner.run.actions import Action, Answer, FactorProof, TakeLimit, TakeOtherwise
from sop_runner.run.answers.decision import offered
from sop_runner.run.environment import RunEnv
from sop_runner.run.going import Refused

from .cast import Cast
from .checklist import checklist_acts
from .samples import Pick, lengths_in, look_in, sample
from .scene import Act, Scene

REASON = "As the scenario says."
EXTRACT = {"digest": "0" * 64, "lines": 3, "name": "sample.log"}
PASS, FAIL = ("pass", "true"), ("fail", "false")


class BadAnswer(Exception):
    """The answer of a `do` item does not fit the node it is for."""


def acts_for(scene: Scene, cast: Cast, node: str, answer: Any = None, by: str = "") -> tuple[Act, ...]:
    """Who asks for what so that `node` is answered with `answer`; None is a bare item, taken as affirmed.

    Raises BadAnswer, NoSample or NobodyMapped where that cannot be said. A node that is not at
    hand is answered all the same: the run refuses it.
    """
    here = scene.plan.node(scene.run.at)

    def who(signing: bool = False) -> str:
        return by or cast.at(scene.run, here.by, here.not_by, signing=signing)

    if answer == "otherwise":
        return _one(cast, who(), TakeOtherwise(node, REASON))
    if answer == "at_limit":
        return _one(cast, who(), TakeLimit(node))
    if node != scene.run.at and not scene.run.abandoning:
        return _one(cast, by or cast.anybody(scene.run, here.by), Answer(node, _choice(answer)))
    target = scene.plan.node(node).node
    if isinstance(target, Checklist):
        return checklist_acts(scene, cast, target, answer, by)
    if isinstance(target, Decision):
        return _one(cast, who(), Answer(node, _outcome(scene, cast, who(), answer), reason=REASON))
    if isinstance(target, Confirmation):
        if target.sign_off is not None:
            return _signatures(scene, cast, node, target.sign_off, answer, by)
        return _one(cast, who(), _CONFIRM[target.evidence](scene, node, target, answer))
    if isinstance(answer, Mapping):
        raise BadAnswer(f"'{node}' is reported as done, it takes no {say(answer)}")
    return _one(cast, who(), Answer(node, "done" if answer is None else say(answer)))


def _one(cast: Cast, person: str, action: Action) -> tuple[Act, ...]:
    return ((cast.actor(person), action),)


def _choice(answer: Any) -> str:
    return "done" if answer is None or isinstance(answer, Mapping) else say(answer)


def _word(answer: Any, default: str) -> str:
    return default if answer is None or answer == "affirmed" else say(answer)


def _outcome(scene: Scene, cast: Cast, person: str, answer: Any) -> str:
    if isinstance(answer, Mapping):
        raise BadAnswer(f"'{scene.run.at}' is decided by the name of an outcome, not by {say(answer)}")
    if answer is not None and answer != "affirmed":
        return say(answer)
    choices = offered(scene.going(cast.actor(person)))
    return choices[0].outcome if choices else "affirmed"


def _identity(scene: Scene, node: str, target: Confirmation, answer: Any) -> Answer:
    assert target.identity is not None
    kinds = {factor.factor: factor.kind for factor in target.identity.factors}
    if answer is not None and not isinstance(answer, Mapping) and answer != "affirmed":
        return Answer(node, say(answer), reason=REASON)
    if isinstance(answer, Mapping):
        results = {str(name): _passed(node, name, result) for name, result in answer.items()}
    else:
        proved = {p["factor_kind"] for p in scene.run.partial.values() if p.get("kind") == "factor"}
        results = {}
        for name, kind in kinds.items():
            if kind not in proved and len(proved) < target.identity.need:
                proved.add(kind)
                results[name] = True
    return Answer(node, "", factors=_proofs(scene, results, kinds))


def _passed(node: str, name: Any, result: Any) -> bool:
    word = say(result).casefold()
    if word not in PASS + FAIL:
        raise BadAnswer(f"'{name}' of '{node}' is 'pass' or 'fail', not '{say(result)}'")
    return word in PASS


def _proofs(scene: Scene, results: Mapping[str, bool], kinds: Mapping[str, str]) -> tuple[FactorProof, ...]:
    return tuple(
        # Named by run and moment: the same proof twice in a log is a finding.
        FactorProof(
            name,
            kinds.get(name, "knowledge"),
            right,
            ref=f"sample {scene.run.id} {scene.run.seq} {name}" if right else "",
        )
        for name, right in results.items()
    )


def _record(scene: Scene, node: str, target: Confirmation, answer: Any) -> Answer:
    assert target.record is not None
    if isinstance(answer, Mapping):
        return Answer(node, "done", lengths_in(target.record.fields, _given(answer)))
    return Answer(node, _word(answer, "done"), sample_fields(scene, target.record.fields))


def _given(answer: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in answer.items()}


def sample_fields(
    scene: Scene, specs: Iterable[FieldSpec], given: Mapping[str, Any] | None = None, pick: Pick = sample
) -> dict[str, Any]:
    """Sample values of every field that is asked, around those given."""
    values: dict[str, Any] = dict(given or {})
    known: dict[str, Any] = {}
    env = RunEnv(scene.plan, scene.run, scene.run.scope, scene.now, known)
    for spec in specs:
        known[spec.field] = UNKNOWN
    for spec in specs:
        if spec.only_when is not None and not holds(spec.only_when, env):
            continue
        if spec.field not in values:
            look = look_in(known, scene.value)
            values[spec.field] = pick(spec, spec.field, look, scene.now, scene.run.zone)
        known[spec.field] = typed_or_raw(scene, spec, values[spec.field])
        env = RunEnv(scene.plan, scene.run, scene.run.scope, scene.now, known)
    return values


def typed_or_raw(scene: Scene, spec: FieldSpec, raw: Any) -> Any:
    """The value as conditions read it, or as it was given where the field does not take it."""
    typed = None if raw is None else parse(spec, raw, zone=scene.run.zone)
    return UNKNOWN if typed is None or isinstance(typed, Message) else typed


def _statement(scene: Scene, node: str, target: Confirmation, answer: Any) -> Answer:
    if isinstance(answer, Mapping):
        assert target.statement is not None
        value = next(iter(answer.values()), None)
        return Answer(
            node, "affirmed" if _passed(node, target.statement.field, value) else "declined", reason=REASON
        )
    return Answer(node, "affirmed" if answer == "done" else _word(answer, "affirmed"), reason=REASON)


def _log_review(scene: Scene, node: str, target: Confirmation, answer: Any) -> Answer:
    review = target.log_review
    assert review is not None
    if not isinstance(answer, Mapping):
        numbers = [str(n) for n in range(1, len(review.checks) + 1)]
        values: dict[str, Any] = {n: True for n in numbers if f"check:{n}" not in scene.run.partial}
        return Answer(node, _word(answer, "done"), {**values, "extract": EXTRACT}, REASON)
    given = {
        str(name): (value if isinstance(value, Mapping) else EXTRACT)
        if name == "extract"
        else _passed(node, name, value)
        for name, value in answer.items()
    }
    answered = {key.removeprefix("check:") for key in scene.run.partial} | set(given)
    complete = all(str(n) in answered for n in range(1, len(review.checks) + 1))
    if review.extract == "required" and all(value is not False for value in given.values()):
        complete = complete and ("extract" in given or "extract:" in scene.run.partial)
    return Answer(node, "done" if complete else "", given, REASON)


def _read_back(scene: Scene, node: str, target: Confirmation, answer: Any) -> Answer:
    read_back = target.read_back
    assert read_back is not None
    if isinstance(answer, Mapping):
        return Answer(node, "done", _given(answer))
    value = scene.value(read_back.of)
    if is_known(value) and read_back.last is not None:
        value = "".join(str(to_wire(value)).split())[-read_back.last :]
    return Answer(node, _word(answer, "done"), {read_back.of: value} if is_known(value) else {}, REASON)


_CONFIRM: Mapping[str, Callable[[Scene, str, Confirmation, Any], Answer]] = {
    "identity": _identity,
    "record": _record,
    "statement": _statement,
    "log_review": _log_review,
    "read_back": _read_back,
}

_SIGNER_KINDS = ("knowledge", "possession", "inherence")
_SIGNER_FACTORS = {"knowledge": "passphrase", "possession": "totp", "inherence": "fingerprint"}


def signer_proofs(
    scene: Scene, sign_off: SignOff | None, given: Mapping[str, bool]
) -> tuple[FactorProof, ...]:
    """The factors a signer proves: those named, or as many of different kinds as the sign-off asks for."""
    accepted = sign_off.factors if sign_off is not None else ()
    need = sign_off.need if sign_off is not None else 1
    if given:
        return _proofs(scene, given, _kinds_of(tuple(given)))
    kinds = _kinds_of(accepted) if accepted else {name: kind for kind, name in _SIGNER_FACTORS.items()}
    return _proofs(scene, dict.fromkeys(list(kinds)[:need], True), kinds)


def _kinds_of(names: tuple[str, ...]) -> dict[str, str]:
    """A kind for each named factor, different ones as far as they go: nothing says which it is."""
    known = {name: kind for kind, name in _SIGNER_FACTORS.items()}
    left = [kind for kind in _SIGNER_KINDS if kind not in {known.get(name) for name in names}]
    return {name: known.get(name) or (left.pop(0) if left else "knowledge") for name in names}


def _signatures(
    scene: Scene, cast: Cast, node: str, sign_off: SignOff, answer: Any, by: str
) -> tuple[Act, ...]:
    """One signature; where a bare item stands and several are mapped, all that are needed."""
    here = scene.plan.node(node)
    given = _given(answer) if isinstance(answer, Mapping) else {}
    word = "approved" if given or answer in (None, "affirmed", "done") else say(answer)
    factors = {k: _passed(node, k, v) for k, v in given.items() if k not in sign_off.blind}
    blind = {k: v for k, v in given.items() if k in sign_off.blind}
    if not given:
        blind = {name: scene.value(name) for name in sign_off.blind if is_known(scene.value(name))}
    action = Answer(node, word, blind, REASON, signer_proofs(scene, sign_off, factors))
    if by:
        return _one(cast, by, action)
    mapped = [p for p in cast.people(here.by) if f"signer:{p}" not in scene.run.partial]
    if not mapped:
        return _one(cast, cast.at(scene.run, here.by, here.not_by, signing=True), action)
    signed = sum(key.startswith("signer:") for key in scene.run.partial)
    wanted = len(mapped) if sign_off.people == "all" else max(1, int(sign_off.people) - signed)
    wanted = 1 if given else wanted
    acts: list[Act] = []
    for person in mapped:
        own = tuple(replace(proof, ref=f"{proof.ref} {person}") for proof in action.factors)
        act = (cast.actor(person), replace(action, factors=own))
        if len(acts) < wanted and not isinstance(scene.play([*acts, act]), Refused):
            acts.append(act)
    first = cast.at(scene.run, here.by, here.not_by, signing=True)
    return tuple(acts) if acts else _one(cast, first if first in mapped else mapped[0], action)
