"""One run, followed by what is known of the kinds of its entries, and judged where nothing is."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sop_runner.audit.bodies import HEAD, REASON, TYPE, WALL, Fields, said_in
from sop_runner.audit.heads import Head
from sop_runner.run import events as ev
from sop_runner.run.actions import Opened
from sop_runner.run.entries import event_in, event_parts, event_said
from sop_runner.run.evolve import evolve
from sop_runner.run.going import No

from .alike import difference
from .deriving import Derived, holding
from .judging import Flaw
from .known import ENDED, UNCHANGED, Known, Move, Standing
from .learning import Learning
from .picking import Picks
from .remembered import copied
from .replay_run import UNREADABLE, RunReplay
from .shapes import Entry, due_reason, reason_of

Said = Fields | Mapping[str, Any]
"""An entry as its fields, or as its body where that is not in canonical form."""
_LONG = 2_000
"""Characters of evidence from which on an entry is not kept as it is."""
KNOWN: tuple[tuple[Flaw, ...], bool] = (), True
"""Of an entry that is right as others of its kind were."""


class Followed:
    """One run, followed by what is known and judged where nothing is; see `RunReplay`."""

    __slots__ = (
        "_at", "_follows", "_judge", "_known", "_learning", "_opened", "_own", "_parts", "_people", "_signed", "_times",
        "_under_way", "_waiting", "ended", "last", "pin", "proofs",
    )  # fmt: skip

    def __init__(
        self, known: Known, pin: Any, judge: Callable[[], RunReplay], opened: Mapping[str, Opened]
    ) -> None:
        """`judge` makes the one who judges where nothing is known; the run goes by the text of a `pin`."""
        self._known, self._judge, self._opened = known, judge, opened
        self._people: dict[str, int] = {}
        self._learning: Learning | None = None
        self.pin = pin
        self.last = -1
        """Where its newest entry is."""
        self.ended = False
        """Whether nothing may follow."""
        self.proofs: set[str] = set()
        """The one-time proofs that were used in it."""
        self._at: Standing | None = known.start
        self._times: tuple[datetime, ...] = ()
        self._signed: str | None = None
        # Right and not folded yet; the last `_under_way` of them belong to an act that brings more.
        self._waiting: list[tuple[Any, ...]] = []
        self._under_way = 0
        self._own: tuple[Any, ...] | None = ()
        """The values of fields as they are in the run; None where they are not at hand."""
        self._follows: Derived | None = None
        self._parts: dict[str, Mapping[str, Any]] = {}

    @property
    def learning(self) -> Learning:
        """Who judges the run, and learns from it."""
        if self._learning is None:
            self._learning = Learning(self._known, self._judge(), self._people)
        return self._learning

    @property
    def waiting(self) -> int:
        """How many entries are kept until something is judged again."""
        return len(self._waiting)

    def fold(self) -> None:
        """Let go of the entries that are kept until something is judged again."""
        if self._waiting:
            self._own = self.learning.fold(self._waiting, len(self._waiting) - self._under_way)
            self._waiting, self._under_way = [], 0

    def finish(self) -> list[Flaw]:
        """What is wrong with where the run stops."""
        if self._at is not None and not self._at.due:
            return []
        self.fold()
        return self.learning.judge.finish()

    def take(self, said: Said, used: Sequence[str]) -> tuple[Sequence[Flaw], bool]:
        """The flaws of the next entry, and whether its kind was known. `used` are the one-time proofs in it.

        Raises what is in UNREADABLE where no program wrote it.
        """
        kind: Hashable = None
        if isinstance(said, tuple) and (not used or self.proofs.isdisjoint(used)):
            try:
                if self.goes_on(said):
                    self.proofs.update(used)
                    return KNOWN
                kind = self._kind(said)
            except UNREADABLE:
                kind = None  # what is wrong with it is said by who judges it
        flaws = self._judged(body_of(said), kind)
        self.proofs.update(used)
        return flaws, False

    def goes_on(self, fields: Fields) -> bool:
        """Take the next entry where it, or its kind, is known."""
        at = self._at
        if at is None:
            return False
        entry, head, kind, wall = self._entry(at, fields), fields[HEAD], fields[TYPE], fields[WALL]
        times = self._times + (datetime.fromisoformat(wall),)  # noqa: RUF005 - twice as fast
        follows = self._follows
        known = at.moves if not at.asked else follows.known if follows is not None else None
        if head.form.fleeting:
            known = None  # no two entries are just so
        if known is not None:
            move = known.get(entry)
            if move is not None and self._goes(move, fields, times):
                return True
        of_kind = self._kind_of(at, entry, head)
        move = at.moves.get(of_kind)
        if move is None or (at.asked and not self._followed(fields)):
            return False
        while not self._goes(move, fields, times):
            move = move.other
            if move is None:
                return False
        if known is not None and of_kind != entry and kind != ev.RUN_STARTED and len(head.text) < _LONG:
            self._known.keep(known, entry, move.settled(head.evidence))
        return True

    def _entry(self, at: Standing, fields: Fields) -> Entry:
        """The entry as it is: everything but its time, and who it is that did it."""
        who, head, _, _, outcome, _, _, reason, role, _, _, _, _, to, _, _, _, kind, _ = fields
        if who is not None:
            number = self._people.get(who)
            who = self._who(who) if number is None else number
        if reason is not None and not at.asked:
            reason = due_reason(kind, reason, self._signed) if at.due else reason_of(kind, reason)
        return kind, head.at, head.arrow, to, who, role, outcome, reason, head.text

    def _kind(self, fields: Fields) -> Hashable:
        """The kind of the next entry; None where none can be told."""
        at = self._at
        return None if at is None else self._kind_of(at, self._entry(at, fields), fields[HEAD])

    def _kind_of(self, at: Standing, entry: Entry, head: Head) -> Hashable:
        if at.asked:
            return self._known.shapes.derived(entry, head, self._who)
        if at.due and entry[0] != ev.OVERRUN_NOTED:
            return entry
        return self._known.shapes.act(entry, head, self._who)

    def _who(self, person: str) -> int:
        number = self._people.get(person)
        if number is None:
            if type(person) is not str or not person:
                raise ValueError(person)
            number = self._people[person] = len(self._people)
        return number

    def _followed(self, fields: Fields) -> bool:
        """Whether an entry is the one that had to follow."""
        follows = self._follows
        if follows is None or follows.event is None or self._own is None:
            return False
        event = event_said(fields)
        wanted = copied(follows.event, self._own) if follows.copies else follows.event
        return not difference(follows.judged, wanted._replace(when=event.when), event)

    def _goes(self, move: Move, fields: Fields, times: tuple[datetime, ...]) -> bool:
        """Go on along a move, where what it rests on holds for an entry."""
        to, onwards, compared, _, picks, _, _, _, _, plain, _ = move
        own, follows = self._own, None
        if plain and own is not None:
            for compare, one, more, two, later, said in compared:
                left, right = times[one], times[two]
                if compare(left + more if more else left, right + later if later else right) is not said:
                    return False
            if isinstance(picks, Picks):
                own = picks.pick(own, fields[HEAD], self._parts, self._opened)
        else:
            if move.counted is not None:
                if own is None:
                    return False
                times = self._counted(move, own, fields, times)
            if not _fall_out(move, times):
                return False
            found = self._holds(move, fields, times)
            if found is None:
                return False
            own, follows = found
        self._at, self._own, self._follows, self._times = to, own, follows, onwards(times)
        self._waiting.append(event_parts(fields))
        kind = fields[TYPE]
        if kind == ev.PART_ANSWERED:
            self._answered(fields[HEAD].evidence)
        if to.due:
            self._under_way += 1
            if kind == ev.SIGNATURE_GIVEN:
                self._signed = fields[REASON]
        else:
            self._under_way, self._signed = 0, None
            if to is ENDED:
                self.ended = True
        return True

    def _counted(
        self, move: Move, own: tuple[Any, ...], fields: Fields, times: tuple[datetime, ...]
    ) -> tuple[datetime, ...]:
        """The times at hand and those that follow from values."""
        assert move.counted is not None
        before, places = move.counted
        run = evolve(self._known.plan, holding(before, own, times[0]), event_said(fields), self._opened)
        return times + tuple([run.facts.controls.own[number] for number in places])

    def _holds(
        self, move: Move, fields: Fields, times: tuple[datetime, ...]
    ) -> tuple[tuple[Any, ...] | None, Derived | None] | None:
        """The values of fields after an entry and what follows; None where what the move rests on does not hold."""
        had = self._own
        for once in (move.again, move.together):
            if once is not None and (
                had is None or not once.holds(fields, had, times, len(self._times), self._parts, self._opened)
            ):
                return None
        for number, rules, zone in move.checked:
            if not self._known.fits(rules, fields[HEAD], number, self._opened, zone):
                return None
        follows, own = None, had
        if isinstance(move.fields, Picks) and had is not None:
            own = move.fields.pick(had, fields[HEAD], self._parts, self._opened)
        elif move.fields is not UNCHANGED:
            own = None
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

    def _judged(self, body: Mapping[str, Any], kind: Hashable) -> Sequence[Flaw]:
        """The flaws of an entry; a right one of a kind that can be told is known from then on."""
        self.fold()
        learning = self.learning
        flaws, to = learning.take(event_in(body, learning.read), self._at, kind)
        self._at, self._times, self._own = to, learning.times, learning.own
        self._follows = None
        if body["type"] == ev.PART_ANSWERED:
            self._answered(body["evidence"])
        if to is None or not to.due:
            self._signed = None
        elif body["type"] == ev.SIGNATURE_GIVEN:
            self._signed = body["reason"]
        self.ended = to is ENDED or (to is None and learning.judge.ended)
        return flaws


def body_of(said: Said) -> Mapping[str, Any]:
    """What an entry says, by name."""
    return said_in(said) if isinstance(said, tuple) else said


def _fall_out(move: Move, times: tuple[datetime, ...]) -> bool:
    """Whether the comparisons of times that a move rests on fall out the same."""
    return all(
        compare(times[one] + more, times[two] + later) is said
        for compare, one, more, two, later, said in move.compared
    )
