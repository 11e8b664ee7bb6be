"""Runs that do the same things are judged once: an entry of a kind that was judged before, of a run that stood
just so, is as right as that one was.

What is known was worked out by `RunReplay` on the first entry of each kind. It holds as far as the comparisons of
times that it rests on fall out the same and values fit their fields. Where nothing is known, the run is folded
and the entry judged in full.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sop_runner.audit.heads import Head
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.values import from_wire
from sop_runner.run.actions import Opened
from sop_runner.run.events import Event, Evidence
from sop_runner.run.state import Run

from .forms import values_of
from .moment import Compare, Comparison, Watch
from .once import Once
from .picking import Picks, getter, own_values
from .records import fits_alone, fits_value
from .remembered import Remembered
from .shapes import VALUED, Shapes

_MOST = 20_000
"""Kinds of entries that are kept; past it all are forgotten, and worked out again as they come."""
_AS_THEY_ARE = 2_000
"""Entries that are known as they are, values included; past it these are forgotten."""
_VALUES = 2_000
"""Values that are known to fit their fields; past it these are forgotten."""
_OTHERWISE = 4
"""Ways in which the comparisons of one kind of entry may fall out that are kept."""

UNCHANGED: Final = "unchanged"
"""Of an entry that leaves the value of every field as it was."""
Times = tuple[datetime, ...]


class Standing:
    """How runs stand that nothing tells apart by which an entry is judged, and the `moves` that are known from there.

    `due` says whether something has to follow without a person, `asked` whether what follows is worked out for
    each run, for it rests on values. `values` are those of the fields of one of them, for what all have alike.
    """

    __slots__ = ("asked", "due", "moves", "values")

    def __init__(self, run: Run | None = None, *, due: bool, asked: bool = False) -> None:
        self.values, self.due, self.asked = own_values(run) or (), due, asked
        self.moves: dict[Hashable, Move] = {}


ENDED = Standing(due=False)


class Move(NamedTuple):
    """Where a right entry of one kind leads, as far as what was `compared` and `checked` holds for it.

    Times are numbered as the standing before it has them, that of the entry last; `times` picks those of the
    next one. `checked` are pieces of evidence whose value has to fit its field. `fields` says where values of
    fields come from then: UNCHANGED, or None where that is lost. Where what follows rests on values, `asks` finds
    it out. Where fields of a record are held against others, `together` says whether they fit. Where times follow from values, `counted` are the run as it stood before and which of its controls
    hold until these: they are counted anew, and come after that of the entry. Where the act itself rests on values, or
    on times that follow from them, `again` says whether it brings the entry, done again. `other` is the same kind with
    other comparisons.
    """

    to: Standing
    times: Callable[[Times], Times]
    compared: tuple[tuple[Compare, int, timedelta, int, timedelta, Any], ...]
    checked: tuple[tuple[int, FieldRules, ZoneInfo], ...] = ()
    fields: Picks | Literal["unchanged"] | None = UNCHANGED
    asks: Remembered | None = None
    together: Once | None = None
    counted: tuple[Run, tuple[int, ...]] | None = None
    again: Once | None = None
    plain: bool = False
    other: "Move | None" = None

    def complete(self) -> "Move":
        """The same, which knows whether it is `plain`: whether it rests on comparisons of recorded times only."""
        rest = self.checked, self.asks, self.together, self.counted, self.again
        return self._replace(plain=not any(rest) and self.fields is not None)

    def settled(self, pieces: Sequence[Evidence]) -> "Move":
        """The same for entries with just these `pieces` of evidence, which fit and hold no commitment."""
        fields = self.fields
        if isinstance(fields, Picks):
            fields = fields.settled(pieces)
        return self._replace(checked=(), fields=fields, other=None).complete()


class Known:
    """What has been worked out about one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shapes = Shapes(plan)
        self.watch = Watch()
        self.start = Standing(due=False)
        self._fitting: set[tuple[int, str, str]] = set()
        self._standings: dict[Hashable, Standing] = {}
        self._size = 0
        self._as_they_are: list[tuple[dict[Hashable, Move], Hashable]] = []

    def standing(self, key: Hashable, run: Run) -> Standing:
        """The one of all runs that stand so, of which `run` is one."""
        found = self._standings.get(key)
        if found is None:
            found = self._standings[key] = Standing(run, due=False)
        return found

    def fits(
        self, rules: FieldRules, head: Head, number: int, opened: Mapping[str, Opened], zone: ZoneInfo
    ) -> bool:
        """Whether a value that a piece of evidence records fits its field by itself; what is plain is not found out
        again and again.
        """
        place = values_of(head.form)[number]
        if place is None:
            return fits_alone(rules, head.evidence[number], opened, zone)
        text, sealed = head.given[place[0]][1:-1], place[1]
        if sealed:
            kept = opened.get(text)
            if kept is None or kept.value is None:
                return fits_alone(rules, head.evidence[number], opened, zone)
            return fits_value(rules, from_wire(rules, kept.value), zone)
        key = id(rules), zone.key, text  # the rules live as long as the plan
        if key in self._fitting:
            return True
        found = fits_value(rules, from_wire(rules, text), zone)
        if found:
            if len(self._fitting) >= _VALUES:
                self._fitting.clear()
            self._fitting.add(key)
        return found

    def learn(self, before: Standing, kind: Hashable, move: Move) -> None:
        """Keep what a judgement came to."""
        known = before.moves.get(kind)
        before.moves[kind] = move._replace(other=_newest(known, _OTHERWISE - 1)).complete()
        self._size += known is None
        if self._size > _MOST:
            self._standings.clear()
            self.start.moves.clear()
            self._as_they_are.clear()
            self._size = 0

    def keep(self, known: dict[Hashable, Move], entry: Hashable, move: Move) -> None:
        """Keep a move among those `known` for an entry that is just so."""
        if len(self._as_they_are) >= _AS_THEY_ARE:
            for there, one in self._as_they_are:
                there.pop(one, None)
            self._as_they_are.clear()
        known[entry] = move
        self._as_they_are.append((known, entry))


def _newest(move: Move | None, count: int) -> Move | None:
    """The first so many of one kind: what days and times bring comes in their order."""
    if move is None or not count:
        return None
    return move._replace(other=_newest(move.other, count - 1))


def move_of(
    to: Standing,
    had: Sequence[datetime],
    has: Sequence[datetime],
    comparisons: Iterable[Comparison],
    checks: Iterable[tuple[Evidence, FieldRules, ZoneInfo]],
    event: Event,
    act: bool,
) -> Move | None:
    """What the judgement of an event rested on; None where times or values come from elsewhere.

    Of an `act` the kind says nothing of values: each has to be checked.
    """
    numbers = {id(moment): number for number, moment in enumerate(had)}
    try:
        compared = tuple(
            (compare, numbers[id(one)], more, numbers[id(two)], later, said)
            for compare, one, more, two, later, said in comparisons
        )
        times = getter([numbers[id(moment)] for moment in has])
    except KeyError:
        return None
    places = {id(piece): number for number, piece in enumerate(event.evidence)}
    checked = tuple((places[id(piece)], rules, zone) for piece, rules, zone in checks)
    held = {number for number, _, _ in checked}
    if (
        act
        and event.type in VALUED
        and any(_valued(piece) and places[id(piece)] not in held for piece in event.evidence)
    ):
        return None
    return Move(to, times, compared, checked)


def _valued(piece: Evidence) -> bool:
    """Whether a value is left out of what tells the kind of an entry."""
    has_value = "commitment" in piece or type(piece.get("value")) not in (type(None), bool)
    return has_value and piece.get("kind") in ("field", "item")
