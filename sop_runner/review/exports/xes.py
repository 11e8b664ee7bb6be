"""Runs as an event log in XES (IEEE 1849-2016): a trace a run, an event an entry of it.

XML cannot hold every character that the log can: what it cannot is shown by its visible symbol, and
`entries.jsonl` beside it has the exact text.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from sop_runner.audit.log import Opening
from sop_runner.base.textsafe import visible
from sop_runner.run.events import RUN_ENDED

from .activity import IN_MODEL, activity_of, lifecycle_of
from .folder import Stream

_EXTENSIONS = (
    ("Concept", "concept"),
    ("Lifecycle", "lifecycle"),
    ("Time", "time"),
    ("Organizational", "org"),
)
_TRACE_GLOBALS = (("string", "concept:name", "unknown"),)
_EVENT_GLOBALS = (
    ("string", "concept:name", "unknown"),
    ("string", "lifecycle:transition", "unknown"),
    ("date", "time:timestamp", "1970-01-01T00:00:00.000000Z"),
    ("boolean", "sop:in_model", "false"),
)
Attribute = tuple[str, str, Any]
"""The type of an XES attribute, its key and its value; None leaves it out."""


class XesTable:
    """Traces are written when their run ends, and at the end those that did not."""

    def __init__(self, out: Stream) -> None:
        self._out = out
        self._traces: dict[str, list[str]] = {}

    def begin(self, opening: Opening) -> None:
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<log xes.version="2.0" xes.features="">']
        lines += [
            f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>'
            for name, prefix in _EXTENSIONS
        ]
        for scope, wanted in (("trace", _TRACE_GLOBALS), ("event", _EVENT_GLOBALS)):
            lines.append(f'<global scope="{scope}">{_attributes(wanted)}</global>')
        lines.append('<classifier name="Activity" scope="event" keys="concept:name"/>')
        lines.append(
            _attributes(
                (
                    ("string", "concept:name", opening.origin),
                    ("string", "lifecycle:model", "standard"),
                    ("string", "sop:log", opening.log),
                    ("string", "sop:ledger", str(opening.kind)),
                )
            )
        )
        self._out.write(("\n".join(lines) + "\n").encode())

    def add(self, body: Mapping[str, Any], leaf: bytes) -> None:
        run = body["run"]
        if run is None:
            return
        if run not in self._traces:
            self._traces[run] = [f"<trace>{_attributes(_of_run(body))}"]
        self._traces[run].append(f"<event>{_attributes(_of_entry(body, leaf))}</event>")
        if body["type"] == RUN_ENDED:
            self._write(run)

    def finish(self) -> None:
        for run in list(self._traces):
            self._write(run)
        self._out.write(b"</log>\n")

    def _write(self, run: str) -> None:
        self._out.write(("\n".join([*self._traces.pop(run), "</trace>"]) + "\n").encode())


def _of_run(body: Mapping[str, Any]) -> tuple[Attribute, ...]:
    pin = body["procedure"] or {"id": None, "revision": None, "digest": None}
    start: Mapping[str, Any] = next((piece for piece in body["evidence"] if piece.get("kind") == "start"), {})
    return (
        ("string", "concept:name", body["run"]),
        ("string", "sop:ticket", start.get("ticket")),
        ("string", "sop:procedure", pin["id"]),
        ("int", "sop:revision", pin["revision"]),
        ("string", "sop:digest", pin["digest"]),
    )


def _of_entry(body: Mapping[str, Any], leaf: bytes) -> tuple[Attribute, ...]:
    return (
        ("string", "concept:name", activity_of(body)),
        ("string", "lifecycle:transition", lifecycle_of(body)),
        ("date", "time:timestamp", body["ts"]["wall"]),
        ("boolean", "sop:in_model", "true" if body["type"] in IN_MODEL else "false"),
        ("string", "org:resource", body["actor"]),
        ("string", "org:role", body["role"]),
        ("string", "sop:type", body["type"]),
        ("string", "sop:at", body["at"]),
        ("string", "sop:outcome", body["outcome"]),
        ("string", "sop:reason", body["reason"]),
        ("int", "sop:entry", body["seq"]),
        ("string", "sop:leaf", leaf.hex()),
    )


def _attributes(wanted: Iterable[Attribute]) -> str:
    return "".join(
        f'<{kind} key="{key}" value={_quoted(value)}/>' for kind, key, value in wanted if value is not None
    )


def _quoted(value: object) -> str:
    # Line breaks as references: a parser turns plain ones in an attribute into spaces.
    return quoteattr(visible(str(value)), {"\n": "&#10;"})
