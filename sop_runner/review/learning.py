"""One run, judged entry by entry, and what is learnt from that of the kinds of its entries."""

from collections.abc import Hashable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from sop_runner.run import events as ev
from sop_runner.run.entries import event_from
from sop_runner.run.events import Event
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .deriving import acted_so, fit_together, noted_alone, noted_first
from .judging import Flaw
from .known import ENDED, UNCHANGED, Known, Standing, move_of
from .moment import ELSEWHERE, SURE, VALUES, Basis, Moment
from .once import Once
from .picking import Picks, own_values, sources
from .remembered import Remembered
from .replay_run import RunReplay


class Learning:
    """Judges the entries of a run of which nothing is known, and teaches `known` what came of it."""

    def __init__(self, known: Known, judge: RunReplay, people: dict[str, int]) -> None:
        self.judge = judge
        """The run, as far as it was folded."""
        self._known, self._people = known, people
        self._moments: list[datetime] = []  # the times at hand in what is folded
        self._act: Event | None = None
        self._steps: list[Basis] = []

    @property
    def times(self) -> tuple[datetime, ...]:
        """The times at hand, for those who need not tell what is asked of them."""
        return tuple([one.plain if isinstance(one, Moment) else one for one in self._moments])

    @property
    def own(self) -> tuple[Any, ...] | None:
        """The values of fields as they are in the run; None where they are not at hand."""
        return own_values(self.judge.run)

    def read(self, text: str) -> Moment:
        """A recorded time that tells what is asked of it."""
        return Moment.read(text, self._known.watch)

    def fold(self, entries: Sequence[tuple[Any, ...]], whole: int) -> tuple[Any, ...] | None:
        """Take entries that are known to be right, each by its `event_parts`, and say what values fields have then.

        Those from the number `whole` on belong to an act that brings more.
        """
        judge = self.judge
        for number, parts in enumerate(entries):
            event = event_from(parts, self.read)
            if number >= whole and not judge.due:
                self._moments = self._standing()[1]
            if judge.due or number >= whole:
                self._take(event)
                self._moments = self._with(event)
            else:
                judge.follow(event)
        if not judge.due:
            self._moments = self._standing()[1]
        return self.own

    def take(
        self, event: Event, before: Standing | None, kind: Hashable
    ) -> tuple[Sequence[Flaw], Standing | None]:
        """The flaws of an entry, and how the run stands then where that is one of many.

        A right one of a kind that can be told is known from then on among those of the standing `before`.
        """
        judge, watch, run = self.judge, self._known.watch, self.judge.run
        flaws, itself, after = self._take(event)
        had, due = self._with(event), before is not None and before.due
        known = set(map(id, self._moments))
        until = tuple([number for number, one in _until(judge.run) if id(one) not in known])
        noted, at_once = event.type == ev.OVERRUN_NOTED, itself.compared if due else ()
        if noted and judge.due:  # that another clock has passed is found out with it
            after = Basis(ELSEWHERE if after.by == ELSEWHERE else SURE)
        elif noted:  # it says that no other clock has passed
            itself, after = itself._replace(compared=(*itself.compared, *after.compared)), Basis(after.by)
        # One of several overruns that are noted at once is what noting them brings where those before it were.
        again = run is not None and (noted or not due) and _goes_by_values(event, itself, had)
        sure = not (
            flaws
            or itself.by == ELSEWHERE
            or (not again and (itself.by == VALUES or itself.spans or noted))
            or after.by == ELSEWHERE
            or after.spans
            or kind is None
            or before is None
            or (until and (run is None or any("typed" in piece for piece in run.partial.values())))
        )
        to = self._arrived(had, sure, after)
        if sure and before is not None and to is not None:
            compared = (*(at_once if again else itself.compared), *after.compared)
            move = move_of(to, had, self._moments, compared, watch.checked, event, not due)
            if move is not None and judge.run is not None and self._act is not None:
                move = move._replace(fields=self._picks(run, event, judge.run, to))
                if after.by == VALUES:
                    move = move._replace(asks=Remembered(self._known.plan, judge.run, self._act))
                if again and run is not None:
                    find = acted_so if not noted else noted_first if to.due else noted_alone
                    move = move._replace(checked=(), again=Once(self._known.plan, run, event.actor, find))
                elif watch.together:
                    fits = None if run is None else Once(self._known.plan, run, event.actor, fit_together)
                    move = move._replace(checked=(), together=fits)
                if until and run is not None:
                    move = move._replace(counted=(run, until))
                self._known.learn(before, kind, move)
            elif to.due:
                to = None
        return flaws, to

    def _arrived(self, had: list[datetime], sure: bool, after: Basis) -> Standing | None:
        """How the run stands after an entry; what times are at hand from then on is noted."""
        judge = self.judge
        if judge.ended:
            self._moments = []
            return ENDED
        if judge.due:
            self._moments = had
            return Standing(judge.run, due=True, asked=after.by == VALUES) if sure else None
        key, self._moments = self._standing()
        return None if key is None or judge.run is None else self._known.standing(key, judge.run)

    def _with(self, event: Event) -> list[datetime]:
        """The times at hand and that of an entry that was judged, then those that follow from values since."""
        had = [*self._moments, event.when]
        known = set(map(id, had))
        return had + [one for _, one in _until(self.judge.run) if id(one) not in known]

    def _standing(self) -> tuple[Hashable, list[datetime]]:
        """How the folded run stands, None for no way that is one of many, and the times that count from there."""
        run = self.judge.run
        if run is None or not self.judge.at_rest:
            return None, []
        try:
            found = self._known.shapes.standing(run, self._people.__getitem__)
            hash(found and found[0])
        except (KeyError, TypeError):
            return None, []  # somebody in it has done nothing yet, or what no program wrote is in it
        return found or (None, [])

    def _picks(
        self, before: Run | None, event: Event, after: Run, to: Standing
    ) -> Picks | Literal["unchanged"] | None:
        """Where the values of fields come from after an entry."""
        if to is ENDED or (before is not None and after.facts.fields is before.facts.fields):
            return UNCHANGED
        found = sources(self._known.plan, before, event, after)
        return None if found is None else Picks(self._known.plan, found, to.values)

    def _take(self, event: Event) -> tuple[Sequence[Flaw], Basis, Basis]:
        """Judge an entry: its flaws, what it rests on itself, and what that rests on which follows it."""
        judge, watch = self.judge, self._known.watch
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
