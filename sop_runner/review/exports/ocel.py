"""The whole log as OCEL 2.0 in JSON: events, and the runs, tickets, people and texts they are about.

Events are written as they come; objects are kept in mind until the end, one for each run, ticket,
person and procedure.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sop_runner.audit.log import Opening

from .activity import activity_of, lifecycle_of
from .folder import Stream

_TEXT_ATTRIBUTES = ("lifecycle", "type", "at", "arrow", "to", "role", "outcome", "reason", "leaf")
_OBJECT_TYPES = {
    "log": ("ledger",),
    "run": ("procedure", "revision"),
    "ticket": (),
    "person": (),
    "procedure": ("id", "revision", "digest"),
}
_Related = tuple[str, str, str, Mapping[str, str]]
"""An object's type, its id, how the event is related to it, and the object's attributes."""


class OcelTable:
    """One JSON object whose events are in the order of the log."""

    def __init__(self, out: Stream) -> None:
        self._out = out
        self._opening: Opening
        self._kinds: set[str] = set()
        self._objects: dict[str, dict[str, Any]] = {}
        self._tickets: dict[str, str] = {}
        self._first = True

    def begin(self, opening: Opening) -> None:
        self._opening = opening
        self._out.write(b'{"events":[\n')

    def add(self, body: Mapping[str, Any], leaf: bytes) -> None:
        kind, when = activity_of(body), body["ts"]["wall"]
        self._kinds.add(kind)
        facts = {**body, "lifecycle": lifecycle_of(body), "leaf": leaf.hex()}
        related = []
        for of, name, qualifier, about in self._related(body):
            key = f"{of}:{name}"
            related.append({"objectId": key, "qualifier": qualifier})
            if key not in self._objects:
                attributes = [{"name": n, "time": when, "value": value} for n, value in about.items()]
                self._objects[key] = {"id": key, "type": of, "attributes": attributes, "relationships": []}
        event = {
            "id": f"entry:{body['seq']}",
            "type": kind,
            "time": when,
            "attributes": [
                {"name": name, "value": facts[name]} for name in _TEXT_ATTRIBUTES if facts[name] is not None
            ],
            "relationships": related,
        }
        self._out.write((b"" if self._first else b",\n") + _json(event))
        self._first = False

    def finish(self) -> None:
        parts = {
            "objects": list(self._objects.values()),
            "eventTypes": [
                {"name": kind, "attributes": _typed(_TEXT_ATTRIBUTES)} for kind in sorted(self._kinds)
            ],
            "objectTypes": [{"name": of, "attributes": _typed(names)} for of, names in _OBJECT_TYPES.items()],
        }
        self._out.write(b"\n]")
        for name, found in parts.items():
            self._out.write(f',\n"{name}":'.encode() + _json(found))
        self._out.write(b"}\n")

    def _related(self, body: Mapping[str, Any]) -> Iterator[_Related]:
        pin, run, opening = body["procedure"], body["run"], self._opening
        yield "log", opening.log, "in", {"ledger": str(opening.kind)}
        if run is not None:
            about = {} if pin is None else {"procedure": pin["id"], "revision": str(pin["revision"])}
            yield "run", run, "of", about
            for piece in body["evidence"]:
                if piece.get("kind") == "start":
                    self._tickets[run] = piece["ticket"]
            if run in self._tickets:
                yield "ticket", self._tickets[run], "for", {}
        if pin is not None:
            facts = {"id": pin["id"], "revision": str(pin["revision"]), "digest": pin["digest"]}
            yield "procedure", pin["digest"], "under", facts
        if body["actor"] is not None:
            yield "person", body["actor"], "by", {}


def _typed(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": "string"} for name in names]


def _json(value: object) -> bytes:
    # ASCII: what would steer a terminal or split a line stays an escape.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
