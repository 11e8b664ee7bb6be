"""A rehearsal under way: the stage, who acts, what was seen and what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sop_runner.acting.cast import Cast
from sop_runner.acting.samples import lengths_in
from sop_runner.acting.scene import Act, Scene, Typed, typed_behind
from sop_runner.run.actions import Action, Actor
from sop_runner.run.events import Event
from sop_runner.run.state import Run

from .coverage import Seen
from .rehearse_stage import Stage, Told
from .rehearse_story import Line, in_words


@dataclass(slots=True)
class Refusal:
    """An item was refused; `expected` once a `refused` after it has said so."""

    message: str
    expected: bool = False


class Play:
    """What changes while a scenario is driven."""

    def __init__(self, stage: Stage, people: Mapping[str, tuple[str, ...]]) -> None:
        self.stage = stage
        self.cast = Cast.of(people, stage.plan.procedure.roles)
        self.seen = Seen()
        self.next_by = ""
        self.last_deviation: Mapping[str, str] = {}
        self._typed: Typed = {}
        self._people: list[str] = []
        self._events: list[Event] = []

    @property
    def scene(self) -> Scene:
        """The moment as it is, to think on from."""
        assert self.stage.run is not None
        return Scene(self.stage.plan, self.stage.run, self.stage.now(), self.stage.opened, self._typed)

    @property
    def stands(self) -> str:
        """Where the run stands: a node, its end, `abandoned`, or nothing before it started."""
        run = self.stage.run
        if run is None:
            return ""
        return run.at if run.status == "open" else run.end or run.result

    def begin(self) -> None:
        """A new item: forget who acted and what came of the one before."""
        self._people, self._events = [], []

    def start(self, case: Mapping[str, Any]) -> Refusal | None:
        """Open the run."""
        self.begin()
        procedure = self.stage.plan.procedure
        first = self.stage.plan.node(self.stage.plan.graph.start)
        person = self.cast.anybody(None, first.by or procedure.by)
        case = lengths_in(procedure.case, case)
        told = self.stage.start(self.cast.actor(person), case, self.cast.mapped)
        return self._heard(person, None, told, case)

    def ask(self, who: Actor, action: Action) -> Refusal | None:
        """One action on the stage."""
        before = self.stage.run
        assert before is not None
        told = self.stage.perform(who, action)
        values = getattr(action, "values", {})
        return self._heard(who.id, before, told, values)

    def act(self, acts: Sequence[Act]) -> Refusal | None:
        """Several actions, up to the first that is refused."""
        for who, action in acts:
            refusal = self.ask(who, action)
            if refusal is not None:
                return refusal
        return None

    def _heard(
        self, person: str, before: Run | None, told: Told, values: Mapping[str, Any]
    ) -> Refusal | None:
        self._people.append(person)
        self._events.extend(told.events)
        if not told.accepted:
            return Refusal(told.message)
        self.seen.take(self.stage.plan, before, told.events, self.stage.opened)
        if self.stage.run is not None and values:
            scope = before.scope if before is not None else ""
            self._typed = {**self._typed, **typed_behind(self.stage.run, scope, values)}
        return None

    def line(self, asked: str, refusal: Refusal | None) -> Line:
        """The story of the item that was just played."""
        return Line(
            asked,
            tuple(dict.fromkeys(self._people)),
            self.stage.now(),
            tuple(in_words(event) for event in self._events),
            self.stands,
            refusal.message if refusal else "",
            tuple(event.to for event in self._events if event.to),
        )
