"""How old what names hold has to be at each act of a way, reckoned back from where the way asks about time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK
from sop_runner.lint.proofs.layout import Values
from sop_runner.lint.proofs.moves import Moves
from sop_runner.lint.proofs.stretches import DAY, LONGEST_DAY, SAME_DAY, Bound, Stretch, Stretches
from sop_runner.procedure.value_times import day_of

from .copies import copies, records

_LITTLE, _MORNING = timedelta(minutes=1), time(9)


class Old(NamedTuple):
    """A name and the stretches of age that it has to lie in at an act; `typed` where it is recorded there."""

    key: str
    stretches: Stretches
    mask: int
    typed: bool

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
        """What is as old as that now."""
        for _, one in self.stretches.of(self.mask):
            for age in _in(one, days=self.stretches.days):
                try:
                    yield now.astimezone(zone).date() - age if self.stretches.days else now - age
                except OverflowError:
                    continue


def ages(found: Found) -> dict[int, tuple[Old, ...]]:
    """How old names have to be at each act of a way, by its place (-1: as the run begins)."""
    layout = found.layout
    places = {
        key: (layout.names[aged.key], aged.stretches)
        for key, aged in layout.model.words.ages.items()
        if aged.key in layout.names
    }
    if not places:
        return {}
    nodes, instants = layout.model.plan.nodes, _instants(found)
    result: dict[int, tuple[Old, ...]] = {}
    typed: list[Old] = []
    need: dict[str, int] = {}

    def wanted(place: int) -> tuple[Old, ...]:
        return tuple(
            Old(key, places[key][1], mask, typed=place < 0)
            for key, mask in need.items()
            if mask and mask != places[key][1].known
        )

    for place in range(len(found.steps) - 1, -1, -1):
        step = found.steps[place]
        for key, (at, stretches) in places.items():
            need[key] = need.get(key, stretches.known) & instants[place][at]
        for key, source in copies(found, place):
            if key in need and source in places:
                need[source] &= need.pop(key)
        for key in [key for key in need if records(found, key, place)]:
            typed.append(Old(key, places[key][1], need.pop(key), typed=True))
        by_person = not step.arrow.startswith("passed_over") and not nodes[step.at].automatic
        if step.arrow != ENTER and (by_person or step.arrow == GO_BACK):
            result[place] = (*typed, *wanted(place))
            typed = []
            need = {key: places[key][1].sooner(mask) for key, mask in need.items()}
    result[-1] = (*typed, *wanted(-1))
    return {place: those for place, those in result.items() if those}


def _instants(found: Found) -> list[Values]:
    """What is known after each step, before time passes."""
    moves = Moves(found.layout)
    result: list[Values] = []
    for step, state, after in zip(found.steps, found.states, found.states[1:], strict=False):
        there = after.values
        if moves.waits(after):
            taken = (one for way, one in moves.at_once(state) if way[:3] == step[:3])
            there = next((one.values for one in taken if moves.waited(one) == after), there)
        result.append(there)
    return result


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
