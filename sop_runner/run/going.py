"""One action under way: the events it brings so far, and the run as they leave it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sop_runner.base.message import Message, msg
from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_check import check
from sop_runner.procedure.values import parse

from .actions import Given, Opened
from .environment import RunEnv
from .events import Event, Evidence
from .evolve import evolve
from .recorded import kept
from .state import Run


class Accepted:
    """The action goes ahead: the events to append, and what to seal beside them."""

    __slots__ = ("_going", "events", "sealed")

    def __init__(self, going: "Going") -> None:
        self._going = going
        self.events: tuple[Event, ...] = tuple(going.events)
        self.sealed: Mapping[str, Opened] = going.sealed

    @property
    def run(self) -> Run:
        """The run after the events; the last one is folded when this is asked for."""
        return self._going.settled()


@dataclass(frozen=True, slots=True)
class Refused:
    """The action does not go ahead: why, in words, and the events that record the refusal."""

    message: Message
    events: tuple[Event, ...] = ()


class No(Exception):
    """Raised while an action is judged, caught by `decide`, never seen outside."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Going:
    """Collects events; each one is folded at once, so that the next is judged on what it left.

    `lazy` leaves the last one of an act unfolded where nothing is judged on it any more: whoever
    appends the events folds them anyway.
    """

    __slots__ = ("_last", "events", "given", "lazy", "opened", "plan", "run", "sealed")

    def __init__(self, plan: Plan, run: Run, given: Given, *, lazy: bool = False) -> None:
        self.plan = plan
        self.run = run
        self.given = given
        self.lazy = lazy
        self._last: Event | None = None
        self.events: list[Event] = []
        self.sealed: dict[str, Opened] = {}
        self.opened: dict[str, Opened] | Mapping[str, Opened] = given.opened

    @property
    def node(self) -> GraphNode:
        """The node at hand."""
        return self.plan.node(self.run.at)

    def emit(
        self,
        kind: str,
        *,
        at: str | None = None,
        arrow: str | None = None,
        to: str | None = None,
        role: str | None = None,
        outcome: str | None = None,
        reason: str | None = None,
        evidence: Sequence[Evidence] = (),
        by_rule: bool = False,
        last: bool = False,
    ) -> None:
        """Add an event and fold it, later if it is the `last`. `by_rule` marks what follows without a person."""
        event = Event(
            kind,
            self.given.now,
            self.run.at if at is None else at,
            arrow,
            to,
            None if by_rule else self.given.who.id,
            role,
            outcome,
            reason or None,
            tuple(evidence),
        )
        self.events.append(event)
        if last:
            self._last = event
        else:
            self.run = evolve(self.plan, self.run, event, self.opened)

    def settled(self) -> Run:
        """The run with every event folded."""
        if self._last is not None:
            self.run = evolve(self.plan, self.run, self._last, self.opened)
            self._last = None
        return self.run

    def env(self, extra: Mapping[str, Any] | None = None, scope: str | None = None) -> RunEnv:
        """The names at the node at hand, or in another scope."""
        return RunEnv(self.plan, self.run, self.run.scope if scope is None else scope, self.given.now, extra)

    def keep(self, rules: FieldRules, value: Any, name: str) -> dict[str, Any]:
        """What may be recorded of a value; what is sealed goes beside the log. `name` has its scope."""
        piece, behind = kept(rules, value, f"{name}#{len(self.sealed)}", self.given.seed)
        if behind is not None:
            self.sealed[piece["commitment"]] = behind
            self.opened = {**self.opened, piece["commitment"]: behind}
        return piece

    def typed(self, rules: FieldRules, name: str, raw: Any, env: RunEnv) -> Any:
        """Read and check what was given for the field `name`; None where nothing was.

        Raises No where it breaks a rule, naming the field and not repeating what was typed.
        """
        value = parse(rules, raw, zone=self.run.zone) if raw is not None else None
        if isinstance(value, Message):
            raise No(msg("'{field}': {problem}", field=name, problem=value))
        if value is not None:
            wrong = check(rules, value, lambda ref: _resolve(env, ref), zone=self.run.zone)
            if wrong is not None:
                raise No(msg("'{field}': {problem}", field=name, problem=wrong))
        return value


def _resolve(env: RunEnv, ref: FieldRef) -> Any:
    return env.value(ref.name)
