"""Requests as bytes, for the process that takes them along into its commit, and its answers.

Where many processes wake by turns, each finds the processor's caches cold, and a function that is called once
costs several times what it costs elsewhere: so both ways take few.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sop_runner.audit.chain import Link, Place, Ready, linked
from sop_runner.audit.log import Summary
from sop_runner.base.canonical import text_checked
from sop_runner.base.errors import SopError
from sop_runner.stores.group import Answer, Request


def encode_requests(requests: Sequence[Request]) -> bytes:
    """Requests for another process; they hold what the log and the board will hold, and no more.

    Nothing where one has no such form: then its own writer tries, and says so.
    """
    heads = [
        (one.run, one.expected_run_seq, one.summary, one.run_prev and one.run_prev.hex(), len(one.drafts))
        for one in requests
    ]
    texts = [draft.text for one in requests for draft in one.drafts]
    try:  # in canonical JSON is no line break
        return "\n".join([text_checked(heads), *texts]).encode("utf-8", "surrogatepass")
    except ValueError:
        return b""


def decode_requests(data: bytes) -> tuple[Request, ...]:
    """The requests of another process, each checked like one's own; none where they cannot be read."""
    try:
        heads, *texts = data.split(b"\n")
        rest = iter(texts)
        return tuple([_request(rest, *raw) for raw in json.loads(heads)])
    except (SopError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the process that committed says: what each request has become (None: ask the log), the checkpoint
    over it, and the head (its `name`) as which it has kept that checkpoint."""

    links: tuple[tuple[Link, ...] | None, ...]
    note: bytes
    kept: bytes


NOTHING = Told((), b"", b"")


def encode_answers(answers: Sequence[Answer], note: bytes, kept: bytes) -> bytes:
    """Answers to requests: a line for each, its place and the hash of its last entry, from which its writer
    makes the same bytes."""
    return b"\n".join((kept, *map(_told, answers), note))


def decode_answers(data: bytes, log: str, requests: Sequence[Request]) -> Told:
    """What was told of `requests`; nothing where it cannot be read or is of other entries."""
    try:
        kept, *told, note = data.split(b"\n", len(requests) + 1)
        return Told(tuple([_links(log, *pair) for pair in zip(requests, told, strict=True)]), note, kept)
    except (SopError, ValueError):
        return NOTHING


def _told(answer: Answer) -> bytes:
    if not isinstance(answer, tuple) or not isinstance(first := answer[0], Link):
        return b""
    return f"{first.seq} {first.prev} {first.run_prev or ''} {answer[-1].leaf.hex()}".encode()


def _links(log: str, request: Request, told: bytes) -> tuple[Link, ...] | None:
    if not told:
        return None
    seq, prev, run_prev, leaf = told.decode().split(" ")
    place = Place(log, int(seq), prev)
    if request.run is not None:
        place = Place(log, int(seq), prev, request.run, request.expected_run_seq, run_prev)
    links = linked(place, request.drafts)
    if links[-1].leaf.hex() != leaf:
        raise ValueError("these are the entries of another action")
    return links


def _request(
    texts: Iterator[bytes], run: Any, expected: Any, summary: Any, run_prev: Any, count: Any
) -> Request:
    if not (run is None or isinstance(run, str)) or not isinstance(expected, int):
        raise ValueError(f"'{run}' at '{expected}' is no place in a run")
    line = summary and Summary(*summary)
    if line and not (isinstance(line.run, str) and isinstance(line.facts, dict)):
        raise ValueError(f"'{line.run}' has no line of the board")
    drafts = tuple([Ready.read(text.decode()) for text in islice(texts, count)])
    if len(drafts) != count:
        raise ValueError(f"there are {len(drafts)} entries of {count}")
    return Request(run, expected, drafts, line, run_prev and bytes.fromhex(run_prev))
