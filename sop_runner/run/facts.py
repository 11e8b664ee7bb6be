"""What going back restores: fields, controls, decisions and calls, and what undoes a change of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .packed import Apart, Names, Packed

NONE: frozenset[Any] = frozenset()
"""The one empty set that every run shares."""
NOTHING: Mapping[str, Any] = {}
"""The one empty map that every run shares."""


class Gain(NamedTuple):
    """A control that was gained: when, where, and until when it is fresh (None: for ever).

    `day` is set where it holds on that day only; `waived` where a ruling gained it.
    """

    at: datetime
    node: str
    until: datetime | None = None
    day: date | None = None
    waived: bool = False

    def fresh(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether it still counts for an act at `now`."""
        if self.until is not None and now > self.until:
            return False
        return self.day is None or now.astimezone(zone).date() == self.day


class Recorded(NamedTuple):
    """A value and the node that recorded it; `value` is typed, or a Sealed commitment."""

    value: Any
    node: str


class Taken(NamedTuple):
    """A decision as it was taken last: what it imposes and which names it set."""

    outcome: str
    imposes: tuple[str, ...]
    sets: tuple[str, ...]


class Frame(NamedTuple):
    """A call under way: what it was given, and which element of how many is being worked on."""

    given: frozenset[str]
    element: int = 0
    elements: int = 0
    incomplete: frozenset[int] = NONE
    ages: Mapping[str, datetime] = {}
    since: datetime | None = None


class Fields(Packed[Recorded]):
    """Which node recorded a field is the same in every run that went the same way."""

    __slots__ = ()

    def recorded(self, values: Mapping[str, Any], node: str) -> "Fields":
        """The map with what a node records; None takes a value away."""
        if not self.kind.index.keys().isdisjoint(values):
            return self.put(
                {name: None if value is None else (node, (value,)) for name, value in values.items()}
            )
        for value in values.values():
            if value is None:  # of a name that has none: nothing to take away
                values = {name: value for name, value in values.items() if value is not None}
                break
        return self.put_new(tuple(values), (node,) * len(values), tuple(values.values())) if values else self

    def _apart(self, row: Recorded) -> Apart:
        return row.node, (row.value,)

    def _at(self, number: int) -> Recorded:
        return tuple.__new__(Recorded, (self.own[number], self.kind.common[number]))

    def _rows(self) -> Iterable[Recorded]:
        # Without an instruction of ours for each row: long runs have many.
        return map(partial(tuple.__new__, Recorded), zip(self.own, self.kind.common, strict=True))


class _Gains(Packed[Gain]):
    """When a control was gained is a run's own, and until when it holds."""

    __slots__ = ()
    width = 2

    def _apart(self, row: Gain) -> Apart:
        at, node, until, day, waived = row
        return (node, day, waived), (at, until)

    def _at(self, number: int) -> Gain:
        node, day, waived = self.kind.common[number]
        at, until = self.own[2 * number : 2 * number + 2]
        return tuple.__new__(Gain, (at, node, until, day, waived))

    def _rows(self) -> Iterable[Gain]:
        own = zip(self.own[::2], self.own[1::2], self.kind.common, strict=True)
        return [Gain(at, node, until, day, waived) for at, until, (node, day, waived) in own]


class _Decisions(Packed[Taken]):
    """An outcome means the same in every run."""

    __slots__ = ()
    width = 0

    def _apart(self, row: Taken) -> Apart:
        return row, ()

    def _at(self, number: int) -> Taken:
        found: Taken = self.kind.common[number]
        return found

    def _rows(self) -> Iterable[Taken]:
        return self.kind.common


class Facts(NamedTuple):
    """What going back restores, each by scope and name."""

    fields: Fields
    controls: Packed[Gain]
    invalidated: Mapping[str, int]
    decisions: Packed[Taken]
    frames: Mapping[str, Frame]


NO_FACTS = Facts(Fields(), _Gains(), NOTHING, _Decisions(), NOTHING)

Undo = tuple[Any, ...]
"""What leads from later facts back to earlier ones, part by part.

None where both are the same, a number where the earlier are the first so many of the later, else
the earlier part as it was.
"""


def undo_of(earlier: Facts, later: Facts) -> Undo:
    """What leads from `later` back to `earlier`."""
    fields, controls, invalidated, decisions, frames = earlier
    fields_now, controls_now, invalidated_now, decisions_now, frames_now = later
    if (
        invalidated_now is invalidated
        and frames_now is frames
        and (fields_now is fields or fields_now.behind is fields)
        and (controls_now is controls or controls_now.behind is controls)
        and (decisions_now is decisions or decisions_now.behind is decisions)
    ):
        fields_now.behind = controls_now.behind = decisions_now.behind = None
        return _sizes(fields.kind, controls.kind, decisions.kind)
    return (
        None if fields_now is fields else fields_now.undo_to(fields),
        None if controls_now is controls else controls_now.undo_to(controls),
        None if invalidated_now is invalidated else invalidated,
        None if decisions_now is decisions else decisions_now.undo_to(decisions),
        None if frames_now is frames else frames,
    )


@lru_cache(maxsize=4096)
def _sizes(fields: Names, controls: Names, decisions: Names) -> Undo:
    """What leads back to facts of these names where things were only added: one for all runs that went the same way."""
    return len(fields.names), len(controls.names), None, len(decisions.names), None


def undone(facts: Facts, undos: Sequence[Undo | None]) -> Facts:
    """The earlier facts that lead to `facts` by what the last of `undos` undoes, and then the one before it, and so on."""
    if not undos:
        return facts
    parts: list[Any] = [*facts]
    sizes: dict[int, int] = {}
    for undo in reversed(undos):
        if undo is None:
            continue
        for number, part in enumerate(undo):
            if part is None:
                continue
            if isinstance(part, int):
                sizes[number] = part
            else:
                parts[number] = part
                sizes.pop(number, None)
    for number, size in sizes.items():
        parts[number] = parts[number].first(size)
    return Facts(*parts)
