"""Reading an entry of the audit log as the event that it records."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sop_runner.audit.entry import Entry

from .events import Event


def event_of(entry: Entry) -> Event:
    """The event that an entry records."""
    return Event(
        entry.type,
        # Reads the form of `parse_utc` and does not ask for it: a run is opened by many of these.
        datetime.fromisoformat(entry.wall),
        entry.at,
        entry.arrow,
        entry.to,
        entry.actor,
        entry.role,
        entry.outcome,
        entry.reason,
        entry.evidence,
    )


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
