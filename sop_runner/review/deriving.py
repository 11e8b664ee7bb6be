"""What follows next without a person, found out by the rules on a run put together from what is known of it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from sop_runner.machine.plan import Plan
from sop_runner.run.actions import Opened
from sop_runner.run.advance import go_on
from sop_runner.run.events import Event, Evidence
from sop_runner.run.facts import Facts
from sop_runner.run.going import Going, No
from sop_runner.run.packed import Packed
from sop_runner.run.recorded import decode
from sop_runner.run.state import Run

from .acts import Unlike
from .again import act_again
from .alike import difference
from .judging import Judged
from .records import checked_fields
from .timed import with_times


class Derived(NamedTuple):
    """The event that has to follow, None where a person is needed, and who worked it out.

    Where it is remembered, `known` are the moves along entries that were found to be that event; where it `copies`
    commitments, the event has the numbers of their values in their places.
    """

    event: Event | None
    judged: Judged
    known: dict[Hashable, Any] | None = None
    copies: bool = False


class _Found(Exception):
    """The event that follows came about."""


class _First(Judged):
    """Stops at the first event."""

    def emit(self, kind: str, **parts: Any) -> None:
        Going.emit(self, kind, **{**parts, "last": True})
        raise _Found


def derived(plan: Plan, run: Run, act: Event, opened: Mapping[str, Opened]) -> Derived:
    """What follows an `act` in a run. Raises No where the way is barred."""
    judged = _First(plan, run, act, opened, frozenset())
    try:
        go_on(judged)
    except _Found:
        return Derived(judged.events[0], judged)
    return Derived(None, judged)


def acted_so(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> bool:
    """Whether the act behind an entry, done again in a run, brings that entry first."""
    judged = _First(plan, run, event, opened, frozenset())
    with suppress(_Found, No, Unlike):
        act_again(judged, event, None)
    return bool(judged.events) and not difference(judged, judged.events[0], event)


def noted_alone(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> bool:
    """Whether the clocks of a run, looked at again, bring an overrun and nothing else."""
    noted, right = _noted(plan, run, event, opened)
    return noted == 1 and right


def noted_first(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> bool:
    """Whether they bring it, and others after it."""
    noted, right = _noted(plan, run, event, opened)
    return noted > 1 and right


def _noted(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> tuple[int, bool]:
    """How many clocks have passed in a run, and whether an overrun says so of the first."""
    judged = Judged(plan, run, event, opened, frozenset())
    with suppress(No, Unlike):
        act_again(judged, event, None)
    noted = len(judged.events)
    return noted, noted > 0 and not difference(judged, judged.events[0], event)


def fit_together(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> bool:
    """Whether the fields of a record fit their rules, among them those that go by other values; see `derived`."""
    judged = Judged(plan, run, event, opened, frozenset())
    record = getattr(judged.node.node, "record", None)
    return record is not None and checked_fields(judged, record.fields, event) is None and not judged.doubts


def holding(run: Run, own: Sequence[Any], since: datetime) -> Run:
    """A run that stands as `run` does, with values of its `own` and its start."""
    facts: Facts = run.facts
    assert isinstance(facts.fields, Packed)
    return run._replace(started=since, facts=facts._replace(fields=facts.fields.holding(tuple(own))))


def standing_as(
    plan: Plan,
    run: Run,
    own: Sequence[Any],
    times: Iterable[datetime],
    parts: Mapping[str, Evidence],
    opened: Mapping[str, Opened],
) -> Run:
    """A run that stands as `run` does, with values of its own, times of its own and its own answered `parts`."""
    found = with_times(run, times)
    answered = dict(run.partial)
    for name, piece in answered.items():
        if "typed" in piece:
            place = f"{run.scope}{plan.node(run.at).local}.{name}"
            answered[name] = {**parts[name], "typed": decode(plan, place, parts[name], opened)}
    return holding(found, own, found.started)._replace(partial=answered)
