"""Requests as bytes, for the process that takes them along into its commit, and its answers.

Where many processes wake by turns, each finds the processor's caches cold, and a function that is called once
costs several times what it costs elsewhere: so both ways take few.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sop_runner.audit.entry import Draft, Entry, ProcedureRef
from sop_runner.audit.log import Summary, same_action
from sop_runner.base.canonical import text_checked
from sop_runner.base.clock import Stamp, parse_utc, utc_text
from sop_runner.base.errors import SopError
from sop_runner.stores.group import Answer, Request

_PLAIN = ("type", "key", "at", "arrow", "to", "actor", "role", "outcome", "reason", "evidence", "procedure")
_plain = attrgetter(*_PLAIN)


def encode_requests(requests: Sequence[Request]) -> bytes:
    """Requests for another process; they hold what the log and the board will hold, and no more.

    Nothing where one has no such form: then its own writer tries, and says so.
    """
    raw = [
        (
            one.run,
            one.expected_run_seq,
            one.summary,
            one.run_prev and one.run_prev.hex(),
            [(*_plain(draft), utc_text(draft.ts.wall), *draft.ts[1:]) for draft in one.drafts],
        )
        for one in requests
    ]
    try:
        return text_checked(raw).encode("utf-8", "surrogatepass")
    except ValueError:
        return b""


def decode_requests(data: bytes) -> tuple[Request, ...]:
    """The requests of another process, each checked like one's own; none where they cannot be read."""
    try:
        return tuple([_request(*raw) for raw in json.loads(data)])
    except (SopError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the process that committed says: entries by request (None: ask the log), the checkpoint over
    them, and the head (its `name`) as which it has kept that checkpoint."""

    entries: tuple[tuple[Entry, ...] | None, ...]
    note: bytes
    kept: bytes


NOTHING = Told((), b"", b"")


def encode_answers(answers: Sequence[Answer], note: bytes, kept: bytes) -> bytes:
    """Answers to requests: a line for each, the bodies of its entries; in canonical JSON is no tab or line break."""
    told = [b"\t".join([entry.body for entry in one]) if isinstance(one, tuple) else b"" for one in answers]
    return b"\n".join((kept, *told, note))


def decode_answers(data: bytes, requests: Sequence[Request]) -> Told:
    """What was told of `requests`; nothing where it cannot be read or is of other entries."""
    try:
        kept, *told, note = data.split(b"\n", len(requests) + 1)
        return Told(tuple([_entries(*pair) for pair in zip(requests, told, strict=True)]), note, kept)
    except (SopError, ValueError):
        return NOTHING


def _entries(request: Request, told: bytes) -> tuple[Entry, ...] | None:
    """The entries of a request as the log has them."""
    if not told:
        return None
    entries = tuple([Entry.parse(body) for body in told.split(b"\t")])
    if entries[0].key != request.key:
        raise ValueError("these are the entries of another action")
    return same_action(request.run, request.drafts, entries)


def _request(run: Any, expected: Any, summary: Any, run_prev: Any, drafts: Any) -> Request:
    if not (run is None or isinstance(run, str)) or not isinstance(expected, int):
        raise ValueError(f"'{run}' at '{expected}' is no place in a run")
    line = summary and Summary(*summary)
    if line and not (isinstance(line.run, str) and isinstance(line.facts, dict)):
        raise ValueError(f"'{line.run}' has no line of the board")
    return Request(
        run,
        expected,
        tuple([_draft(*draft) for draft in drafts]),
        line,
        run_prev and bytes.fromhex(run_prev),
    )


def _draft(*raw: Any) -> Draft:
    *plain, evidence, pin, wall, mono_ns, boot = raw
    stamp = Stamp(parse_utc(wall), mono_ns, boot)
    named = dict(zip(_PLAIN, plain, strict=False))
    return Draft(**named, evidence=tuple(evidence), procedure=pin and ProcedureRef(*pin), ts=stamp)
