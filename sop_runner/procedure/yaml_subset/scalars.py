"""Unquoted scalars by the YAML 1.2 core schema, minus what surprises authors.

Differences from the core schema: a number with a leading zero (`012`) is text, because codes
and telephone numbers are written so; `.inf`, `.nan` and numbers past 2^53 or 40 characters are
refused, because no log could keep them exactly. `0x1F` and `0o17` are numbers, as the schema
has it, but never without a finding.
"""

import re
from decimal import Decimal
from enum import Enum

from sop_runner.base.canonical import MAX_INTEGER

MAX_NUMBER_LENGTH = 40
MAX_EXPONENT = 30


class Doubt(Enum):
    """Why an author may have meant something else than what was read."""

    NONE = ""
    WORD = "boolean"
    FORM = "number"
    RANGE = "out of range"


Resolved = tuple[str | int | bool | Decimal | None, Doubt]

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")
_WORDS = ["y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"]
_FIXED: dict[str, Resolved] = {
    **dict.fromkeys(_NULLS, (None, Doubt.NONE)),
    **{word: (value, Doubt.NONE) for word, value in _BOOLEANS.items()},
    **{word: (word, Doubt.WORD) for word in _WORDS},
}
SUSPECT = frozenset("0123456789+-.~" + "".join({word[0] for word in _FIXED if word}))
"""First characters of every scalar that is not plainly text: a cheap test before `resolve`."""

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE]([-+]?[0-9]+))?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# What readers of YAML 1.1 take for a number and we take for text.
_LEGACY = re.compile(
    r"[-+]?0[0-9_]+(?:\.[0-9_]*)?|[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+"
    r"|[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?|[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
)


def resolve(text: str) -> Resolved:
    """The value of the unquoted scalar `text`, and the doubt an author should hear about."""
    if (fixed := _FIXED.get(text)) is not None:
        return fixed
    if text[0].isalpha():
        return text, Doubt.NONE
    if _INTEGER.fullmatch(text):
        if len(text) > MAX_NUMBER_LENGTH:
            return text, Doubt.RANGE
        return _whole(int(text), text, Doubt.NONE)
    if _BASED.fullmatch(text):
        if len(text) > MAX_NUMBER_LENGTH:
            return text, Doubt.RANGE
        return _whole(int(text[2:], 8 if text[1] == "o" else 16), text, Doubt.FORM)
    if found := _FLOAT.fullmatch(text):
        return _decimal(text, found.group(1))
    if _NOT_FINITE.fullmatch(text):
        return text, Doubt.RANGE
    if _LEGACY.fullmatch(text):
        return text, Doubt.FORM
    return text, Doubt.NONE


def _whole(value: int, text: str, doubt: Doubt) -> Resolved:
    return (value, doubt) if abs(value) <= MAX_INTEGER else (text, Doubt.RANGE)


def _decimal(text: str, exponent: str | None) -> Resolved:
    if len(text) > MAX_NUMBER_LENGTH or (exponent and abs(int(exponent)) > MAX_EXPONENT):
        return text, Doubt.RANGE
    value = Decimal(text)
    unusual = exponent or text.endswith(".") or text.lstrip("+-").startswith(".")
    doubt = Doubt.FORM if unusual else Doubt.NONE
    if value == value.to_integral_value():
        return _whole(int(value), text, doubt)
    return value, doubt
