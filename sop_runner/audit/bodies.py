"""Bodies of entries read back and found to be in canonical form (RFC 8785), at less than parsing and encoding them.

Nearly every body is known by its look: the keys in their order, texts without anything escaped, evidence as in
many entries before. Whatever looks otherwise is parsed and encoded again.
"""

import re
from functools import lru_cache
from json.decoder import JSONDecoder
from json.scanner import make_scanner
from typing import Any

from sop_runner.audit.entry import BODY_KEYS, VERSION
from sop_runner.audit.look import look, stands_for_itself
from sop_runner.base.canonical import canonical_bytes, text_checked


class NotCanonical(ValueError):
    """The bytes are no body in canonical form."""


def _refuse(text: str) -> Any:
    raise NotCanonical(text)


# What a decoder calls for each value; it ends in StopIteration where none begins.
_DECODER: Any = JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_scan = make_scanner(_DECODER)

_LARGE = re.compile("[0-9]{16}")
_SMALL = 2_000
"""Characters up to which evidence is remembered."""


Fields = tuple[Any, ...]
"""The values in a body by the order of their keys, `ts` as three, numbers as texts; then evidence and procedure parsed.

In the place of the last stands all that the body says where it had to be parsed, and no text of the evidence.
"""
ACTOR, TEXT, LOG, PREV, ROLE, RUN, RUN_PREV, RUN_SEQ, SEQ, BOOT, MONO_NS, WALL, TYPE, EVIDENCE, PROCEDURE = (
    0, 3, 5, 7, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21,
)  # fmt: skip
"""Where some of the fields are; TEXT is that of the evidence."""


def read_body(body: bytes) -> tuple[dict[str, Any], str]:
    """What a body says, and its text. Parts that are alike may be the same objects: nothing of it is to be changed.

    Raises NotCanonical, or what parsing bytes that no program wrote can end in.
    """
    text = body.decode()
    return said_in(fields_in(body, text)), text


def fields_in(body: bytes, text: str) -> Fields:
    """The fields of a body, `text` being what it decodes to. Raises as `read_body` does."""
    seen = look(text) if stands_for_itself(body) else None
    if seen is None:
        return _parsed(body, text)
    fields = seen.groups()
    evidence, pin = fields[3], fields[8]
    value = _evidence(evidence) if len(evidence) < _SMALL else _value(evidence)
    return *fields, value, None if pin is None else _known(pin)


def said_in(fields: Fields) -> dict[str, Any]:
    """What a body with these fields says."""
    (
        actor, arrow, at, text, key, log, outcome, prev, _, reason, role, run, run_prev, run_seq, seq, to,
        boot, mono_ns, wall, type_, evidence, pin,
    ) = fields  # fmt: skip
    if text is None:
        return pin  # type: ignore[no-any-return]  # all of it
    return {
        "actor": actor,
        "arrow": arrow,
        "at": at,
        "evidence": evidence,
        "key": key,
        "log": log,
        "outcome": outcome,
        "prev": prev,
        "procedure": pin,
        "reason": reason,
        "role": role,
        "run": run,
        "run_prev": run_prev,
        "run_seq": None if run_seq is None else int(run_seq),
        "seq": int(seq),
        "to": to,
        "ts": {"boot": boot, "mono_ns": mono_ns, "wall": wall},
        "type": type_,
        "v": VERSION,
    }


def _value(text: str) -> Any:
    """The value of a text in canonical form."""
    value, end = _scan(text, 0)
    if end != len(text) or text_checked(value) != text:
        raise NotCanonical(text)
    if not text.isascii() or _LARGE.search(text):
        canonical_bytes(value)  # refuses a key that is not ASCII, and an integer past 2^53
    return value


_known = lru_cache(maxsize=4_096)(_value)


@lru_cache(maxsize=2_048)
def _evidence(text: str) -> Any:
    """The value of a list, whose pieces are mostly known where the whole is not."""
    if text.startswith("[{") and text.endswith("}]"):
        try:
            return [_known("{" + piece + "}") for piece in text[2:-2].split("},{")]
        except (ValueError, StopIteration):
            pass  # a piece has others in it
    return _value(text)


def _parsed(body: bytes, text: str) -> Fields:
    raw, end = _scan(text, 0)
    if end != len(text) or list(raw) != _KEYS or canonical_bytes(raw) != body:
        raise NotCanonical(text)
    seq, run_seq, ts = raw["seq"], raw["run_seq"], raw["ts"]
    if (
        type(raw["v"]) is not int
        or raw["v"] != VERSION
        or type(seq) is not int
        or type(run_seq) not in (int, type(None))
    ):
        raise NotCanonical(text)
    texts = {**raw, "evidence": None, "seq": str(seq), "run_seq": None if run_seq is None else str(run_seq)}
    stamp = [ts.get(name) if isinstance(ts, dict) else None for name in ("boot", "mono_ns", "wall")]
    before = [texts[name] for name in _KEYS[:-3]]  # up to `ts`, the type and the version
    return *before, *stamp, raw["type"], raw["evidence"], raw


_KEYS = sorted(BODY_KEYS)  # in canonical form they come in this order
