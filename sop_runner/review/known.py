"""Runs that do the same things are judged once: an entry of a kind that was judged before, of a run that stood
just so, is as right as that one was.

What is known was worked out by `RunReplay` on the first entry of each kind. It holds as far as the comparisons of
times that it rests on fall out the same and values fit their fields. Where nothing is known, the run is folded
and the entry judged in full.
"""

import operator
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules
from sop_runner.run import events as ev
from sop_runner.run.actions import Opened
from sop_runner.run.entries import event_in
from sop_runner.run.events import Event, Evidence
from sop_runner.run.state import Run

from .judging import Flaw
from .moment import Moment, Watch
from .records import fits_alone
from .replay_run import UNREADABLE, RunReplay
from .shapes import VALUED, Shapes

_MOST = 20_000
"""Kinds of entries that are kept; past it all are forgotten, and worked out again as they come."""
_OTHERWISE = 4
"""Ways in which the comparisons of one kind of entry may fall out that are kept."""
_RIGHT: tuple[Flaw, ...] = ()
Compare = Callable[[datetime, datetime], bool]


class Standing:
    """How runs stand that nothing tells apart by which an entry is judged, and the `moves` that are known from there.

    `due` says whether something has to follow without a person.
    """

    __slots__ = ("due", "moves")

    def __init__(self, *, due: bool) -> None:
        self.due = due
        self.moves: dict[Hashable, Move] = {}


ENDED = Standing(due=False)


class Move(NamedTuple):
    """Where a right entry of one kind leads, as far as what was `compared` and `checked` holds for it.

    Times are numbered as the standing before it has them, that of the entry last; `times` picks those of the
    next one. `checked` are pieces of evidence whose value has to fit its field. `other` is the same kind of
    entry with other comparisons.
    """

    to: Standing
    times: tuple[int, ...]
    compared: tuple[tuple[Compare, int, timedelta, int, timedelta, bool], ...]
    checked: tuple[tuple[int, FieldRules, ZoneInfo], ...]
    other: "Move | None" = None


