"""How old what names hold has to be at each act of a way, reckoned back from where the way asks about time."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK
from sop_runner.lint.proofs.layout import Values
from sop_runner.lint.proofs.moves import Moves
from sop_runner.lint.proofs.stretches import DAY, LONGEST_DAY, SAME_DAY, Bound, Stretch, Stretches
from sop_runner.procedure.nodes import Decision
from sop_runner.procedure.value_times import day_of

from .copies import copies, records

_LITTLE, _MORNING = timedelta(minutes=1), time(9)


class Old(NamedTuple):
    """A name and the stretches of age that it has to lie in at an act.

    `typed` where it is recorded there, `asked` where the way asks at that instant how old it is.
    """

    key: str
    stretches: Stretches
    mask: int
    typed: bool
    asked: bool

    def fits(self, value: object, now: datetime, zone: tzinfo) -> bool:
        """Whether a value is as old as that."""
        asks = self.stretches.asks_for_day
        return any(
            _within(one, value, now, zone, asks_for_day=asks) for _, one in self.stretches.of(self.mask)
        )

    def moments(self, value: object, zone: tzinfo) -> Iterator[datetime]:
        """When a value gets as old as that, the soonest first."""
        for _, one in self.stretches.of(self.mask):
            for age in _in(one, days=self.stretches.days):
                try:
                    if isinstance(value, datetime):
                        yield value + age
                    elif isinstance(value, date):
                        yield datetime.combine(value + age, _MORNING, zone)
                except OverflowError:
                    continue

    def values(self, now: datetime, zone: tzinfo) -> Iterator[date]:
        """What is as old as that now; what lies ahead comes last."""
        days = self.stretches.days
        ages_ = (age for _, one in self.stretches.of(self.mask) for age in _in(one, days=days))
        for age in sorted(ages_, key=lambda age: age < timedelta()):
            try:
                yield now.astimezone(zone).date() - age if days else now - age
            except OverflowError:
                continue


def ages(found: Found) -> dict[int, tuple[Old, ...]]:
    """How old names have to be at each act of a way, by its place (-1: as the run begins)."""
    aged = found.layout.model.words.ages
    there = {key: one.stretches for key, one in aged.items() if one.key in found.layout.names}
    if not there:
        return {}
    moves, nodes, result = Moves(found.layout), found.layout.model.plan.nodes, dict[int, tuple[Old, ...]]()
    reckoned = _Reckoned(there)
    for place in range(len(found.steps) - 1, -1, -1):
        step, before = found.steps[place], found.states[place].values
        at = {key: found.layout.names[aged[key].key] for key in there}
        after = _at_once(moves, found, place)
        for key in there:
            reckoned.known(key, after[at[key]], before[at[key]])
        copied = dict(copies(found, place))
        for key, source in copied.items():
            reckoned.taken_from(key, source)
        for key in there:
            if key not in copied and records(found, key, place):
                reckoned.typed(key)
        for left in _read(moves, found, place):
            for key in there:
                reckoned.known(key, left[at[key]], before[at[key]])
        by_person = not step.arrow.startswith("passed_over") and not nodes[step.at].automatic
        if step.arrow != ENTER and (by_person or step.arrow == GO_BACK):
            result[place] = reckoned.acted()
    for key in there:
        reckoned.typed(key)
    result[-1] = reckoned.acted()
    return {place: those for place, those in result.items() if those}


class _Reckoned:
    """How old each name has to be at an instant of a way, from the last to the first."""

    def __init__(self, stretches: Mapping[str, Stretches]) -> None:
        self._stretches = stretches
        self._need = {key: one.known for key, one in stretches.items()}
        self._typed: list[Old] = []
        self._asked: set[str] = set()
        self._told: set[str] = set()

    def known(self, key: str, mask: int, before: int) -> None:
        """What is known of a name after a step, and was before."""
        self._need[key] &= mask
        if mask != before and not mask & ~before:
            self._asked.add(key)
            self._told.add(key)

    def taken_from(self, key: str, source: str) -> None:
        """A name took the value of another one."""
        if key == source or key not in self._need or source not in self._need:
            return
        self._need[source] &= self._need[key]
        self._told |= {source} if key in self._told else set()
        self._new(key)

    def typed(self, key: str) -> None:
        """A name got a value of its own."""
        if key in self._told or self._need[key] != self._stretches[key].known:
            self._typed.append(self._old(key, typed=True))
        self._new(key)

    def acted(self) -> tuple[Old, ...]:
        """What has to be so as somebody acts; before that it was some time sooner."""
        known = (key for key, mask in self._need.items() if mask and mask != self._stretches[key].known)
        found = (*self._typed, *(self._old(key, typed=False) for key in known))
        self._need = {key: self._stretches[key].sooner(mask) for key, mask in self._need.items()}
        self._typed, self._asked = [], set()
        return found

    def _old(self, key: str, *, typed: bool) -> Old:
        return Old(key, self._stretches[key], self._need[key], typed=typed, asked=key in self._asked)

    def _new(self, key: str) -> None:
        self._need[key] = self._stretches[key].known
        self._told.discard(key)


def _at_once(moves: Moves, found: Found, place: int) -> Values:
    """What is known after a step, before time passes."""
    step, after = found.steps[place], found.states[place + 1]
    if not moves.waits(after):
        return after.values
    taken = (one for way, one in moves.at_once(found.states[place]) if way[:3] == step[:3])
    return next((one.values for one in taken if moves.waited(one) == after), after.values)


def _read(moves: Moves, found: Found, place: int) -> list[Values]:
    """What a decision left of what it read, before it set anything; nothing where that is not one thing."""
    step, values = found.steps[place], found.states[place].values
    node = moves.nodes[step.at]
    if not isinstance(node.node, Decision) or step.arrow in (ENTER, GO_BACK):
        return []
    left = [left for outcome, left in moves.outcomes(node, node.node, values) if outcome.outcome == step.how]
    return left if len(left) == 1 else []


def _within(stretch: Stretch, value: object, now: datetime, zone: tzinfo, *, asks_for_day: bool) -> bool:
    if isinstance(value, datetime):
        age: timedelta = now - value
    elif isinstance(value, date):
        age = now.astimezone(zone).date() - value
    else:
        return False
    if asks_for_day and (SAME_DAY in stretch.so) != (day_of(value, zone) == now.astimezone(zone).date()):
        return False
    return stretch.least <= (age, 0) <= stretch.most


def _in(stretch: Stretch, *, days: bool) -> Iterator[timedelta]:
    """Ages in a stretch: its ends, and something between."""
    little = DAY if days else _LITTLE
    least, most = stretch.least, stretch.most
    low = most[0] - LONGEST_DAY if least[0] == timedelta.min else _end(least, little)
    high = least[0] + LONGEST_DAY if most[0] == timedelta.max else _end(most, -little)
    if least[0] == timedelta.min and most[0] == timedelta.max:
        low = high = timedelta()
    for age in dict.fromkeys((low, high, (low + high) / 2)):
        yield timedelta(days=age.days) if days else age


def _end(bound: Bound, inward: timedelta) -> timedelta:
    return bound[0] + (inward if bound[1] else timedelta())
