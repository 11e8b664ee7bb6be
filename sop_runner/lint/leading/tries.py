"""One try at a way: turn by turn, as the core judges them, to the end that the way promises."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sop_runner.acting.scene import Act, Scene
from sop_runner.lint.proofs.ground import ENTER, GO_BACK, Step
from sop_runner.machine.graph import scope_of, template
from sop_runner.procedure.value_types import UNKNOWN, opened
from sop_runner.run import events as ev
from sop_runner.run.environment import RunEnv
from sop_runner.run.state import Run

from .arrivals import Arrival, Arrives
from .draws import LOOSE, Draws
from .judging import Desk, Played, begun, played
from .samples import fits
from .steps import Turn, turn
from .typed import Here
from .wants import Asked

NOW = "now"
"""Under which name it is told when people act, where something is asked about time."""
MOST_ATTEMPTS = 12
"""At one step."""

Value = tuple[tuple[int, str], object]
"""What a name is from a step on."""


class Leg(NamedTuple):
    """A step of a way that is one of its own, where it stands on the way, and what it asks for."""

    place: int
    step: Step
    asked: Asked


class Way(NamedTuple):
    """A way as it is walked: what it asks for at the start, its legs, the arrow it ends with and what it promises.

    `apart` says whether it tells elements of calls apart.
    """

    opening: Asked
    legs: tuple[Leg, ...]
    last: str
    arrives: Arrives
    apart: bool


@dataclass(slots=True)
class Stand:
    """Where people stand after a turn: the scene, the legs it took and those so far, what they did and recorded."""

    scene: Scene
    acts: tuple[Act, ...]
    same: Mapping[Hashable, object]
    legs: tuple[Leg, ...]
    end: int
    values: tuple[Value, ...]
    onward: dict[Hashable, list["Stand"]] = field(default_factory=dict)


@dataclass(slots=True)
class Setting:
    """What all walks of a plan share: where first tries came to, and how many turns the core judged."""

    desk: Desk
    turns: int = 0
    opened: dict[Hashable, list[Stand]] = field(default_factory=dict)


Met = dict[tuple[int, bool, datetime, str], tuple[Stand, tuple[Stand, bool] | None]]
"""What came of acts, by where people stood."""


class Try:
    """One try; `open` says whether anything could have been done otherwise.

    `stands` are where people stood on the way, `reached` is the most legs that any turn took; `met` is what the tries
    for the same way did, each with what came of it.
    """

    def __init__(self, setting: Setting, way: Way, number: int, stands: list[Stand], met: Met) -> None:
        self._setting, self._way, self._number, self._met = setting, way, number, met
        self.stands = stands
        self._here: Here = str if way.apart else template
        self.open = False
        self.reached = 0

    def walk(self) -> Stand | None:
        """Where the way ends, behind the other stands; None where this try did not come there."""
        stands = self.stands
        while not stands or stands[-1].end < len(self._way.legs):
            before = stands[-1] if stands else None
            following = self._known(before) or self._next(before)
            if following is None:
                return None
            stand, arrived = following
            if arrived:
                return stand
            stands.append(stand)
        return None

    def _known(self, before: Stand | None) -> tuple[Stand, bool] | None:
        """What another way came to by the same legs, where the way goes on behind it."""
        legs = self._way.legs
        for one in self._onward(before) if self._number == 0 else ():
            if one.end < len(legs) and legs[one.end - len(one.legs) : one.end] == one.legs:
                return one, False
        return None

    def _onward(self, before: Stand | None) -> list[Stand]:
        if before is None:
            return self._setting.opened.setdefault(self._way.opening, [])
        return before.onward.setdefault(self._way.legs[before.end], [])

    def _next(self, before: Stand | None) -> tuple[Stand, bool] | None:
        """What people came to who did what the next leg asks for, and whether that is the end of the way."""
        setting, way = self._setting, self._way
        at = before.end if before is not None else 0
        for attempt in range(MOST_ATTEMPTS):
            draws = Draws(self._number, at if before is not None else -1, attempt)
            following: tuple[Stand, bool] | None = None
            if before is not None:
                leg = way.legs[at]
                done = turn(
                    before.scene,
                    setting.desk.cast,
                    leg.step,
                    leg.asked,
                    setting.desk.hints,
                    draws,
                    before.same,
                    self._here,
                )
                following = None if done is None else self._judged(before, done, at)
            else:
                setting.turns += 1
                opened = begun(setting.desk, way.opening, draws)
                following = None if opened is None else self._follows(opened[1], opened[0], at)
            self.open = self.open or draws.open
            if following is not None:
                if self._number == 0 and not following[1]:
                    self._onward(before).append(following[0])
                return following
            if not draws.open:
                break
        return None

    def _judged(self, before: Stand, done: Turn, at: int) -> tuple[Stand, bool] | None:
        """What people came to who did this; the same as when another try did it."""
        act = id(before), self._number >= LOOSE, done.scene.now, repr(done.acts)
        if act not in self._met:
            self._setting.turns += 1
            found = played(done)
            self._met[act] = before, None if found is None else self._follows(found, None, at)
        return self._met[act][1]

    def _follows(self, found: Played, start: Run | None, at: int) -> tuple[Stand, bool] | None:
        """Where a turn led that went along the way, and whether that is its end; None where it did not."""
        way = self._way
        legs = way.legs[at : at + len(found.moves)]
        now = found.turn.scene.now
        values: list[Value] = []
        if start is not None and not self._gather(way.opening, -1, start, now, values):
            return None
        for number, ((event, run), leg) in enumerate(zip(found.moves, legs, strict=False), at):
            self.reached = max(self.reached, number)
            arrow = GO_BACK if event.type == ev.WENT_BACK else event.arrow
            meant = leg.step.at, template(leg.step.arrow), leg.step.to
            if (self._here(event.at or ""), arrow, self._here(event.to or "")) != meant:
                return None
            if not self._gather(leg.asked, leg.place, run, now, values):
                return None
        self.reached = max(self.reached, at + len(legs))
        turn = found.turn
        stand = Stand(turn.scene, turn.acts, turn.same, legs, at + len(legs), tuple(values))
        if stand.end < len(way.legs):
            return None if found.refused or (not legs and start is None) else (stand, False)
        more = found.moves[len(legs) :]
        if way.last == ENTER and more and more[0][0].type == ev.NODE_PASSED_OVER:
            return None
        run = found.moves[len(legs) - 1][1] if legs else start or found.turn.scene.run
        there = Arrival(turn.scene.plan, run, now, found.refused and not more, found.refused, way.last)
        return (stand, True) if way.arrives(there) else None

    def _gather(self, wanted: Asked, place: int, run: Run, now: datetime, values: list[Value]) -> bool:
        """Collect what was recorded; whether what is computed of it is what the way says."""
        for want in wanted.wants:
            if not (want.told or want.computed):
                continue
            value = self._held(run, want.key, now)
            if want.computed and self._number < LOOSE and not fits(want, value):
                return False
            if want.told:
                values.append(((place, want.key), value))
        for old in wanted.old:
            if old.typed:
                values.append(((place, old.key), self._held(run, old.key, now)))
        if any(old.asked for old in wanted.old):
            values.append(((place, NOW), now))
        return True

    def _held(self, run: Run, key: str, now: datetime) -> object:
        """What a name of the way holds."""
        scope = scope_of(run.at)
        while scope and not key.startswith(self._here(scope)):
            scope = scope_of(scope[:-1])
        return _value(RunEnv(self._setting.desk.plan, run, scope, now), key[len(self._here(scope)) :])


_CELL = re.compile(r"(.+)\[([0-9]+)\]\.(\w+)")


def _value(env: RunEnv, name: str) -> object:
    """The value of a name, or of a cell of a list whose rows are told apart."""
    cell = _CELL.fullmatch(name)
    if cell is None:
        return env.value(name)
    rows = opened(env.value(cell[1]))
    there = isinstance(rows, tuple) and int(cell[2]) <= len(rows)
    return rows[int(cell[2]) - 1].get(cell[3], UNKNOWN) if there and isinstance(rows, tuple) else UNKNOWN
