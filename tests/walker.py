"""Drives a run with any action in any order by any person, and holds it to its rules after each."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.clock import utc_text
from sop_runner.machine.plan import Plan
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.decide import decide
from sop_runner.run.events import Event
from sop_runner.run.evolve import evolve, started
from sop_runner.run.going import Accepted, Going, Refused
from sop_runner.run.guards import undoing
from sop_runner.run.lifecycle import back_problem
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from sop_runner.run.view import view
from tests.answers import NAMED, PEOPLE, Typist, actor, case_of, proofs, right, who_may, wrong
from tests.oracle import Oracle
from tests.oracle_base import Broken

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KINDS = (
    "right", "wrong", "otherwise", "limit", "hold", "resume", "back", "offer", "accept", "decline", "note",
    "deviate", "flag", "waive", "abandon", "leave", "notice", "stranger", "take", "undo",
)  # fmt: skip
_USUALLY = (60, 14, 5, 5, 2, 5, 6, 2, 3, 1, 1, 1, 1, 5, 1, 2, 2, 1, 1, 1)
_PAUSES = (1, 1, 1, 20, 20, 90, 400, 4_000, 90_000, 400_000)


def wire(event: Event) -> Event:
    """An event after the log wrote it and read it back."""
    fields = {**event._asdict(), "when": utc_text(event.when)}
    read = json.loads(canonical_bytes(fields))
    return Event(
        **{**read, "when": datetime.fromisoformat(read["when"]), "evidence": tuple(read["evidence"])}
    )


def _nobody(now: datetime) -> do.Given:
    return do.Given(do.Actor("", frozenset()), now, b"")


class Walker:
    """One run under a plan. `rng` decides everything, so a seed makes a walk again."""

    def __init__(self, plan: Plan, rng: Random) -> None:
        self.plan, self.rng = plan, rng
        self.now = START + timedelta(seconds=rng.randint(0, 50_000))
        self.typist = Typist(rng)
        self.opened: dict[str, do.Opened] = {}
        self.events: list[Event] = []
        self.oracle = Oracle(plan, dict(PEOPLE))
        self.run: Run | None = None
        self.shadow: Run | None = None
        self.accepted = self.refused = 0
        self.stuck = 0
        self.done: list[tuple[str, do.Action]] = []

    def start(self) -> bool:
        """Open the run; False where its case or its first item refuses."""
        action = do.Start(
            "run-1",
            "CR-000001",
            "Europe/Budapest",
            case_of(self.plan, self.typist, self.now),
            NAMED,
            training=True,
        )
        given = do.Given(actor(self.rng.choice(("ana", "fay"))), self.now, self.rng.randbytes(32))
        judged = decide_start(self.plan, action, given)
        if isinstance(judged, Refused):
            return False
        self._accept(None, judged)
        return True

    # -- what is asked for ------------------------------------------------------------------

    def any_action(self, kind: str = "") -> tuple[do.Action, str]:
        """Some action of that kind (of any where none is named), after some time has passed."""
        assert self.run is not None
        kind = kind or self.rng.choices(KINDS, _USUALLY)[0]
        if kind == "right" and self.run.offer is not None and self.rng.random() < 0.3:
            kind = self.rng.choice(("accept", "decline"))
        if kind == "right" and self.run.open and not self.run.abandoning and self.rng.random() < 0.06:
            kind = "abandon"
        if kind == "right" and self.run.hold is not None:
            kind = "take" if self.rng.random() < 0.3 else "resume"
        if kind == "right" and self.run.abandoning and self.rng.random() < 0.3:
            kind = "leave"
        if kind == "right" and len(undoing(self.plan, self.run)) > 1 and self.rng.random() < 0.5:
            kind = "undo"
        if kind == "right" and self.stuck > 1 and self.rng.random() < 0.5:
            kind = self.rng.choice(("back", "otherwise", "limit", "waive"))
        self.now += timedelta(seconds=self.rng.choice(_PAUSES if self.rng.random() < 0.15 else _PAUSES[:5]))
        if kind in ("right", "wrong"):
            make = right if kind == "right" else wrong
            action, who, pause = make(self.rng, self.plan, self.run, self.typist, self.now)
            self.now += pause
            return action, who
        return self._other(kind)

    def _other(self, kind: str) -> tuple[do.Action, str]:
        rng, run = self.rng, self.run
        assert run is not None
        who = rng.choice([*PEOPLE])
        node = self.plan.node(run.at)
        somebody = who_may(rng, run, node.by, node)
        text = "because" if rng.random() < 0.9 else rng.choice(("", "   ", "x" * 4001, "[/]\x1b[31m\u202e"))
        back = rng.choice([*(visit.node for visit in run.way)] if rng.random() < 0.9 else [*self.plan.nodes])
        holders = [p for people in run.holders.values() for p in people] or [who]
        role = rng.choice(["", *self.plan.procedure.roles])
        match kind:
            case "otherwise":
                return do.TakeOtherwise(run.at, text), somebody
            case "limit":
                return do.TakeLimit(run.at), who
            case "hold":
                return do.Hold(text), who
            case "resume":
                return do.Resume(), somebody
            case "back":
                return do.GoBack(back, text), somebody
            case "offer":
                return do.OfferHandOver(rng.choice([*PEOPLE]), text, role), rng.choice(
                    holders
                ) if rng.random() < 0.8 else who
            case "accept":
                return do.AcceptHandOver(), run.offer.taker if run.offer and rng.random() < 0.8 else who
            case "decline":
                return do.DeclineHandOver(text), run.offer.giver if run.offer and rng.random() < 0.5 else who
            case "note":
                return do.AddNote(text), who
            case "deviate":
                return do.RecordDeviation("this", "that", text), who
            case "flag":
                return do.Flag(back, text), who
            case "waive":
                return self._waive(node.waivable_by), who
            case "abandon":
                return do.Abandon(text), who
            case "take":
                return do.TakeRole(rng.choice([*self.plan.procedure.roles]), text), who
            case "undo":
                return do.UndoWith(rng.choice([*undoing(self.plan, run), run.at])), somebody
            case "leave":
                return do.LeaveOpen(text), who
            case "notice":
                return do.NoticeTime(), who
            case _:
                return do.Answer(rng.choice([*self.plan.nodes])), "emil"

    def _waive(self, role: str | None) -> do.Waive:
        run, rng = self.run, self.rng
        assert run is not None
        record = getattr(self.plan.node(run.at).node, "record", None)
        values = {f.field: self.typist.value(f, None, self.now) for f in record.fields} if record else {}
        statement = getattr(self.plan.node(run.at).node, "statement", None)
        if statement is not None and statement.field:
            values[statement.field] = rng.random() < 0.5
        for item in getattr(self.plan.node(run.at).node, "items", ()):
            if item.field is not None:
                values[item.item] = self.typist.value(item.field, None, self.now)
        ruling = rng.choice(("waived", "waived", "again", "stop", "no-such"))
        return do.Waive(run.at, ruling, "this", "that", "so", proofs(rng, rng.choice((0, 1, 1))), values)

    # -- what becomes of it -----------------------------------------------------------------

    def act(self, action: do.Action, who: str) -> bool:
        """Do it, and raise Broken where a rule does not hold afterwards; whether it was accepted."""
        assert self.run is not None
        self.done.append((who, action))
        given = do.Given(actor(who), self.now, self.rng.randbytes(32), "en", self.opened)
        judged = decide(self.plan, self.run, action, given)
        if isinstance(judged, Refused):
            self.stuck += 1
            self._refuse(judged)
            return False
        self.stuck = 0
        self._accept(self.run, judged)
        return True

    def step(self, kind: str = "") -> bool:
        """One action of any kind."""
        return self.act(*self.any_action(kind))

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.run is not None and self.run.status != "open"

    def _refuse(self, judged: Refused) -> None:
        self.refused += 1
        before = self.run
        assert before is not None
        if len(judged.events) != (0 if before.status != "open" else 1):
            raise Broken(f"a refusal brings {len(judged.events)} events")
        for event in judged.events:
            if event.type != ev.REFUSED or not str(judged.message):
                raise Broken(f"a refusal is recorded as {event.type}")
            self._fold(event)
        after = self.run
        assert after is not None
        if judged.events and after._replace(seq=before.seq, last=before.last) != before:
            raise Broken("a refusal changed the run")
        self._look()

    def _accept(self, before: Run | None, judged: Accepted) -> None:
        self.accepted += 1
        if not judged.events:
            raise Broken("accepted without anything to record")
        self.opened = {**self.opened, **judged.sealed}
        for event in judged.events:
            self._fold(event)
        self.oracle.settle()
        if self.run != judged.run:
            raise Broken(
                f"the fold of the events is not what was decided: {_differences(self.run, judged.run)}"
            )
        self._look()

    def _fold(self, event: Event) -> None:
        again = wire(event)
        recorded = canonical_bytes({**event._asdict(), "when": ""}).decode()
        if leaked := self.typist.leaked(recorded):
            raise Broken(f"{event.type} holds {leaked} in clear: {recorded}")
        self.events.append(again)
        if self.run is None:
            self.run = started(self.plan, "run-1", event, self.opened)
            self.shadow = started(self.plan, "run-1", again, self.opened)
        else:
            assert self.shadow is not None
            self.run = evolve(self.plan, self.run, event, self.opened)
            self.shadow = evolve(self.plan, self.shadow, again, self.opened)
        self.oracle.take(again, self.run)

    def _look(self) -> None:
        """What must hold of the run as it stands now."""
        run = self.run
        assert run is not None
        if run != self.shadow:
            raise Broken(f"the log folds to another run: {_differences(run, self.shadow)}")
        if run.seq != len(self.events):
            raise Broken(f"{run.seq} entries told, {len(self.events)} written")
        self.oracle.agrees(run, self.now)
        for person in ("ana", ""):
            seen = view(self.plan, run, self.now, "en", self.opened, person)
            if (seen.item is None) != (run.status != "open"):
                raise Broken("an ended run shows an item, or an open one none")
            if seen.item is not None and seen.item.node != run.at:
                raise Broken(f"the screen shows {seen.item.node}, the run stands at {run.at}")
            allowed = {
                visit.node
                for visit in run.way[:-1]
                if back_problem(Going(self.plan, run, _nobody(self.now)), visit.node) is None
            }
            if (
                run.status == "open"
                and not run.abandoning
                and {choice.id for choice in seen.visited} != allowed - {run.at}
            ):
                raise Broken(f"one can go back to {allowed}, shown is {seen.visited}")
            current = [row for row in seen.outline if row.mark == "current"]
            if len(current) > (run.status == "open"):
                raise Broken(f"{len(current)} current rows")

    def refold(self, opened: Mapping[str, do.Opened] | None = None) -> Run:
        """The run from its entries alone, from the first on."""
        known = self.opened if opened is None else opened
        run = started(self.plan, "run-1", self.events[0], known)
        for event in self.events[1:]:
            run = evolve(self.plan, run, event, known)
        return run


def _differences(one: Run | None, other: Run | None) -> dict[str, tuple[Any, Any]]:
    if one is None or other is None:
        return {"run": (one, other)}
    return {k: (v, getattr(other, k)) for k, v in one._asdict().items() if v != getattr(other, k)}


def walk(plan: Plan, seed: int, steps: int = 60) -> Walker:
    """A walk of `steps` actions, or to the end of the run and a little beyond."""
    walker = Walker(plan, Random(seed))
    for _ in range(4):
        if walker.start():
            break
    else:
        return walker
    beyond = 2
    for _ in range(steps):
        if walker.over:
            beyond -= 1
        if beyond < 0:
            break
        walker.step()
    return walker
