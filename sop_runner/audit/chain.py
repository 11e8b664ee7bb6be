"""Drafts become entries: each gets its place in the log and names the one before it.

What a draft says is made to text once, by whoever brings it. Who writes for many, also for other processes,
puts each one's place in between and hashes: no more, because all the others wait for it.
"""

import json
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring
from typing import NamedTuple
from unicodedata import is_normalized

from sop_runner.audit.entry import BODY_KEYS, MAX_BODY, VERSION, Draft, Entry, NotRecordable, recordable
from sop_runner.audit.tree import leaf_hash
from sop_runner.base.canonical import MAX_INTEGER, text_checked
from sop_runner.base.clock import utc_text
from sop_runner.base.message import msg

# Nothing that can be recorded holds U+0000, so that in canonical JSON this stands for nothing else.
_NOWHERE = "\0"
_NUL = "\\u0000"
_GAP = f'"{_NUL}"'


class Place(NamedTuple):
    """Where the next entry goes: `seq` and `prev` in the log, `run_seq` and `run_prev` in its run."""

    log: str
    seq: int
    prev: str
    run: str | None = None
    run_seq: int | None = None
    run_prev: str | None = None


class Ready(NamedTuple):
    """A draft as the text of a body with gaps where its place goes, in the order of the names of `Place`."""

    type: str
    key: str
    text: str

    @classmethod
    def of(cls, draft: Draft) -> "Ready":
        """What the draft says."""
        pin, stamp = draft.procedure, draft.ts
        raw = {
            **_EMPTY,
            "type": draft.type,
            "key": draft.key,
            "at": draft.at,
            "arrow": draft.arrow,
            "to": draft.to,
            "actor": draft.actor,
            "role": draft.role,
            "outcome": draft.outcome,
            "reason": draft.reason,
            "procedure": pin and pin.raw,
            "evidence": draft.evidence,
            # Nanoseconds pass 2^53 after 104 days without a reboot: a decimal string.
            "ts": {"wall": utc_text(stamp.wall), "mono_ns": str(stamp.mono_ns), "boot": stamp.boot},
        }
        return cls(draft.type, draft.key, text_checked(raw))

    @classmethod
    def read(cls, text: str) -> "Ready":
        """What another process made. Raises ValueError or TypeError for a text that is no canonical form."""
        raw = _read(text)
        if raw.keys() != BODY_KEYS or text_checked(raw | _EMPTY) != text or not (raw["type"] and raw["key"]):
            raise ValueError("no draft gives this text")
        if text.count(_NUL) != len(Place._fields) or not is_normalized("NFC", text):
            raise ValueError("no draft holds this text")
        return cls(raw["type"], raw["key"], text)


def _integer(digits: str) -> int:
    if abs(number := int(digits)) > MAX_INTEGER:
        raise ValueError(f"{digits} cannot be recorded")
    return number


def _refuse(number: str) -> None:
    raise ValueError(f"{number} cannot be recorded")


_EMPTY = dict.fromkeys(Place._fields, _NOWHERE) | {"v": VERSION}
_read = json.JSONDecoder(parse_int=_integer, parse_float=_refuse, parse_constant=_refuse).decode


class Link(NamedTuple):
    """An entry as it is written: its place, what it is looked up by, and its bytes."""

    log: str
    seq: int
    prev: str
    run: str | None
    run_seq: int | None
    run_prev: str | None
    type: str
    key: str
    body: bytes
    leaf: bytes


def linked(place: Place, drafts: Iterable[Ready]) -> tuple[Link, ...]:
    """Consecutive entries from `place` on, each naming the one before it."""
    log, seq, prev, run, run_seq, run_prev = place
    if run is not None and recordable(run, "run") != run:
        raise NotRecordable(f"the run id '{run}' is not in normal form (NFC)")
    links = []
    for type_, key, text in drafts:
        before, after_log, after_prev, after_run, after_run_prev, after_run_seq, after_seq = text.split(_GAP)
        body = (
            f"{before}{_quoted(log)}{after_log}{_quoted(prev)}{after_prev}{_quoted(run)}{after_run}"
            f"{_quoted(run_prev)}{after_run_prev}{_number(run_seq)}{after_run_seq}{seq}{after_seq}"
        ).encode()
        if len(body) > MAX_BODY:
            raise NotRecordable(
                msg(
                    "the entry '{type}' takes {size} bytes, at most {most} can be recorded",
                    type=type_,
                    size=f"{len(body):,}",
                    most=f"{MAX_BODY:,}",
                ),
                hint=msg("shorten the text, or put it in a file and record its digest"),
            )
        leaf = leaf_hash(body)
        links.append(Link(log, seq, prev, run, run_seq, run_prev, type_, key, body, leaf))
        seq, prev = seq + 1, leaf.hex()
        if run_seq is not None:
            run_seq, run_prev = run_seq + 1, prev
    return tuple(links)


def entries_of(drafts: Sequence[Draft], written: Sequence[Link | Entry]) -> tuple[Entry, ...]:
    """The entries that drafts have become; those that stand in the log already are what they are."""
    return tuple(
        [
            one if isinstance(one, Entry) else _entry(draft, one)
            for draft, one in zip(drafts, written, strict=True)
        ]
    )


def chain(place: Place, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
    """Turn drafts into consecutive entries from `place` on."""
    return entries_of(drafts, linked(place, map(Ready.of, drafts)))


def _entry(draft: Draft, link: Link) -> Entry:
    stamp = draft.ts
    return Entry(
        body=link.body,
        leaf=link.leaf,
        procedure=draft.procedure,
        evidence=draft.evidence,
        wall=utc_text(stamp.wall),
        mono_ns=stamp.mono_ns,
        boot=stamp.boot,
        log=link.log,
        seq=link.seq,
        prev=link.prev,
        run=link.run,
        run_seq=link.run_seq,
        run_prev=link.run_prev,
        type=draft.type,
        at=draft.at,
        arrow=draft.arrow,
        to=draft.to,
        actor=draft.actor,
        role=draft.role,
        outcome=draft.outcome,
        reason=draft.reason,
        key=draft.key,
    )


def _quoted(text: str | None) -> str:
    return "null" if text is None else encode_basestring(text)


def _number(number: int | None) -> str:
    return "null" if number is None else str(number)
