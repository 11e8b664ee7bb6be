"""An entry of the audit log: what an event contributes, and the body whose bytes are the leaf."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from sop_runner.audit.look import VERSION as VERSION
from sop_runner.audit.look import look, stands_for_itself
from sop_runner.audit.tree import leaf_hash
from sop_runner.base.clock import Stamp, parse_utc
from sop_runner.base.errors import NotVerified, SopError
from sop_runner.base.message import msg

MAX_BODY = 65_535  # bytes
MAX_DEPTH = 32
ZERO = "0" * 64  # the `prev` of a first entry
BODY_KEYS = frozenset(
    """v log seq prev run run_seq run_prev type procedure at arrow to actor role outcome reason
    evidence key ts""".split()  # noqa: SIM905 - a long list of words reads best so
)


class NotRecordable(SopError):
    """A value cannot be put on record in a form that keeps its bytes for ever."""


class ProcedureRef(NamedTuple):
    """One published text: its id, revision and digest (hex)."""

    id: str
    revision: int
    digest: str

    @property
    def raw(self) -> dict[str, Any]:
        """As it stands in a body."""
        return {"id": self.id, "revision": self.revision, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one event contributes to a body; the log adds position and links.

    All text is put into NFC here, once. `key` names the action (hex): entries of one action share
    it, and a retry with it writes nothing twice. Raises NotRecordable for U+0000, lone surrogates,
    floats, integers past 2^53 and anything else without a canonical form.
    """

    type: str
    key: str
    ts: Stamp
    procedure: ProcedureRef | None = None
    at: str | None = None
    arrow: str | None = None
    to: str | None = None
    actor: str | None = None
    role: str | None = None
    outcome: str | None = None
    reason: str | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name, value in zip(_TEXTS, _texts(self), strict=True):
            if value is not None and not (type(value) is str and value.isascii() and "\0" not in value):
                object.__setattr__(self, name, recordable(value, name))
        if self.procedure is not None:
            recordable([*self.procedure.raw.values()], "procedure")
        if self.evidence:
            evidence = tuple([recordable(item, "evidence") for item in self.evidence])
            object.__setattr__(self, "evidence", evidence)
        if not self.type or not self.key:
            raise NotRecordable("an entry needs a type and an idempotency key")


_TEXTS = tuple(f.name for f in fields(Draft) if f.name not in {"ts", "procedure", "evidence"})
_texts = attrgetter(*_TEXTS)


class Entry(NamedTuple):
    """One leaf: the exact bytes of its body, their hash, and the body's fields read out.

    `prev` and `run_prev` are hex leaf hashes; `run`, `run_seq` and `run_prev` are None together.
    """

    body: bytes
    leaf: bytes
    procedure: ProcedureRef | None
    evidence: tuple[Mapping[str, Any], ...]
    wall: str
    mono_ns: int
    boot: str
    # Below: what `_AS_THEY_ARE` reads, in its order.
    log: str
    seq: int
    prev: str
    run: str | None
    run_seq: int | None
    run_prev: str | None
    type: str
    at: str | None
    arrow: str | None
    to: str | None
    actor: str | None
    role: str | None
    outcome: str | None
    reason: str | None
    key: str

    @property
    def ts(self) -> Stamp:
        """The reading of the clock that the entry carries."""
        return Stamp(parse_utc(self.wall), self.mono_ns, self.boot)

    @classmethod
    def parse(cls, body: bytes) -> "Entry":
        """Read a body back. Raises NotVerified where it is no body of this version."""
        try:
            text = body.decode()
            seen = look(text) if stands_for_itself(body) else None
            if seen is None:
                return _parsed(body, text)
            # By its look in two thirds of the time: a run is opened by many of these.
            (
                actor, arrow, at, evidence, key, log, outcome, prev, pin, reason, role, run, run_prev, run_seq, seq, to,
                boot, mono_ns, wall, type_,
            ) = seen.groups()  # fmt: skip
            pieces = _short(evidence) if len(evidence) < _SHORT else _whole(evidence)
            fields = (
                body, leaf_hash(body), None if pin is None else _pin(pin), pieces, wall, int(mono_ns), boot, log,
                int(seq), prev, run, None if run_seq is None else int(run_seq), run_prev, type_, at, arrow, to, actor,
                role, outcome, reason, key,
            )  # fmt: skip
            return tuple.__new__(Entry, fields)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotVerified(f"the bytes {body[:40]!r} are no entry of an audit log: {error}") from error


def _parsed(body: bytes, text: str) -> Entry:
    """The entry of any body."""
    raw, end = _read(text)
    if raw["v"] != VERSION or len(raw) != len(BODY_KEYS):
        raise NotVerified(f"the entry is of version {raw['v']!r}, this program reads {VERSION}")
    if end != len(text):
        raise ValueError("more follows behind it")
    ts, pin = raw["ts"], raw["procedure"]
    return Entry(
        body,
        leaf_hash(body),
        None if pin is None else ProcedureRef(**pin),
        tuple(raw["evidence"]),
        ts["wall"],
        int(ts["mono_ns"]),
        ts["boot"],
        *_AS_THEY_ARE(raw),
    )


def _whole(text: str) -> tuple[Any, ...]:
    """The pieces of a list."""
    pieces, end = _read(text)
    if end != len(text):
        raise ValueError("more follows behind the evidence")
    return tuple(pieces)


_SHORT = 100
"""Characters up to which evidence is remembered: much of it says only in which language something was shown."""
_short = lru_cache(maxsize=1_024)(_whole)


@lru_cache(maxsize=256)
def _pin(text: str) -> ProcedureRef:
    return ProcedureRef(**json.loads(text))


_read = json.JSONDecoder().raw_decode
_AS_THEY_ARE = itemgetter(*Entry._fields[Entry._fields.index("log") :])


def recordable(value: Any, name: str, depth: int = 0) -> Any:
    """`value` as it will be recorded: text in NFC, plain dicts and lists. Raises NotRecordable."""
    kind = type(value)
    if kind is str:  # nearly always
        return value if value.isascii() and "\0" not in value else _nfc(value, name)
    if value is None or kind is bool:
        return value
    if isinstance(value, str):
        return _nfc(str(value), name)
    if depth >= MAX_DEPTH:
        raise NotRecordable(f"'{name}' is nested more than {MAX_DEPTH} levels deep")
    if kind is dict or isinstance(value, Mapping):
        made = {}
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii() or "\0" in key:
                raise NotRecordable(f"the key {key!r} in '{name}' is not ASCII text")
            made[key] = recordable(item, key, depth + 1)
        return made
    if isinstance(value, int) and -(2**53) < value < 2**53:
        return value
    if isinstance(value, list | tuple):
        return [recordable(item, name, depth + 1) for item in value]
    raise NotRecordable(
        f"'{name}' holds {value!r} ({type(value).__name__}), which has no canonical form",
        hint="record decimals and large integers as text",
    )


def _nfc(text: str, name: str) -> str:
    if "\0" in text:
        raise NotRecordable(msg("'{name}' contains U+0000, which cannot be recorded", name=name))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotRecordable(
            msg("'{name}' contains half a character (a lone surrogate)", name=name)
        ) from error
    return unicodedata.normalize("NFC", text)
