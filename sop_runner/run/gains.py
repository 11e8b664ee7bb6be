"""Controls as they come and go: gained, invalidated, and lost where the way is cut."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sop_runner.procedure.timing import Age

from .facts import NOTHING, Facts, Gain, Recorded
from .moments import as_moment
from .packed import Packed
from .state import Run


def scoped(scope: str, names: Collection[str]) -> Collection[str]:
    return [scope + name for name in names] if scope else names


def gained(
    controls: Packed[Gain],
    run: Run,
    names: frozenset[str],
    age: Age | None,
    at: str,
    scope: str,
    when: datetime,
    waived: bool,
    fields: Mapping[str, Recorded],
    ages: Mapping[str, datetime] = NOTHING,
) -> Packed[Gain]:
    """The controls after these of `scope` are gained at `at`; `fields` as they are then, `ages` where they are older."""
    if age is None:
        for name in names:
            controls = controls.put_one(scope + name, (at, None, waived), (ages.get(name, when), None))
        return controls
    for name in names:
        gained_at = ages.get(name, when)
        until, day = None, None
        if age.same_day:
            day = gained_at.astimezone(run.zone).date()
        elif age.for_ is not None:
            since: datetime | None = gained_at
            if age.from_:
                recorded = fields.get(scope + age.from_)
                since = as_moment(recorded.value, run) if recorded else None
            # A time that is not known keeps nothing fresh.
            until = since + age.for_ if since is not None else gained_at
        controls = controls.put_one(scope + name, (at, day, waived), (gained_at, until))
    return controls


def invalidate(facts: Facts, serial: int, names: Collection[str]) -> Facts:
    """The facts without these controls, which went with the event of number `serial`."""
    if not names:
        return facts
    fields, controls, invalidated, decisions, frames = facts
    controls = controls.changed(dict.fromkeys(names))
    invalidated = {**invalidated, **dict.fromkeys(names, serial)}
    return tuple.__new__(Facts, (fields, controls, invalidated, decisions, frames))


def cut(facts: Facts, entered_with: Facts, serial: int) -> Facts:
    """Returning to a node on the way: the controls gained since it was entered are lost, fields stay.

    What the move into it, of number `serial`, invalidated and gained again was gained before it was entered.
    """
    lost = [
        name
        for name in entered_with.controls
        if name not in facts.controls or facts.invalidated.get(name, -1) > serial
    ]
    return Facts(facts.fields, entered_with.controls.changed(dict.fromkeys(lost)), *facts[2:])
