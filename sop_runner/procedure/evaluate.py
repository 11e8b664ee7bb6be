"""Whether a condition holds now, and what it read to say so.

Evaluation is two-valued and total: a test on something unknown, sealed beyond reading or of
another type does not hold (`known: false` apart), so the order of entries never matters.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol

from .base_types import FieldRef
from .condition_words import FieldLabels as FieldLabels
from .condition_words import Labels as Labels
from .condition_words import in_words as in_words
from .value_compare import order, same
from .value_times import day_of
from .value_types import UNKNOWN as UNKNOWN
from .value_types import Sealed as Sealed
from .value_types import is_known, opened
from .when import All, AnyOf, Condition, Held, Test, names


class Env(Protocol):
    """What a condition is held against."""

    @property
    def now(self) -> datetime:
        """The time of the action, aware UTC."""
        ...

    @property
    def today(self) -> date:
        """The run's date in the desk's zone."""
        ...

    @property
    def zone(self) -> tzinfo:
        """The desk's zone."""
        ...

    def value(self, name: str) -> object:
        """The typed value of a field, derived name, decision, item, sign-off or step; Sealed; UNKNOWN."""
        ...

    def held(self, control: str) -> bool:
        """Whether the control is gained and fresh."""
        ...


def holds(condition: Condition, env: Env) -> bool:
    """Whether `condition` holds in `env`; never raises for a value of the wrong type."""
    if isinstance(condition, Test):
        return _test(condition, env)
    if isinstance(condition, All):
        return all(holds(part, env) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(holds(part, env) for part in condition.parts)
    if isinstance(condition, Held):
        return all(env.held(control) for control in condition.controls)
    return not holds(condition.part, env)


def reads(condition: Condition, env: Env) -> dict[str, object]:
    """Every name in `condition` with its value in `env`, in the order of the file."""
    return {name: look_up(name, env) for name in names(condition)}


def look_up(name: str, env: Env) -> object:
    """The value of a name; `today` is the run's date, an empty optional value is UNKNOWN."""
    if name == "today":
        return env.today
    value = env.value(name)
    return UNKNOWN if value is None else value


def equal(value: object, other: object, zone: tzinfo) -> bool | None:
    """As `same`, for sealed values too: one commitment is one value; None where it cannot be said."""
    if isinstance(value, Sealed) and isinstance(other, Sealed) and value.commitment == other.commitment:
        return True
    value, other = opened(value), opened(other)
    if not is_known(value) or not is_known(other):
        return None
    return same(value, other, zone)


_ORDERINGS = {
    "at_least": (0, 1), "at_most": (-1, 0), "more_than": (1,), "less_than": (-1,), "before": (-1,), "after": (1,),
}  # fmt: skip


def _test(test: Test, env: Env) -> bool:
    value = look_up(test.name, env)
    operator = test.operator
    if operator == "known":
        return is_known(value) is test.value
    if not is_known(value):
        return False
    zone = env.zone
    if operator == "is":
        return equal(value, _operand(test.value, env), zone) is True
    if operator == "is_not":
        return equal(value, _operand(test.value, env), zone) is False
    if operator == "one_of":
        return any(equal(value, _operand(other, env), zone) is True for other in test.value)
    if operator == "none_of":
        return all(equal(value, _operand(other, env), zone) is False for other in test.value)
    value = opened(value)
    if operator == "within":
        return _within(value, test.value, env)
    if operator == "same_day":
        return isinstance(value, date) and (day_of(value, zone) == day_of(env.now, zone)) is test.value
    if operator in ("before", "after") and not isinstance(value, date | time):
        return False
    return order(value, opened(_operand(test.value, env)), zone) in _ORDERINGS[operator]


def _operand(operand: object, env: Env) -> object:
    return look_up(operand.name, env) if isinstance(operand, FieldRef) else operand


def _within(value: object, span: timedelta, env: Env) -> bool:
    """A datetime by its distance to now; a date by whole days to today's date."""
    if isinstance(value, datetime):
        return abs(env.now - value) <= span
    return isinstance(value, date) and abs(day_of(env.now, env.zone) - value) <= span
