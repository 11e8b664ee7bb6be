"""Reading an entry of the audit log as the event that it records."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sop_runner.audit.bodies import Fields
from sop_runner.audit.entry import Entry

from .events import Event


def event_of(entry: Entry) -> Event:
    """The event that an entry records."""
    # Reads the form of `parse_utc` and does not ask for it: a run is opened by many of these.
    when = datetime.fromisoformat(entry.wall)
    return tuple.__new__(Event, (entry.type, when, *tuple.__getitem__(entry, _SAME), entry.evidence))


# What both hold in one order: from `at` to `reason`.
_SAME = slice(Entry._fields.index("at"), Entry._fields.index("reason") + 1)


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


def event_from(fields: Fields, time: Callable[[str], datetime] = datetime.fromisoformat) -> Event:
    """The event in the fields of a body; see `event_in`."""
    who, head, _, _, outcome, _, _, reason, role, _, _, _, _, to, _, _, wall, kind, _ = fields
    return Event(kind, time(wall), head.at, head.arrow, to, who, role, outcome, reason, tuple(head.evidence))
