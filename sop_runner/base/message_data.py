"""A Message on its way into a record and back, so that a reader in another language is told the same."""

import re
from collections.abc import Mapping
from typing import Any

from .message import Listing, Message, Param

MAX_TEMPLATE = 400
MAX_TEXT = 200
"""Characters of a value put into a template."""
MAX_PARAMS = 8
MAX_ITEMS = 20
MAX_DEPTH = 4

_PLAIN = re.compile(r"(?:[^{}]|\{[a-z_]+\})*")
_CUT = "…"


def data_of(message: Message, depth: int = 0) -> dict[str, Any]:
    """`text` and `params` as JSON has them, clipped; what it is made of is said in the message already."""
    params = message.params[:MAX_PARAMS]
    return {
        "text": message.text[:MAX_TEMPLATE],
        "params": {name: _out(value, depth) for name, value in params},
    }


def message_of(data: Any, depth: int = 0) -> Message | None:
    """Read `data_of` back; None for anything else. Records are data: no template of theirs reaches further
    than the names in its braces."""
    if not isinstance(data, Mapping) or depth > MAX_DEPTH:
        return None
    text, params = data.get("text"), data.get("params")
    if not isinstance(text, str) or not isinstance(params, Mapping) or not _PLAIN.fullmatch(text):
        return None
    read = {str(name): _in(value, depth) for name, value in params.items()}
    given = tuple((name, value) for name, value in read.items() if value is not None)
    return Message(text, given) if len(given) == len(read) else None


def _out(value: Param, depth: int) -> Any:
    if isinstance(value, int):
        return value
    if isinstance(value, str) or depth >= MAX_DEPTH:
        return _clipped(str(value))
    if isinstance(value, Message):
        return data_of(value, depth + 1)
    items = [_out(item, depth + 1) for item in value.items[:MAX_ITEMS]]
    if len(value.items) > MAX_ITEMS:
        items.append(_CUT)
    return {"items": items, "quoted": value.quoted}


def _in(value: Any, depth: int) -> "Param | None":
    if isinstance(value, str | int):
        return value
    if not isinstance(value, Mapping) or "items" not in value:
        return message_of(value, depth + 1)
    if not isinstance(value["items"], list | tuple) or depth > MAX_DEPTH:
        return None
    items = tuple(_in(item, depth + 1) for item in value["items"])
    fitting = tuple(item for item in items if isinstance(item, str | Message))
    return Listing(fitting, value.get("quoted") is True) if len(fitting) == len(items) else None


def _clipped(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + _CUT
