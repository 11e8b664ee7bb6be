"""What the run core makes of a turn, move by move, also where it refuses in the end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from sop_runner.acting.answers import sample_fields
from sop_runner.acting.cast import Cast
from sop_runner.acting.samples import NoSample
from sop_runner.acting.scene import Act, Scene, typed_behind
from sop_runner.base.calendar import USUAL, Calendar
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.advance import go_on
from sop_runner.run.decide import carry_out
from sop_runner.run.events import Event
from sop_runner.run.evolve import evolve, started
from sop_runner.run.facts import Gain
from sop_runner.run.going import Going, No
from sop_runner.run.start import opening
from sop_runner.run.state import Run

from .draws import Draws
from .hints import Hints
from .steps import Turn
from .typed import Typing
from .wants import Asked

RUN, TICKET = "run-1", "sample"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where ways of a plan are walked, and by whom."""

    plan: Plan
    cast: Cast
    hints: Hints
    zone: str
    calendar: Calendar = USUAL


class Played(NamedTuple):
    """The moves of a turn with the run after each, and the turn's last scene; `refused`: the core goes no further."""

    moves: tuple[tuple[Event, Run], ...]
    turn: Turn
    refused: bool


def played(turn: Turn) -> Played | None:
    """What the core makes of a turn; None where it refuses before the last act."""
    scene, moves = turn.scene, list[tuple[Event, Run]]()
    for number, (who, action) in enumerate(turn.acts, 1):
        going = Going(scene.plan, scene.run, scene.given(who), lazy=True)
        refused = _refuses(going, partial(carry_out, going, action))
        moves += _moves(scene.run, going, 0)
        if refused and number < len(turn.acts):
            return None
        opened = {**scene.opened, **going.sealed} if going.sealed else scene.opened
        scene = scene.after(action, going.run, opened)
    return Played(tuple(moves), replace(turn, scene=scene), refused)


def begun(desk: Desk, asked: Asked, draws: Draws) -> tuple[Run, Played] | None:
    """A run opened as a way asks, before its first node and as far as the core then goes; None where it cannot be."""
    plan, cast = desk.plan, desk.cast
    typing = Typing(asked, draws, desk.hints, {}, template)
    now = typing.day(desk.hints.start)
    who = cast.actor(cast.anybody(None, plan.node(plan.graph.start).by or plan.procedure.by))
    about = {"kind": "start", "ticket": TICKET, "zone": desk.zone, "training": True, "named": {}}
    bare = started(plan, RUN, Event(ev.RUN_STARTED, now, to=plan.graph.start, evidence=(about,)))
    scene = Scene(plan, bare, now)
    try:
        case = sample_fields(
            scene, plan.procedure.case,
            pick=lambda rules, name, look, now, zone: typing.field(name, rules, look, now, zone),
        )  # fmt: skip
        start = do.Start(RUN, TICKET, desk.zone, case, cast.mapped, desk.calendar, training=True)
        going = opening(plan, start, scene.given(who))
    except (NoSample, No):
        return None
    before = going.run = _handed_in(plan, going.run, desk.hints)
    number = len(going.events)
    refused = _refuses(going, lambda: go_on(going))
    typed = typed_behind(before, "", case)
    scene = Scene(plan, going.run, now, going.opened, typed)
    acts: tuple[Act, ...] = ((who, start),)
    return before, Played(_moves(before, going, number), Turn(scene, acts, typing.same), refused)


def _handed_in(plan: Plan, run: Run, hints: Hints) -> Run:
    """The run with the controls that its caller would hold; they are fresh, and may grow stale."""
    gain = Gain(run.started, "", run.started + hints.stale / 2)
    controls = dict.fromkeys(plan.procedure.expects, gain)
    return run.changed(facts=run.facts._replace(controls=run.facts.controls.changed(controls)))


def _refuses(going: Going, act: Callable[[], None]) -> bool:
    try:
        act()
    except No:
        return True
    going.settled()
    return False


def _moves(run: Run, going: Going, first: int) -> tuple[tuple[Event, Run], ...]:
    """The moves since an event, with the run after each."""
    events = going.events[first:]
    if len(events) == 1 and _is_move(events[0]):
        return ((events[0], going.run),)
    found = []
    for event in events:
        run = evolve(going.plan, run, event, going.opened)
        if _is_move(event):
            found.append((event, run))
    return tuple(found)


def _is_move(event: Event) -> bool:
    return event.type in ev.MOVES or event.type == ev.WENT_BACK
