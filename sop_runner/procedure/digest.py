"""The digest that pins the meaning of a procedure.

Reformatting, comments, the order of keys and the style of scalars do not change it; any change
of a text, a number or the order of a list does. Line breaks at the end of a text do not count,
so that a block text and the same sentence on one line are the same. Nothing else is normalised:
two spellings of a letter in Unicode are two texts, because the log shows what was written.
"""

from collections.abc import Mapping
from decimal import Decimal

from sop_runner.base.canonical import MAX_INTEGER, canonical_bytes, sha256_hex

_RESERVED = ({"decimal"}, {"pairs"})


def digest(data: object) -> str:
    """SHA-256 (64 hex digits) of the canonical form of `data`, a tree as `source` reads it."""
    return sha256_hex(canonical_bytes(canonical_form(data)))


def canonical_form(data: object) -> object:
    """`data` with only what canonical JSON can hold, two trees of equal meaning being equal.

    A number with decimals, or past 2^53, becomes `{"decimal": "1.5"}`. A map with keys outside
    ASCII, or one that looks like such a stand-in, becomes `{"pairs": [[key, value], …]}` sorted
    by key. Raises TypeError for any other type, ValueError for a number that is not finite.
    """
    if isinstance(data, str):
        return data.rstrip("\n")
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, int | Decimal):
        return _number(data)
    if isinstance(data, Mapping):
        return _map(data)
    if isinstance(data, list | tuple):
        return [canonical_form(item) for item in data]
    raise TypeError(f"{type(data).__name__} has no canonical form")


def _number(value: int | Decimal) -> object:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} has no canonical form")
        # Written out by hand: Decimal.normalize() rounds to the context's precision.
        text = f"{value:f}"
        whole, _, rest = text.partition(".")
        if rest.strip("0"):
            return {"decimal": f"{whole}.{rest.rstrip('0')}"}
        value = int(whole)
    return value if abs(value) <= MAX_INTEGER else {"decimal": str(value)}


def _map(data: Mapping[object, object]) -> object:
    entries: dict[str, object] = {}
    for key, value in data.items():
        if not isinstance(key, str):
            raise TypeError(f"the key {key!r} is not text")
        entries[key] = canonical_form(value)
    if all(key.isascii() for key in entries) and entries.keys() not in _RESERVED:
        return entries
    return {"pairs": [[key, entries[key]] for key in sorted(entries)]}
