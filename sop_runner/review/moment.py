"""Times that tell what was asked of them: how a replay learns on which comparisons of times a judgement rests."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.run.events import Evidence

NO_TIME = timedelta()
SURE, VALUES, ELSEWHERE = range(3)


class Watch:
    """What one judgement asked of times, and of values: `comparisons` and whether it asked anything else.

    A comparison is its name, both sides as a moment and what was added to it, and what it said.
    """

    def __init__(self) -> None:
        self.elsewhere = False
        """Whether it went by more of a time than how it compares to another one."""
        self.values = False
        """Whether it went by a value that runs which stand alike may have otherwise."""
        self.steps: list[Basis] = []
        """On what each event came about; last what showed that none follows."""
        self.comparisons: dict[tuple[Any, ...], Comparison] = {}
        self.spans: list[Span] = []
        """How long after another one a time was asked to be."""
        self.checked: list[tuple[Evidence, FieldRules, ZoneInfo]] = []
        """The pieces of evidence whose value was held against the rules of its field, and the desk's zone."""
        self.together = False
        """Whether fields of a record were held against each other, or against what was recorded before."""

    def begin(self) -> None:
        """Forget the judgement before."""
        self.elsewhere = self.values = self.together = False
        self.steps.clear()
        self.spans.clear()
        self.comparisons.clear()
        self.checked.clear()

    @property
    def days(self) -> bool | None:
        """Whether it went by the day of a time; None where it went by more of one."""
        if (
            self.elsewhere
            or self.spans
            or any(type(one[0]) is not _OnDay for one in self.comparisons.values())
        ):
            return None
        return bool(self.comparisons)

    def step(self) -> None:
        """An event came about, and what is asked from now on is asked for the next one."""
        by = ELSEWHERE if self.elsewhere else VALUES if self.values else SURE
        self.steps.append(Basis(by, tuple(self.comparisons.values()), tuple(self.spans)))
        self.elsewhere = self.values = False
        self.comparisons.clear()
        self.spans.clear()


def tells_apart(rules: FieldRules | None, value: Any) -> bool:
    """Whether a value is one of so few that runs with different ones count as standing differently."""
    if value is None or value is UNKNOWN or type(value) is bool:
        return True
    return type(value) is str and (rules is None or rules.type == "choice")


Compare = Callable[[datetime, datetime], Any]
Comparison = tuple[Compare, datetime, timedelta, datetime, timedelta, Any]
"""A way to compare, both sides as a recorded time and what was added to it, and what came of it."""
Span = tuple[datetime, timedelta, datetime, timedelta]
"""Two times, each as a recorded one and what was added to it."""


class Basis(NamedTuple):
    """What an event rests on: SURE, VALUES or ELSEWHERE, and comparisons of times."""

    by: int
    compared: tuple[Comparison, ...] = ()
    spans: tuple[Span, ...] = ()


_NOBODY = Watch()


class Moment(datetime):
    """A recorded time, or one so much later than it; every use but a comparison with another one is told as well."""

    watch: Watch = _NOBODY
    base: "Moment | None" = None
    """The recorded time that this one was counted from; None where it is one itself."""
    later: timedelta = NO_TIME
    plain: datetime
    """A recorded time for those who need not be told apart."""

    @classmethod
    def read(cls, text: str, watch: Watch) -> Self:
        """A recorded time. Raises ValueError where the text is none."""
        return cls.at(datetime.fromisoformat(text), watch)

    @classmethod
    def at(cls, plain: datetime, watch: Watch) -> Self:
        """A time that was recorded."""
        at = plain
        found = cls(
            at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, at.tzinfo, fold=at.fold
        )
        found.plain, found.watch = plain, watch
        return found

    @classmethod
    def of(cls, when: datetime) -> Self:
        """A time that was `read`."""
        assert isinstance(when, cls)
        return when

    def __add__(self, span: timedelta) -> Self:
        found: Self = datetime.__add__(self, span)
        found.watch, found.base, found.later = self.watch, self.base or self, self.later + span
        return found

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, datetime):
            return self + -other
        one, more = told_apart(self)
        self.watch.spans.append((one, more, *told_apart(other)))
        return datetime.__sub__(self, other)

    def astimezone(self, tz: Any = None) -> Any:
        one, more = told_apart(self)
        assert isinstance(one, Moment)
        at = (one.plain + more).astimezone(tz)
        found = _Local(
            at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, at.tzinfo, fold=at.fold
        )
        found.watch, found.known = self.watch, (one, more, tz)
        return found


class _Local(datetime):
    """A moment as the clocks of a zone show it; every use but asking for the day is told."""

    watch: Watch
    known: tuple[Moment, timedelta, tzinfo]

    def date(self) -> date:
        day, (one, more, zone) = datetime.date(self), self.known
        on_day: Compare = _OnDay(day, zone)
        self.watch.comparisons[str(zone), id(one), more] = on_day, one, more, one, more, True
        return day


@dataclass(frozen=True)
class _OnDay:
    """Whether a time is of a day in a zone."""

    day: date
    zone: tzinfo

    def __call__(self, when: datetime, same: datetime) -> bool:
        return when.astimezone(self.zone).date() == self.day


def told_apart(when: datetime) -> tuple[datetime, timedelta]:
    """The recorded time that one was counted from, and how much later it is."""
    return (when.base or when, when.later) if isinstance(when, Moment) else (when, NO_TIME)


def _comparing(name: str) -> Callable[[Moment, Any], bool]:
    plain = getattr(datetime, name)
    compare = getattr(operator, name.strip("_"))

    def told(self: Moment, other: Any) -> bool:
        said: bool = plain(self, other)
        one, more = told_apart(self)
        two, later = told_apart(other)
        self.watch.comparisons[name, id(one), more, id(two), later] = compare, one, more, two, later, said
        return said

    return told


def _told(name: str) -> Any:
    plain = getattr(datetime, name)
    if not callable(plain):

        def look(self: Moment | _Local) -> Any:
            _tell(self)
            return plain.__get__(self)

        return property(look)

    def use(self: Moment | _Local, *args: Any, **named: Any) -> Any:
        _tell(self)
        return plain(self, *args, **named)

    return use


def _tell(moment: Moment | _Local) -> None:
    moment.watch.elsewhere = True


COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__")
_SILENT = frozenset(
    """__add__ __radd__ __class__ __new__ __init__ __init_subclass__ __subclasshook__ __getattribute__ __setattr__
    __delattr__ __dir__ __doc__ __sizeof__ min max resolution fromisoformat fromtimestamp fromordinal
    fromisocalendar strptime now utcnow today utcfromtimestamp combine""".split()  # noqa: SIM905 - a long list of words reads best so
)
for _name in COMPARISONS:
    setattr(Moment, _name, _comparing(_name))
for _name in set(dir(datetime)) - _SILENT - set(COMPARISONS) - {"__sub__", "astimezone"}:
    setattr(Moment, _name, _told(_name))
for _name in (set(dir(datetime)) - _SILENT - {"date"}) | {"__add__", "__radd__"}:
    setattr(_Local, _name, _told(_name))