class Known:
    """What has been worked out about one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shapes = Shapes(plan)
        self.watch = Watch()
        self.start = Standing(due=False)
        self._standings: dict[Hashable, Standing] = {}
        self._size = 0

    def standing(self, key: Hashable) -> Standing:
        """The one of all runs that stand so."""
        found = self._standings.get(key)
        if found is None:
            found = self._standings[key] = Standing(due=False)
        return found

    def learn(self, before: Standing, kind: Hashable, move: Move) -> None:
        """Keep what a judgement came to."""
        known = before.moves.get(kind)
        depth, other = 0, known
        while other is not None:
            depth, other = depth + 1, other.other
        if depth < _OTHERWISE:
            before.moves[kind] = move._replace(other=known)
            self._size += 1
        if self._size > _MOST:
            self._standings.clear()
            self.start.moves.clear()
            self._size = 0


class Followed:
    """One run, followed by what is known and judged where nothing is; see `RunReplay`."""

    def __init__(self, known: Known, judge: RunReplay, opened: Mapping[str, Opened]) -> None:
        self._known, self._judge, self._opened = known, judge, opened
        self._at: Standing | None = known.start
        self._times: tuple[datetime, ...] = ()
        self._moments: list[Moment] = []  # the same as of what is folded
        self._people: dict[str, int] = {}
        self._refs: set[str] = set()
        self._signed: str | None = None
        # Right and not folded yet; the last `_under_way` of them belong to an act that brings more.
        self._waiting: list[Mapping[str, Any]] = []
        self._under_way = 0

    @property
    def judge(self) -> RunReplay:
        """The run, folded as far as it goes."""
        self._settle()
        return self._judge

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return self._at is ENDED or self._judge.ended

    def fold(self) -> None:
        """Let go of the entries that are kept until something is judged again."""
        self._settle()

    def finish(self) -> list[Flaw]:
        """What is wrong with where the run stops."""
        return self.judge.finish()

    def take(self, body: Mapping[str, Any], text: str, used: Sequence[str]) -> tuple[Sequence[Flaw], bool]:
        """The flaws of the next entry, and whether its kind was known. `used` are the one-time proofs in it.

        Raises what is in UNREADABLE where no program wrote it.
        """
        kind: Hashable = None
        try:
            person, at = body["actor"], self._at
            who = None if person is None else self._who(person)
            if at is not None and self._refs.isdisjoint(used):
                shapes = self._known.shapes
                if at.due:
                    kind = shapes.due(body, text, who, self._signed)
                else:
                    kind = shapes.act(body, text, who, self._who)
                move = at.moves.get(kind)
                if move is not None:
                    times = (*self._times, datetime.fromisoformat(body["ts"]["wall"]))
                    while move is not None and not self._holds(move, body, times):
                        move = move.other
                    if move is not None:
                        self._go(move, body, times)
                        self._refs.update(used)
                        return _RIGHT, True
        except UNREADABLE:
            kind = None  # what is wrong with it is said by who judges it
        flaws = self._judged(body, kind)
        self._refs.update(used)
        return flaws, False

    def _who(self, person: str) -> int:
        return self._people.setdefault(person, len(self._people))

    def _holds(self, move: Move, body: Mapping[str, Any], times: Sequence[datetime]) -> bool:
        for compare, one, more, two, later, said in move.compared:
            if compare(times[one] + more, times[two] + later) is not said:
                return False
        return all(
            fits_alone(rules, body["evidence"][number], self._opened, zone)
            for number, rules, zone in move.checked
        )

    def _go(self, move: Move, body: Mapping[str, Any], times: tuple[datetime, ...]) -> None:
        self._waiting.append(body)
        self._times = tuple([times[number] for number in move.times])
        self._arrive(move.to, body)
        self._under_way = self._under_way + 1 if move.to.due else 0

    def _arrive(self, at: Standing | None, body: Mapping[str, Any]) -> None:
        self._at = at
        if at is None or not at.due:
            self._signed = None
        elif body["type"] == ev.SIGNATURE_GIVEN:
            self._signed = body["reason"]

    def _settle(self) -> None:
        """Fold what waits."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        judge, whole = self._judge, len(waiting) - self._under_way
        for number, body in enumerate(waiting):
            event = event_in(body, self._read)
            if number >= whole and not judge.due:
                self._moments = self._standing()[1]
            if judge.due or number >= whole:
                judge.take(event)
                self._moments.append(Moment.of(event.when))
            else:
                judge.follow(event)
        self._under_way = 0
        if not judge.due:
            self._moments = self._standing()[1]

    def _read(self, text: str) -> Moment:
        return Moment.read(text, self._known.watch)

    def _standing(self) -> tuple[Hashable, list[Moment]]:
        """How the folded run stands, None for no way that is one of many, and the times that count from there."""
        run = self._judge.run
        if run is None or not self._judge.at_rest:
            return None, []
        try:
            found = self._known.shapes.standing(run, self._people.__getitem__)
            hash(found and found[0])
        except (KeyError, TypeError):
            return None, []  # somebody in it has done nothing yet, or what no program wrote is in it
        return found or (None, [])

    def _judged(self, body: Mapping[str, Any], kind: Hashable) -> Sequence[Flaw]:
        """The flaws of an entry; a right one of a kind that can be told is known from then on."""
        self._settle()
        judge, watch, before, run = self._judge, self._known.watch, self._at, self._judge.run
        event = event_in(body, self._read)
        watch.begin()
        flaws = judge.take(event)
        sure = not (flaws or watch.elsewhere or kind is None or before is None or self._over(run, event))
        had = [*self._moments, Moment.of(event.when)]
        to: Standing | None = None
        if judge.ended:
            to, self._moments = ENDED, []
        elif judge.due:
            to, self._moments = (Standing(due=True) if sure else None), had
        else:
            key, self._moments = self._standing()
            to = None if key is None else self._known.standing(key)
        if sure and before is not None and to is not None:
            move = _move(to, had, self._moments, watch, event)
            if move is not None:
                self._known.learn(before, kind, move)
            elif to.due:
                to = None
        self._times = tuple(moment.plain for moment in self._moments)
        self._arrive(to, body)
        return flaws

    def _over(self, run: Run | None, event: Event) -> bool:
        """Whether the way has led over the target before, so that what it stood like then counts."""
        if run is None or event.to is None or template(event.to) not in self._known.plan.graph.recurring:
            return False
        return any(visit.node == event.to for visit in run.way)


def _move(
    to: Standing, had: Sequence[Moment], has: Sequence[Moment], watch: Watch, event: Event
) -> Move | None:
    """What the judgement of an event rested on; None where times or values come from elsewhere."""
    numbers = {id(moment): number for number, moment in enumerate(had)}
    try:
        compared = tuple(
            (getattr(operator, name.strip("_")), numbers[id(one)], more, numbers[id(two)], later, said)
            for name, one, more, two, later, said in watch.comparisons.values()
        )
        times = tuple(numbers[id(moment)] for moment in has)
    except KeyError:
        return None
    places = {id(piece): number for number, piece in enumerate(event.evidence)}
    checked = tuple((places[id(piece)], rules, zone) for piece, rules, zone in watch.checked)
    held = {number for number, _, _ in checked}
    if event.type in VALUED and any(
        _valued(piece) and places[id(piece)] not in held for piece in event.evidence
    ):
        return None
    return Move(to, times, compared, checked)


def _valued(piece: Evidence) -> bool:
    """Whether a value is left out of what tells the kind of an entry."""
    has_value = "commitment" in piece or type(piece.get("value")) not in (type(None), bool)
    return has_value and piece.get("kind") in ("field", "item")
