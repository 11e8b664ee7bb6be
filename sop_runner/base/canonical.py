"""Canonical JSON bytes (RFC 8785) and the hashes taken of them."""

import hashlib
import json
from collections.abc import Mapping
from json import encoder as _json
from typing import Any

MAX_INTEGER = 2**53 - 1


def canonical_bytes(value: Any) -> bytes:
    """Encode `value` as RFC 8785 would, for the values we store: ASCII keys, no floats.

    The standard encoder gives the same bytes for these and is far faster than the reference;
    a property test holds both equal. Raises TypeError for a float, a key that is not ASCII or
    a type JSON does not know, ValueError for an integer past 2^53 - 1 or a lone surrogate.
    """
    _check(value)
    return encode_checked(value)


def encode_checked(value: Any) -> bytes:
    """`canonical_bytes` of a value whose every part was checked before, as an entry's draft is."""
    return text_checked(value).encode("utf-8")


def text_checked(value: Any) -> str:
    """`encode_checked` as text, quicker where many are encoded: its encoder is made once."""
    return "".join(_MADE(value, 0)) if _MADE is not None else _ENCODER.encode(value)


def sha256_hex(data: bytes) -> str:
    """SHA-256 as lower-case hex."""
    return hashlib.sha256(data).hexdigest()


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)

# What `_ENCODER.encode` makes anew for each value, where the interpreter has it; typeshed does not know it.
_MAKE: Any = getattr(_json, "c_make_encoder", None)
_MADE: Any = _MAKE and _MAKE(
    None, _ENCODER.default, _json.encode_basestring, None, ":", ",", True, False, False
)


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError(f"the integer {value} does not fit canonical JSON (below 2^53)")
    elif kind is dict or isinstance(value, Mapping):
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise TypeError(f"the key {key!r} is not ASCII text")
            _check(item)
    elif kind is list or kind is tuple:
        for item in value:
            _check(item)
    else:
        raise TypeError(f"{kind.__name__} has no canonical form here")
