"""What one pass over a text gives, and the containers it builds on the way."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, ScalarEvent, StreamStartEvent

Place = tuple[int, int, Any]
"""Index of a key (or list item), index of its value, and the places inside: a dict, a list or None."""


@dataclass(frozen=True, slots=True)
class Before:
    """The event before an error: `kind` is scalar, alias, end (of a container) or other."""

    kind: str = "other"
    start: int = 0
    end: int = 0
    style: str = ""
    value: str = ""


@dataclass(slots=True)
class Tree:
    """What one pass over a text gave, complete or up to what stopped it."""

    data: object = None
    root: Place = (0, 0, None)
    nodes: int = 0
    stopped: bool = False
    error: yaml.YAMLError | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)
    last: Before = Before()  # the event before what stopped it
    opened: int | None = None  # where the innermost bracket opens that the error left open


def before(event: Any) -> Before:
    """What an error needs to know of `event`, the last one that was read."""
    if event is None or isinstance(event, StreamStartEvent):
        return Before()
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, ScalarEvent):
        return Before("scalar", start, end, event.style or "", event.value)
    kind = (
        "alias"
        if isinstance(event, AliasEvent)
        else "end"
        if isinstance(event, CollectionEndEvent)
        else "other"
    )
    return Before(kind, start, end)


DROPPED = "\x00dropped"  # the key of a value that is read and thrown away: no file can hold it
KEYING = "\x00keying"  # the key is itself a container, which ends before its value begins


class Frame:
    """A container that is being read."""

    __slots__ = ("data", "flow", "key", "key_end", "key_start", "mapping", "places", "start")

    def __init__(self, mapping: bool, flow: bool, start: int) -> None:
        self.mapping = mapping
        self.flow = flow
        self.start = start
        self.data: Any = {} if mapping else []
        self.places: Any = {} if mapping else []
        self.key: str | None = None
        self.key_start = self.key_end = start

    def put(self, value: object, start: int, inner: object) -> None:
        if not self.mapping:
            self.data.append(value)
            self.places.append((start, start, inner))
        elif self.key is not DROPPED:
            self.data[self.key] = value
            self.places[self.key] = (self.key_start, start, inner)
