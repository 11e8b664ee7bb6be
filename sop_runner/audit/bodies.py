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
from sop_runner.base.canonical import canonical_bytes, text_checked


class NotCanonical(ValueError):
    """The bytes are no body in canonical form."""


def _refuse(text: str) -> Any:
    raise NotCanonical(text)


# What a decoder calls for each value; it ends in StopIteration where none begins.
_DECODER: Any = JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_scan = make_scanner(_DECODER)

_PLAIN = r'[^"\\\x00-\x1f]*'  # stands for itself in canonical form
_TEXT = rf'(?:null|"{_PLAIN}")'
_HASH = '"[0-9a-f]{64}"'
_NUMBER = "(?:0|[1-9][0-9]{0,14})"  # below 2^53
_BEFORE = re.compile(rf'\{{"actor":({_TEXT}),"arrow":({_TEXT}),"at":({_TEXT}),"evidence":')
_AFTER = re.compile(
    rf',"key":"({_PLAIN})","log":"({_PLAIN})","outcome":({_TEXT}),"prev":({_HASH}),"procedure":(null|\{{[^{{}}]*\}}),'
    rf'"reason":({_TEXT}),"role":({_TEXT}),"run":({_TEXT}),"run_prev":(null|{_HASH}),"run_seq":(null|{_NUMBER}),'
    rf'"seq":({_NUMBER}),"to":({_TEXT}),"ts":\{{"boot":"({_PLAIN})","mono_ns":"({_PLAIN})","wall":"({_PLAIN})"\}},'
    rf'"type":"({_PLAIN})","v":{VERSION}\}}'
)
_LARGE = re.compile("[0-9]{16}")
_SMALL = 2_000
"""Characters up to which evidence is remembered."""


def read_body(body: bytes) -> tuple[dict[str, Any], str]:
    """What a body says, and its text. Parts that are alike may be the same objects: nothing of it is to be changed.

    Raises NotCanonical, or what parsing bytes that no program wrote can end in.
    """
    text = body.decode()
    before = _BEFORE.match(text)
    if before is None:
        return _read(body, text)
    start, stop = before.end(), text.rfind('],"key":') + 1
    after = _AFTER.fullmatch(text, stop) if stop > start else None
    if after is None:
        return _read(body, text)
    actor, arrow, at = before.groups()
    (
        key, log, outcome, prev, pin, reason, role, run, run_prev, run_seq, seq, to, boot, mono_ns, wall, type_,
    ) = after.groups()  # fmt: skip
    evidence = text[start:stop]
    return {
        "actor": None if actor == "null" else actor[1:-1],
        "arrow": None if arrow == "null" else arrow[1:-1],
        "at": None if at == "null" else at[1:-1],
        "evidence": _known(evidence) if len(evidence) < _SMALL else _value(evidence),
        "key": key,
        "log": log,
        "outcome": None if outcome == "null" else outcome[1:-1],
        "prev": prev[1:-1],
        "procedure": None if pin == "null" else _known(pin),
        "reason": None if reason == "null" else reason[1:-1],
        "role": None if role == "null" else role[1:-1],
        "run": None if run == "null" else run[1:-1],
        "run_prev": None if run_prev == "null" else run_prev[1:-1],
        "run_seq": None if run_seq == "null" else int(run_seq),
        "seq": int(seq),
        "to": None if to == "null" else to[1:-1],
        "ts": {"boot": boot, "mono_ns": mono_ns, "wall": wall},
        "type": type_,
        "v": VERSION,
    }, text


def _value(text: str) -> Any:
    """The value of a text in canonical form."""
    value, end = _scan(text, 0)
    if end != len(text) or text_checked(value) != text:
        raise NotCanonical(text)
    if _LARGE.search(text):
        canonical_bytes(value)  # refuses an integer past 2^53
    return value


_known = lru_cache(maxsize=2_048)(_value)


def _read(body: bytes, text: str) -> tuple[dict[str, Any], str]:
    raw, end = _scan(text, 0)
    if end != len(text) or canonical_bytes(raw) != body or list(raw) != _KEYS:
        raise NotCanonical(text)
    if (
        type(raw["v"]) is not int
        or raw["v"] != VERSION
        or type(raw["seq"]) is not int
        or type(raw["run_seq"]) is bool
    ):
        raise NotCanonical(text)
    return raw, text


_KEYS = sorted(BODY_KEYS)  # in canonical form they come in this order
