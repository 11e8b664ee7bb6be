"""Reading an entry of the audit log as the event that it records."""

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from sop_runner.audit.bodies import ACTOR, HEAD, OUTCOME, REASON, ROLE, TO, TYPE, WALL, Fields
from sop_runner.audit.entry import Entry

from .events import Event


def event_of(entry: Entry) -> Event:
    """The event that an entry records."""
    # Reads the form of `parse_utc` and does not ask for it: a run is opened by many of these.
    when = datetime.fromisoformat(entry.wall)
    said = (
        entry.type, when, entry.at, entry.arrow, entry.to, entry.actor, entry.role, entry.outcome, entry.reason,
        entry.evidence,
    )  # fmt: skip
    return tuple.__new__(Event, said)


def event_in(body: Mapping[str, Any], time: Callable[[str], datetime] = datetime.fromisoformat) -> Event:
    """The event in a body as parsed from its bytes. Raises KeyError or ValueError where it is none."""
    return Event(
        body["type"],
        time(body["ts"]["wall"]),
        body["at"],
        body["arrow"],
        body["to"],
        body["actor"],
        body["role"],
        body["outcome"],
        body["reason"],
        tuple(body["evidence"]),
    )


event_parts = itemgetter(TYPE, WALL, HEAD, TO, ACTOR, ROLE, OUTCOME, REASON)
"""Of the fields of a body those that its event is of."""


def event_from(parts: tuple[Any, ...], time: Callable[[str], datetime] = datetime.fromisoformat) -> Event:
    """The event of these `event_parts`; see `event_in`."""
    kind, wall, head, to, actor, role, outcome, reason = parts
    evidence = tuple(head.evidence)
    return Event(kind, time(wall), head.at, head.arrow, to, actor, role, outcome, reason, evidence)


def event_said(fields: Fields) -> Event:
    """The event in the fields of a body."""
    return event_from(event_parts(fields))
