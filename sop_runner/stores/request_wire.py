"""Requests as bytes, for the process that takes them along into its commit, and its answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sop_runner.audit.entry import Draft, Entry, Place, ProcedureRef, chain
from sop_runner.audit.log import Summary
from sop_runner.base.clock import Stamp, parse_utc, utc_text
from sop_runner.base.errors import SopError
from sop_runner.stores.group import Answer, Request

_PLAIN = ("type", "key", "at", "arrow", "to", "actor", "role", "outcome", "reason", "evidence")


def encode_requests(requests: Sequence[Request]) -> bytes:
    """Requests for another process; they hold what the log and the board will hold, and no more."""
    return json.dumps([_plain(request) for request in requests]).encode()


def decode_requests(data: bytes) -> tuple[Request, ...]:
    """The requests of another process, each checked like one's own; none where they cannot be read."""
    try:
        return tuple(_request(raw) for raw in json.loads(data))
    except (SopError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the process that committed says: entries by request (None: ask the log), the checkpoint over
    them, and the file in which it has kept that checkpoint as a head."""

    entries: tuple[tuple[Entry, ...] | None, ...]
    note: bytes
    kept: str


NOTHING = Told((), b"", "")


def encode_answers(answers: Sequence[Answer], note: bytes, kept: str) -> bytes:
    """Answers to requests: the places of entries, which with the drafts make the entries."""
    return json.dumps([[_place(answer) for answer in answers], note.decode(), kept]).encode()


def decode_answers(data: bytes, log: str, requests: Sequence[Request]) -> Told:
    """What was told of `requests`; nothing where it cannot be read or is of other entries."""
    try:
        places, note, kept = json.loads(data)
        pairs = zip(requests, places, strict=True)
        return Told(tuple(_entries(log, *pair) for pair in pairs), note.encode(), kept)
    except (SopError, ValueError, TypeError, AttributeError, RecursionError):
        return NOTHING


def _place(answer: Answer) -> list[Any] | None:
    if isinstance(answer, SopError):
        return None
    first = answer[0]
    return [first.seq, first.prev, first.run_seq, first.run_prev, answer[-1].leaf.hex()]


def _entries(log: str, request: Request, told: list[Any] | None) -> tuple[Entry, ...] | None:
    if told is None:
        return None
    seq, prev, run_seq, run_prev, leaf = told
    made = chain(Place(log, seq, prev, request.run, run_seq, run_prev), request.drafts)
    return made if made[-1].leaf.hex() == leaf else None


def _plain(request: Request) -> dict[str, Any]:
    summary = request.summary
    return {
        "run": request.run,
        "expected_run_seq": request.expected_run_seq,
        "drafts": [_plain_draft(draft) for draft in request.drafts],
        "summary": summary and [summary.run, summary.run_seq, summary.facts],
        "run_prev": request.run_prev and request.run_prev.hex(),
    }


def _plain_draft(draft: Draft) -> dict[str, Any]:
    pin, ts = draft.procedure, draft.ts
    return {name: getattr(draft, name) for name in _PLAIN} | {
        "procedure": pin and [pin.id, pin.revision, pin.digest],
        "ts": [utc_text(ts.wall), ts.mono_ns, ts.boot],
    }


def _request(raw: dict[str, Any]) -> Request:
    run, expected, summary = raw["run"], raw["expected_run_seq"], raw["summary"] and Summary(*raw["summary"])
    if not (run is None or isinstance(run, str)) or not isinstance(expected, int):
        raise ValueError(f"'{run}' at '{expected}' is no place in a run")
    if summary and not (isinstance(summary.run, str) and isinstance(summary.facts, dict)):
        raise ValueError(f"'{summary.run}' has no line of the board")
    return Request(
        run,
        expected,
        tuple(_draft(draft) for draft in raw["drafts"]),
        summary,
        raw["run_prev"] and bytes.fromhex(raw["run_prev"]),
    )


def _draft(raw: dict[str, Any]) -> Draft:
    wall, mono_ns, boot = raw.pop("ts")
    pin = raw.pop("procedure")
    evidence = tuple(raw.pop("evidence"))
    stamp = Stamp(parse_utc(wall), mono_ns, boot)
    return Draft(procedure=pin and ProcedureRef(*pin), ts=stamp, evidence=evidence, **raw)
