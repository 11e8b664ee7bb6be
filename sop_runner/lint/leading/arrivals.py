"""Whether the core came to what a way promises: each finding that tells a way says what that is."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sop_runner.lint.proofs.ground import ENTER
from sop_runner.lint.proofs.uses import given_uses, plain_uses
from sop_runner.machine.graph import GraphNode, recorded_names, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.nodes import Call, Decision
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.run.environment import RunEnv
from sop_runner.run.frames import call_of
from sop_runner.run.guards import missing
from sop_runner.run.state import Run


class Arrival(NamedTuple):
    """The run where the way ends: `refused` where the core goes no further, `last` the arrow by which it came.

    `undone` where the core refuses what it comes to behind the end, so that nothing of the last turn counts.
    """

    plan: Plan
    run: Run
    now: datetime
    refused: bool
    undone: bool
    last: str

    @property
    def node(self) -> GraphNode:
        """The node that the way ends at."""
        return self.plan.node(self.run.at)

    @property
    def env(self) -> RunEnv:
        """The names there."""
        return RunEnv(self.plan, self.run, self.run.scope, self.now)


Arrives = Callable[[Arrival], bool]


def without(node: str, control: str) -> Arrives:
    """The core refuses to go on because a control was not gained that a node, or a call returned to, asks for."""

    def arrives(there: Arrival) -> bool:
        run, at = there.run, there.run.at
        if not there.refused:
            return False
        if template(at) != node and there.node.kind == "end" and there.node.scope:
            at, _ = call_of(scope_of(at))
        asking = there.plan.node(at)
        return asking.id == node and control in missing(run, asking, at, there.now)[0]

    return arrives


def still_open(end: str, step: str) -> Arrives:
    """The core refuses an end because a step is open."""

    def arrives(there: Arrival) -> bool:
        still = {template(one.node) for one in there.run.open}
        return there.refused and there.node.id == end and step in still

    return arrives


def offers_nothing(node: str) -> Arrives:
    """A decision stands there and no outcome of it can be chosen."""

    def arrives(there: Arrival) -> bool:
        decision = there.node.node
        return (
            there.node.id == node
            and isinstance(decision, Decision)
            and not there.refused
            and not any(one.when is None or holds(one.when, there.env) for one in decision.outcomes)
        )

    return arrives


def not_known(node: str, base: str, tells: Callable[[str], bool]) -> Arrives:
    """A name that the node uses is asked for, one that `tells` of `base`, while that is not known."""

    def arrives(there: Arrival) -> bool:
        known = there.env.value(base[len(there.node.scope) :]) is not UNKNOWN
        return there.node.id == node and not known and any(tells(name) for name in _used(there) if name)

    return arrives


def goes_on(there: Arrival) -> bool:
    """The core takes the last step of the way, and all that follows of itself."""
    return not there.undone


def _used(there: Arrival) -> Iterator[str]:
    """The names whose values are asked for as the node is come to, or stood at."""
    node, env = there.node, _Listening(there.env)
    if there.last != ENTER and node.only_when is not None:
        holds(node.only_when, env)
    if isinstance(node.node, Decision):
        for outcome in node.node.outcomes:
            if outcome.when is not None and holds(outcome.when, env) and node.automatic:
                break
    yield from env.asked
    own = recorded_names(node.node)
    uses = [*plain_uses(node)]
    if isinstance(node.node, Call):
        uses += given_uses(node, there.plan.nodes[node.arrows["call"].target])
    yield from (name.partition(".")[0] if name not in own else "" for name, _ in uses)


class _Listening:
    """Names of a run, and which of them were asked for."""

    def __init__(self, env: RunEnv) -> None:
        self._env, self.asked = env, list[str]()
        self.now = env.now

    @property
    def today(self) -> date:
        """The run's date."""
        return self._env.today

    @property
    def zone(self) -> ZoneInfo:
        """The run's zone."""
        return self._env.zone

    def value(self, name: str) -> object:
        """The value of a name, which is now asked for."""
        self.asked += [name, name.partition(".")[0]]
        return self._env.value(name)

    def held(self, control: str) -> bool:
        """Whether a control is held."""
        return self._env.held(control)
