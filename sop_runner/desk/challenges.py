"""Checking the subject's factors: what is asked, what was sent, and what came of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sop_runner.base.errors import RefusedError
from sop_runner.base.message import Message, msg
from sop_runner.factors.port import CHANGES, Challenge, FactorResult, Unavailable
from sop_runner.factors.registry import Registry
from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.evidence import Factor
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.value_types import is_known, opened
from sop_runner.run.environment import RunEnv
from sop_runner.run.state import Run

from .port import ChallengeView

_SUBJECT_FIELDS = ("customer_id",)


class FactorUnavailable(RefusedError):
    """This factor cannot be checked here; the message says why and what to do instead."""


class Challenges:
    """The factors under way at one terminal. Nothing that was typed outlives its check."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._begun: dict[tuple[str, str], Challenge] = {}

    def begin(self, plan: Plan, run: Run, factor: str, now: datetime) -> ChallengeView:
        """Start checking a factor of the item at hand. Raises FactorUnavailable."""
        spec = _factor(plan, run, factor)
        options: dict[str, Any] = dict(spec.options)
        if spec.not_to:
            value = opened(RunEnv(plan, run, scope_of(run.at), now).value(spec.not_to))
            if is_known(value):
                options[CHANGES] = str(value)
        subject = subject_id(run)
        begun = self._registry.find(factor, spec.kind).begin(subject, options, now)
        if isinstance(begun, Unavailable):
            raise FactorUnavailable(begun.note)
        self._begun[run.at, factor] = begun
        return _view(begun, factor, spec.kind)

    def check(self, plan: Plan, run: Run, factor: str, typed: str, now: datetime) -> tuple[FactorResult, str]:
        """What came of a factor and its kind. Raises FactorUnavailable where it was not begun."""
        spec = _factor(plan, run, factor)
        begun = self._begun.get((run.at, factor))
        if begun is None:
            raise FactorUnavailable(
                msg("'{factor}' was not begun at this item; choose it first", factor=factor)
            )
        result = self._registry.find(factor, spec.kind).check(subject_id(run), begun, typed, now)
        if result.right:
            del self._begun[run.at, factor]
        return result, spec.kind


def subject_id(run: Run) -> str:
    """Whom the factors are about: the customer that the case names, else whoever the ticket belongs to."""
    scope = scope_of(run.at)
    for name in _SUBJECT_FIELDS:
        recorded = run.facts.fields.get(scope + name) or run.facts.fields.get(name)
        value = opened(recorded.value) if recorded is not None else None
        if isinstance(value, str):
            return value
    return run.ticket


def _factor(plan: Plan, run: Run, name: str) -> Factor:
    node = plan.node(run.at).node
    known: Mapping[str, Factor] = {}
    if isinstance(node, Confirmation) and node.identity is not None:
        known = {factor.factor: factor for factor in node.identity.factors}
    if name not in known:
        raise FactorUnavailable(msg("'{node}' has no factor '{factor}'", node=run.at, factor=name))
    return known[name]


def _view(challenge: Challenge, factor: str, kind: str) -> ChallengeView:
    parts = [part for part in (challenge.do, challenge.hint) if part is not None]
    hint: Message | str = ""
    if len(parts) == 2:
        hint = msg("{do} {hint}", do=parts[0], hint=parts[1])
    elif parts:
        hint = parts[0]
    return ChallengeView(
        factor=factor,
        kind=kind,
        say=challenge.say or "",
        hint=hint,
        sent_to=challenge.sent_to,
        secret=challenge.secret,
        digits=challenge.digits,
        attested=challenge.answer == "attest",
        numeric=challenge.answer == "digits",
    )
