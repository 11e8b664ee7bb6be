"""A moment of a run that can be played on in thought: pure, shared by the stage and the search."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.run.actions import Action, Actor, Answer, Given, Opened, Waive
from sop_runner.run.decide import decide
from sop_runner.run.environment import RunEnv
from sop_runner.run.events import Event
from sop_runner.run.going import Accepted, Going, Refused
from sop_runner.run.state import Run

Act = tuple[Actor, Action]
Typed = Mapping[str, Any]
"""What was typed for values that are sealed, by commitment: a second person types it again."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One run at one time, with what stands behind its commitments."""

    plan: Plan
    run: Run
    now: datetime
    opened: Mapping[str, Opened] = field(default_factory=dict)
    typed: Typed = field(default_factory=dict)

    def given(self, who: Actor, salt: int = 0) -> Given:
        """What an action of `who` is judged by at this moment."""
        seed = hashlib.sha256(f"{self.run.id} {self.run.seq} {salt}".encode()).digest()
        return Given(who, self.now, seed, opened=self.opened)

    def judge(self, act: Act) -> Accepted | Refused:
        """What one act would do now."""
        who, action = act
        return decide(self.plan, self.run, action, self.given(who))

    def play(self, acts: Sequence[Act]) -> "tuple[Scene, tuple[Event, ...]] | Refused":
        """The moment after `acts`, all of them, or the first refusal."""
        scene: Scene = self
        events: tuple[Event, ...] = ()
        for act in acts:
            judged = scene.judge(act)
            if isinstance(judged, Refused):
                return judged
            events += judged.events
            scene = scene.after(act[1], judged.run, {**scene.opened, **judged.sealed})
        return scene, events

    def after(self, action: Action, run: Run, opened: Mapping[str, Opened]) -> "Scene":
        """This moment once `action` has brought the run to `run`."""
        typed = self.typed
        if len(opened) > len(self.opened) and isinstance(action, Answer | Waive):
            typed = {**typed, **typed_behind(run, scope_of(action.node), action.values)}
        return replace(self, run=run, opened=opened, typed=typed)

    def later(self, by: timedelta) -> "Scene":
        """The same run after some time."""
        return replace(self, now=self.now + by)

    def value(self, name: str, scope: str | None = None, extra: Mapping[str, Any] | None = None) -> Any:
        """The value of a name at the item at hand as a person knows it, sealed ones too."""
        env = RunEnv(self.plan, self.run, self.run.scope if scope is None else scope, self.now, extra)
        value = env.value(name)
        if not isinstance(value, Sealed):
            return value
        return self.typed.get(value.commitment, UNKNOWN) if value.value is UNKNOWN else value.value

    def going(self, who: Actor) -> Going:
        """The moment as the run core's own questions about it take it."""
        return Going(self.plan, self.run, self.given(who))


def typed_behind(run: Run, scope: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed behind the commitments that answering with `values` made."""
    found: dict[str, Any] = {}
    for name, raw in values.items():
        recorded = run.facts.fields.get(scope + name)
        if recorded is not None and isinstance(recorded.value, Sealed):
            found[recorded.value.commitment] = raw
    for item, piece in run.partial.items():
        if "commitment" in piece and item in values:
            found[piece["commitment"]] = values[item]
    return found
