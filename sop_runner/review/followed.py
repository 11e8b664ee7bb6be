"""One run, followed by what is known of the kinds of its entries, and judged where nothing is."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sop_runner.audit.bodies import EVIDENCE, Fields, said_in
from sop_runner.run import events as ev
from sop_runner.run.actions import Opened
from sop_runner.run.entries import event_in
from sop_runner.run.events import Event, Evidence
from sop_runner.run.evolve import evolve
from sop_runner.run.going import No
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .alike import difference
from .deriving import Derived, acted_so, fit_together, holding, standing_as
from .judging import Flaw
from .known import ENDED, UNCHANGED, Known, Move, Standing, move_of
from .moment import ELSEWHERE, SURE, VALUES, Basis, Moment
from .picking import Picks, own_values, sources
from .records import fits_alone
from .remembered import Remembered
from .replay_run import UNREADABLE, RunReplay
from .shapes import Entry, due_reason, reason_of

Said = Fields | Mapping[str, Any]
"""An entry as its fields, or as its body."""
_LONG = 2_000
"""Characters of evidence from which on an entry is not kept as it is."""
KNOWN: tuple[tuple[Flaw, ...], bool] = (), True
"""Of an entry that is right as others of its kind were."""


class Followed:
    """One run, followed by what is known and judged where nothing is; see `RunReplay`."""

    def __init__(self, known: Known, judge: RunReplay, opened: Mapping[str, Opened]) -> None:
        self._known, self._judge, self._opened = known, judge, opened
        self.ended = False
        """Whether nothing may follow."""
        self._at: Standing | None = known.start
        self._times: tuple[datetime, ...] = ()
        self._moments: list[datetime] = []  # the same as of what is folded
        self._people: dict[str, int] = {}
        self._refs: set[str] = set()
        self._signed: str | None = None
        # Right and not folded yet; the last `_under_way` of them belong to an act that brings more.
        self._waiting: list[Said] = []
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
    def waiting(self) -> int:
        """How many entries are kept until something is judged again."""
        return len(self._waiting)

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
        at = self._at
        if at is not None and (not used or self._refs.isdisjoint(used)):
            try:
                person, reason = body["actor"], body["reason"]
                if person is not None:
                    number = self._people.get(person)
                    person = self._who(person) if number is None else number
                if reason is not None and not at.asked:
                    reason = (
                        due_reason(body["type"], reason, self._signed)
                        if at.due
                        else reason_of(body["type"], reason)
                    )
                start = text.index(',"evidence":') + 12
                # As it is: everything but its time, and who it is that did it.
                entry = (
                    body["type"], body["at"], body["arrow"], body["to"], person, body["role"], body["outcome"],
                    reason, text[start : text.rindex('],"key":') + 1],
                )  # fmt: skip
                known = (
                    at.moves if not at.asked else self._follows.known if self._follows is not None else None
                )
                move = known.get(entry) if known is not None else None
                times = (*self._times, datetime.fromisoformat(body["ts"]["wall"]))
                if move is None or not self._goes(move, body, body["type"], body["reason"], times):
                    kind, move = self._of_kind(at, entry, body, times)
                    if move is not None and known is not None and kind != entry and _recurs(entry):
                        self._known.keep(known, entry, move.settled(self._known.plan, body["evidence"]))
                if move is not None:
                    if used:
                        self._refs.update(used)
                    return KNOWN
            except UNREADABLE:
                kind = None  # what is wrong with it is said by who judges it
        flaws = self._judged(body, kind)
        self._refs.update(used)
        return flaws, False

    def _of_kind(
        self, at: Standing, entry: Entry, body: Mapping[str, Any], times: tuple[datetime, ...]
    ) -> tuple[Hashable, Move | None]:
        """The kind of an entry, and the move that was gone along where it is known."""
        shapes = self._known.shapes
        if at.asked:
            kind = shapes.derived(body, self._who)
        elif at.due:
            kind = entry
        else:
            kind = shapes.act(body, entry, self._who)
        move = at.moves.get(kind)
        if move is not None and at.asked and not self._followed(body):
            return kind, None
        while move is not None and not self._goes(move, body, body["type"], body["reason"], times):
            move = move.other
        return kind, move

    def _who(self, person: str) -> int:
        number = self._people.get(person)
        if number is None:
            if type(person) is not str or not person:
                raise ValueError(person)
            number = self._people[person] = len(self._people)
        return number

    def _followed(self, body: Mapping[str, Any]) -> bool:
        """Whether an entry is the one that had to follow."""
        if self._follows is None or self._follows.event is None:
            return False
        event = event_in(body)
        return not difference(self._follows.judged, self._follows.event._replace(when=event.when), event)

    def goes_on(self, fields: Fields) -> bool:
        """Take the next entry where it is known just as it is: quicker than `take`, which is for all others."""
        at = self._at
        if at is None:
            return False
        (
            who, arrow, place, evidence, _, _, outcome, _, _, reason, role, _, _, _, _, to, _, _, wall, kind, _, _,
        ) = fields  # fmt: skip
        if who is not None:
            number = self._people.get(who)
            who = self._who(who) if number is None else number
        moves: dict[Hashable, Move] | None = at.moves
        told = reason
        if at.asked:
            moves = self._follows.known if self._follows is not None else None
        elif reason is not None:
            told = due_reason(kind, reason, self._signed) if at.due else reason_of(kind, reason)
        if moves is None:
            return False
        move = moves.get((kind, place, arrow, to, who, role, outcome, told, evidence))
        if move is None:
            return False
        return self._goes(move, fields, kind, reason, (*self._times, datetime.fromisoformat(wall)))

    def _goes(
        self, move: Move, entry: Said, kind: str, reason: str | None, times: tuple[datetime, ...]
    ) -> bool:
        """Go on along a move, where what it rests on holds for an entry."""
        own, follows = self._own, None
        if not move.plain or own is None:
            body = body_of(entry)
            if move.counted is not None:
                if own is None:
                    return False
                times = self._counted(move, own, body, times)
            if not _fall_out(move, times):
                return False
            found = self._holds(move, body, times)
            if found is None:
                return False
            own, follows = found
        else:
            for compare, one, more, two, later, said in move.compared:
                left, right = times[one], times[two]
                if compare(left + more if more else left, right + later if later else right) is not said:
                    return False
            if move.fields is not UNCHANGED:
                own = self._picked(move, own, entry)
        to = self._at = move.to
        self._own, self._follows = own, follows
        self._waiting.append(entry)
        self._times = move.times(times)
        if kind == ev.PART_ANSWERED:
            self._answered(entry[EVIDENCE] if isinstance(entry, tuple) else entry["evidence"])
        if to.due:
            self._under_way += 1
            if kind == ev.SIGNATURE_GIVEN:
                self._signed = reason
        else:
            self._under_way, self._signed = 0, None
            if to is ENDED:
                self.ended = True
        return True

    def _picked(self, move: Move, own: tuple[Any, ...], entry: Said) -> tuple[Any, ...]:
        assert move.fields is not None
        pieces = entry[EVIDENCE] if isinstance(entry, tuple) else entry["evidence"]
        return move.fields.pick(self._known.plan, own, pieces, self._parts, self._opened)

    def _counted(
        self, move: Move, own: tuple[Any, ...], body: Mapping[str, Any], times: tuple[datetime, ...]
    ) -> tuple[datetime, ...]:
        """The times at hand and those that follow from values."""
        assert move.counted is not None
        before, places = move.counted
        run = evolve(self._known.plan, holding(before, own, times[0]), event_in(body), self._opened)
        return times + tuple([run.facts.controls.own[number] for number in places])

    def _holds(
        self, move: Move, body: Mapping[str, Any], times: tuple[datetime, ...]
    ) -> tuple[tuple[Any, ...] | None, Derived | None] | None:
        """The values of fields after an entry and what follows; None where what the move rests on does not hold."""
        plan, had = self._known.plan, self._own
        if move.again is not None:
            if had is None:
                return None
            before, actor = move.again
            run = standing_as(plan, before, had, times, self._parts, self._opened)
            event = event_in(body)._replace(actor=actor)
            if not acted_so(plan, run, event, self._opened):
                return None
        for number, rules, zone in move.checked:
            if not fits_alone(rules, body["evidence"][number], self._opened, zone):
                return None
        if move.together is not None and (
            had is None or not fit_together(plan, move.together, event_in(body), had, times[0], self._opened)
        ):
            return None
        follows, own = None, had
        if move.fields is not UNCHANGED:
            if move.fields is None or had is None:
                own = None
            else:
                own = move.fields.pick(plan, had, body["evidence"], self._parts, self._opened)
        if move.asks is not None:
            if own is None:
                return None
            try:
                follows = move.asks.follows(own, times[0], self._opened)
            except No:
                return None
            if (follows.event is not None) is not move.to.due:
                return None
        return own, follows

    def _answered(self, pieces: Sequence[Any]) -> None:
        for piece in pieces:
            if type(piece) is dict and type(piece.get("item")) is str:
                self._parts[piece["item"]] = piece

    def _arrive(self, at: Standing | None, body: Mapping[str, Any]) -> None:
        self._at = at
        if body["type"] == ev.PART_ANSWERED:
            self._answered(body["evidence"])
        if at is None or not at.due:
            self._signed = None
        elif body["type"] == ev.SIGNATURE_GIVEN:
            self._signed = body["reason"]
        self.ended = at is ENDED or (at is None and self._judge.ended)

    def _settle(self) -> None:
        """Fold what waits."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        judge, whole = self._judge, len(waiting) - self._under_way
        for number, entry in enumerate(waiting):
            event = event_in(body_of(entry), self._read)
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
                move = move._replace(fields=self._picks(run, event, judge.run, to))
                if after.by == VALUES:
                    move = move._replace(asks=Remembered(self._known.plan, judge.run, self._act))
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

    def _picks(self, before: Run | None, event: Event, after: Run, to: Standing) -> Picks | None:
        """Where the values of fields come from after an entry."""
        if to is ENDED or (before is not None and after.facts.fields is before.facts.fields):
            return UNCHANGED
        found = sources(self._known.plan, before, event, after)
        return None if found is None else Picks(found, to.values)

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


def body_of(entry: Said) -> Mapping[str, Any]:
    """What an entry says, by name."""
    return said_in(entry) if isinstance(entry, tuple) else entry


def _fall_out(move: Move, times: tuple[datetime, ...]) -> bool:
    """Whether the comparisons of times that a move rests on fall out the same."""
    return all(
        compare(times[one] + more, times[two] + later) is said
        for compare, one, more, two, later, said in move.compared
    )


def _recurs(entry: Entry) -> bool:
    """Whether other runs may have just this entry, which says all of what it is then."""
    kind, *_, evidence = entry
    return (
        kind != ev.RUN_STARTED
        and len(evidence) < _LONG
        and '"commitment":' not in evidence
        and '"ref":' not in evidence
    )


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
