"""One run, followed by what is known of the kinds of its entries, and judged where nothing is."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sop_runner.run import events as ev
from sop_runner.run.actions import Opened
from sop_runner.run.entries import event_in
from sop_runner.run.events import Event, Evidence
from sop_runner.run.evolve import evolve
from sop_runner.run.going import No
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .alike import difference
from .deriving import (
    UNCHANGED,
    Derived,
    acted_so,
    derived,
    fit_together,
    holding,
    own_values,
    picked,
    sources,
    standing_as,
)
from .judging import Flaw
from .known import ENDED, Known, Move, Standing, move_of
from .moment import ELSEWHERE, SURE, VALUES, Basis, Moment
from .records import fits_alone
from .replay_run import UNREADABLE, RunReplay

_RIGHT: tuple[Flaw, ...] = ()


class Followed:
    """One run, followed by what is known and judged where nothing is; see `RunReplay`."""

    def __init__(self, known: Known, judge: RunReplay, opened: Mapping[str, Opened]) -> None:
        self._known, self._judge, self._opened = known, judge, opened
        self._at: Standing | None = known.start
        self._times: tuple[datetime, ...] = ()
        self._moments: list[datetime] = []  # the same as of what is folded
        self._people: dict[str, int] = {}
        self._refs: set[str] = set()
        self._signed: str | None = None
        # Right and not folded yet; the last `_under_way` of them belong to an act that brings more.
        self._waiting: list[Mapping[str, Any]] = []
        self._under_way = 0
        self._own: tuple[Any, ...] | None = ()
        """The values of fields as they are in the run; None where they are not at hand."""
        self._follows: Derived | None = None
        self._act: Event | None = None
        self._steps: list[Basis] = []
        self._parts: dict[str, Evidence] = {}

    @property
    def judge(self) -> RunReplay:
        """The run, folded as far as it goes."""
        self._settle()
        return self._judge

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return self._at is ENDED or (self._at is None and self._judge.ended)

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
                if at.asked:
                    kind = shapes.derived(body, self._who)
                elif at.due:
                    kind = shapes.due(body, text, who, self._signed)
                else:
                    kind = shapes.act(body, text, who, self._who)
                move = at.moves.get(kind)
                if move is not None and (not at.asked or self._followed(body)):
                    times = (*self._times, datetime.fromisoformat(body["ts"]["wall"]))
                    while move is not None and not self._goes(move, body, times):
                        move = move.other
                    if move is not None:
                        self._refs.update(used)
                        return _RIGHT, True
        except UNREADABLE:
            kind = None  # what is wrong with it is said by who judges it
        flaws = self._judged(body, kind)
        self._refs.update(used)
        return flaws, False

    def _who(self, person: str) -> int:
        return self._people.setdefault(person, len(self._people))

    def _followed(self, body: Mapping[str, Any]) -> bool:
        """Whether an entry is the one that had to follow."""
        if self._follows is None or self._follows.event is None:
            return False
        event = event_in(body)
        return not difference(self._follows.judged, self._follows.event._replace(when=event.when), event)

    def _goes(self, move: Move, body: Mapping[str, Any], times: tuple[datetime, ...]) -> bool:
        """Go on along a move, where what it rests on holds for an entry."""
        plan = self._known.plan
        if move.counted is not None:
            if self._own is None:
                return False
            before, places = move.counted
            run = evolve(plan, holding(before, self._own, times[0]), event_in(body), self._opened)
            times += tuple([run.facts.controls.own[number] for number in places])
        for compare, one, more, two, later, said in move.compared:
            if compare(times[one] + more, times[two] + later) is not said:
                return False
        if move.again is not None:
            before, actor = move.again
            if self._own is None:
                return False
            run = standing_as(plan, before, self._own, times, self._parts, self._opened)
            event = event_in(body)._replace(actor=actor)
            if not acted_so(plan, run, event, self._opened):
                return False
        for number, rules, zone in move.checked:
            if not fits_alone(rules, body["evidence"][number], self._opened, zone):
                return False
        own, follows = None, None
        if move.together is not None and (
            self._own is None
            or not fit_together(plan, move.together, event_in(body), self._own, times[0], self._opened)
        ):
            return False
        if move.fields is UNCHANGED:
            own = self._own
        elif move.fields is not None and self._own is not None:
            own = picked(
                plan, move.fields, self._own, move.to.values, body["evidence"], self._parts, self._opened
            )
        if move.asks is not None:
            if own is None:
                return False
            try:
                follows = derived(plan, *move.asks, own, times[0], self._opened)
            except No:
                return False
            if (follows.event is not None) is not move.to.due:
                return False
        self._own, self._follows = own, follows
        self._waiting.append(body)
        self._times = tuple([times[number] for number in move.times])
        self._arrive(move.to, body)
        self._under_way = self._under_way + 1 if move.to.due else 0
        return True

    def _arrive(self, at: Standing | None, body: Mapping[str, Any]) -> None:
        self._at = at
        if body["type"] == ev.PART_ANSWERED:
            for piece in body["evidence"]:
                if isinstance(piece, Mapping) and isinstance(piece.get("item"), str):
                    self._parts[piece["item"]] = piece
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
                self._take(event)
                self._moments = self._with(event)
            else:
                judge.follow(event)
        self._under_way = 0
        if not judge.due:
            self._moments = self._standing()[1]
        self._own = own_values(judge.run)

    def _read(self, text: str) -> Moment:
        return Moment.read(text, self._known.watch)

    def _with(self, event: Event) -> list[datetime]:
        """The times at hand and that of an entry that was judged, then those that follow from values since."""
        had, run = [*self._moments, event.when], self._judge.run
        known = set(map(id, had))
        return had + [one for _, one in _until(run) if id(one) not in known]

    def _standing(self) -> tuple[Hashable, list[datetime]]:
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
        flaws, itself, after = self._take(event)
        had, due = self._with(event), before is not None and before.due
        known = set(map(id, self._moments))
        until = tuple([number for number, one in _until(judge.run) if id(one) not in known])
        if event.type == ev.OVERRUN_NOTED and not judge.due:  # it says that no other clock has passed
            itself, after = itself._replace(compared=(*itself.compared, *after.compared)), Basis(after.by)
        again = run is not None and not due and _goes_by_values(event, itself, had)
        sure = not (
            flaws
            or itself.by == ELSEWHERE
            or (not again and (itself.by == VALUES or itself.spans))
            or after.by == ELSEWHERE
            or after.spans
            or kind is None
            or before is None
            or (until and (run is None or any("typed" in piece for piece in run.partial.values())))
        )
        to: Standing | None = None
        if judge.ended:
            to, self._moments = ENDED, []
        elif judge.due:
            to, self._moments = (
                (Standing(judge.run, due=True, asked=after.by == VALUES) if sure else None),
                had,
            )
        else:
            key, self._moments = self._standing()
            to = None if key is None or judge.run is None else self._known.standing(key, judge.run)
        if sure and before is not None and to is not None:
            move = move_of(
                to,
                had,
                self._moments,
                after.compared if again else (*itself.compared, *after.compared),
                watch.checked,
                event,
                not due,
            )
            if move is not None and judge.run is not None and self._act is not None:
                fields = () if to is ENDED else sources(self._known.plan, run, event, judge.run)
                asked = (judge.run, self._act) if after.by == VALUES else None
                move = move._replace(fields=fields, asks=asked)
                if watch.together:
                    move = move._replace(checked=(), together=run)
                if again and run is not None:
                    move = move._replace(checked=(), together=None, again=(run, event.actor))
                if until and run is not None:
                    move = move._replace(counted=(run, until))
                self._known.learn(before, kind, move)
            elif to.due:
                to = None
        self._times = tuple([one.plain if isinstance(one, Moment) else one for one in self._moments])
        self._follows = None
        self._arrive(to, body)
        self._own = own_values(judge.run)
        return flaws

    def _take(self, event: Event) -> tuple[Sequence[Flaw], Basis, Basis]:
        """Judge an entry: its flaws, what it rests on itself, and what that rests on which follows it."""
        judge, watch = self._judge, self._known.watch
        due = judge.due
        watch.begin()
        flaws = judge.take(event)
        watch.step()
        itself, *after = watch.steps
        if not due:
            # One each for what has to follow, and for that no more does.
            self._act, self._steps = event, after or [Basis(SURE)]
        return flaws, itself, self._steps.pop(0) if self._steps else Basis(ELSEWHERE)


def _goes_by_values(event: Event, itself: Basis, had: Sequence[datetime]) -> bool:
    """Whether all that an act rests on besides times at hand are values, and times that follow from them."""
    known = set(map(id, had))
    times = [one for _, *two in itself.compared for one in two[:4:2]]
    times += [one for two in itself.spans for one in two[::2]]
    if any(isinstance(one, Moment) and id(one) not in known for one in times):
        return False
    by_values = itself.by == VALUES or itself.spans or event.type == ev.OVERRUN_NOTED
    return bool(by_values) or any(id(one) not in known for one in times)


def _until(run: Run | None) -> Iterator[tuple[int, datetime]]:
    """Until when controls hold where that follows from a value, each with its place among their times."""
    controls = run.facts.controls if run is not None else None
    if isinstance(controls, Packed):
        for number, one in enumerate(controls.own):
            if one is not None and type(one) is not Moment:
                yield number, one
