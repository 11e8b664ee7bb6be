"""What follows next without a person, found out by the rules on a run put together from what is known of it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from sop_runner.machine.graph import scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.run.actions import Opened
from sop_runner.run.advance import go_on
from sop_runner.run.events import NODE_DONE, OVERRUN_NOTED, Event, Evidence
from sop_runner.run.facts import Facts
from sop_runner.run.going import Going, No
from sop_runner.run.packed import Packed
from sop_runner.run.recorded import decode
from sop_runner.run.state import Run

from .acts import Unlike
from .again import act_again
from .alike import difference
from .judging import Judged
from .moment import tells_apart
from .records import checked_fields
from .timed import with_times

Source = int | tuple[int | str, str] | None
"""Where the value of a field comes from: the number of one that the run had, a piece of evidence (by its number, or
an answered part by its name) and the name it is recorded under, or None for what all runs that stand so have."""


UNCHANGED: tuple[Source, ...] = (-1,)
"""Of an entry that leaves every field as it was."""


class Derived(NamedTuple):
    """The event that has to follow, None where a person is needed, and who worked it out."""

    event: Event | None
    judged: Judged


class _Found(Exception):
    """The event that follows came about."""


class _First(Judged):
    """Stops at the first event."""

    def emit(self, kind: str, **parts: Any) -> None:
        Going.emit(self, kind, **{**parts, "last": True})
        raise _Found


def derived(
    plan: Plan, run: Run, act: Event, own: Sequence[Any], since: datetime, opened: Mapping[str, Opened]
) -> Derived:
    """What follows an `act` in a run that stands as `run` does, with values of its `own` and its start.

    Other times are those of `run`: how they compare is known to be the same. Raises No where the way is barred.
    """
    judged = _First(plan, holding(run, own, since), act, opened, frozenset())
    try:
        go_on(judged)
    except _Found:
        return Derived(judged.events[0], judged)
    return Derived(None, judged)


def acted_so(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> bool:
    """Whether the act behind an entry, done again in a run, brings that entry first; nothing else for an overrun."""
    alone = event.type == OVERRUN_NOTED
    judged = (Judged if alone else _First)(plan, run, event, opened, frozenset())
    with suppress(_Found, No, Unlike):
        act_again(judged, event, None)
    if not judged.events or (alone and len(judged.events) > 1):
        return False
    return not difference(judged, judged.events[0], event)


def fit_together(
    plan: Plan, run: Run, event: Event, own: Sequence[Any], since: datetime, opened: Mapping[str, Opened]
) -> bool:
    """Whether the fields of a record fit their rules, among them those that go by other values; see `derived`."""
    judged = Judged(plan, holding(run, own, since), event, opened, frozenset())
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


def own_values(run: Run | None) -> tuple[Any, ...] | None:
    """The values of a run's fields, in the order of their names; None where they are not kept so."""
    fields = run.facts.fields if run is not None else None
    return fields.own if isinstance(fields, Packed) else None


def sources(plan: Plan, before: Run | None, event: Event, after: Run) -> tuple[Source, ...] | None:
    """Where the values of the fields come from that a run has after an event; None where that cannot be told."""
    fields = after.facts.fields
    if before is not None and fields is before.facts.fields:
        return UNCHANGED
    had = before.facts.fields if before is not None else {}
    if not isinstance(fields, Packed):
        return None
    index = {name: number for number, name in enumerate(had)}
    scopes = {scope_of(event.at or ""), scope_of(event.to or "")}
    written = {
        scope + piece["name"]: number
        for number, piece in enumerate(event.evidence)
        if piece.get("kind") == "field"
        for scope in scopes
    }
    parts = _parts(plan, event) if event.type == NODE_DONE else {}
    found: list[Source] = []
    for name, value in zip(fields, fields.own, strict=True):
        # By names alone: one object may stand for equal values of different fields.
        if tells_apart(plan.fields.get(template(name)), value):
            found.append(None)
        elif name in parts:
            if before is None or "typed" not in before.partial.get(parts[name], {}):
                return None
            found.append((parts[name], name))
        elif name in written:
            found.append((written[name], name))
        elif name in index and had[name].value is value:
            found.append(index[name])
        else:
            return None
    return tuple(found)


def _parts(plan: Plan, event: Event) -> Mapping[str, str]:
    """The items that were answered before an item is done, by the names that they are recorded under then."""
    at = event.at or ""
    node, scope = plan.node(at), scope_of(at)
    found = {}
    for item in getattr(node.node, "items", ()):
        found[f"{scope}{node.local}.{item.item}"] = item.item
        if item.field is not None and item.field.field:
            found[scope + item.field.field] = item.item
    return found


def picked(
    plan: Plan,
    take: Sequence[Source],
    own: Sequence[Any],
    same: Sequence[Any],
    pieces: Sequence[Evidence],
    parts: Mapping[str, Evidence],
    opened: Mapping[str, Opened],
) -> tuple[Any, ...]:
    """The values of fields after an entry with these `pieces` of evidence, by their `sources`.

    `same` are those of another run that stands so, `parts` what was answered of the item at hand.
    """
    return tuple(
        [
            same[number]
            if source is None
            else own[source]
            if isinstance(source, int)
            else decode(plan, source[1], _piece(source[0], pieces, parts), opened)
            for number, source in enumerate(take)
        ]
    )


def _piece(which: int | str, pieces: Sequence[Evidence], parts: Mapping[str, Evidence]) -> Evidence:
    return pieces[which] if isinstance(which, int) else parts[which]
