"""Comparing two values of one key: which of them asks more."""

from collections.abc import Callable, Iterable, Set
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sop_runner.procedure.base_types import FieldRef, Jump
from sop_runner.procedure.texts import Text
from sop_runner.procedure.value_numbers import plain
from sop_runner.procedure.value_times import duration_text

from .change import Kind, Told

OPPOSITE: dict[Kind, Kind] = {"weaker": "stronger", "stronger": "weaker", "changed": "changed"}
Rank = Callable[[Any], float]


def said(value: object) -> str:
    """A value for a reader."""
    match value:
        case None | () | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return duration_text(value)
        case Decimal():
            return plain(value)
        case FieldRef(name=name):
            return f"the value of {name}"
        case Jump(to=to, at_most=at_most, otherwise=otherwise):
            bound = f", at most {at_most} times" if at_most is not None else ""
            return f"{to}{bound}{f', then {otherwise}' if otherwise else ''}"
        case Text():
            return value.by_locale[0][1]
        case date():
            return value.isoformat()
        case dict():
            return ", ".join(f"{key}: {said(part)}" for key, part in value.items())
        case tuple() | list() | set() | frozenset():
            parts = sorted(map(said, value)) if isinstance(value, Set) else map(said, value)
            return ", ".join(parts)
        case _:
            return str(value)


def ranked(told: Told, what: str, old: object, new: object, strictness: Rank) -> None:
    """A value that can be put on a scale of how much it asks."""
    if old == new:
        return
    before, after = strictness(old), strictness(new)
    kind: Kind = "weaker" if after < before else "stronger" if after > before else "changed"
    told.add(kind, f"{what} {said(old)} before, {said(new)} now", said(old), said(new))


def other(told: Told, what: str, old: object, new: object, *, unsettled: bool = False) -> None:
    """A value of which nobody can say which one asks more; `unsettled` where it may be less."""
    if old != new:
        told.add(
            "changed",
            f"{what} {said(old)} before, {said(new)} now",
            said(old),
            said(new),
            unsettled=unsettled,
        )


def present(told: Told, what: str, old: object, new: object, *, changed_is_open: bool = True) -> None:
    """A rule that asks something by being there: dropping it is weaker, another one may be."""
    if old == new:
        return
    if new in (None, (), False):
        told.add("weaker", f"{what} dropped", said(old))
    elif old in (None, (), False):
        told.add("stronger", f"{what} added", "", said(new))
    else:
        other(told, what, old, new, unsettled=changed_is_open)


def members(
    told: Told, old: Iterable[str], new: Iterable[str], gone: str, come: str, *, gone_is: Kind = "weaker"
) -> None:
    """A set of names, each of which counts; `gone` and `come` are sentences with `{}` for the name."""
    before, after = tuple(dict.fromkeys(old)), tuple(dict.fromkeys(new))
    for name in before:
        if name not in after:
            told.add(gone_is, gone.format(f"'{name}'"), name)
    for name in after:
        if name not in before:
            told.add(OPPOSITE[gone_is], come.format(f"'{name}'"), "", name)


def allowed(told: Told, what: str, old: Iterable[str], new: Iterable[str]) -> None:
    """Names of which any one will do: more of them is weaker; none at all stands for every one."""
    before, after = frozenset(old), frozenset(new)
    if before == after:
        return
    sentence = f"{what} {said(before) if before else 'any'} before, {said(after) if after else 'any'} now"
    if not after or (before and before < after):
        told.add("weaker", sentence, said(before), said(after))
    elif not before or after < before:
        told.add("stronger", sentence, said(before), said(after))
    else:
        told.add("changed", sentence, said(before), said(after), unsettled=True)


def more_is_stronger(value: Any) -> float:
    """None is the least."""
    return _number(value, float("-inf"))


def less_is_stronger(value: Any) -> float:
    """None is without a limit, and so the weakest."""
    return -_number(value, float("inf"))


def _number(value: Any, none: float) -> float:
    if value is None:
        return none
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def one_of(*weakest_first: object) -> Rank:
    """A scale of a few words, the weakest first."""
    return lambda value: weakest_first.index(value)
