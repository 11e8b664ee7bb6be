"""The signs of the screen, once for terminals with Unicode and once in pure ASCII."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One cell each, except where a word is clearer.

    `outline` goes by the marks of OutlineRow, `control` by the states of ControlRow, `prompt` by
    the states of Prompt.
    """

    outline: Mapping[str, str]
    control: Mapping[str, str]
    prompt: Mapping[str, str]
    mandatory: str
    end: str
    cursor: str
    clock: str
    caution: str
    banner: str
    more: str
    mask: str
    cut: str
    dot: str


UNICODE = Glyphs(
    outline=MappingProxyType(
        {
            "done": "✓",
            "current": "▶",
            "ahead": "·",
            "maybe": "?",
            "passed": "–",
            "waived": "w",
            "open": "◌",
            "heading": " ",
        }
    ),
    control=MappingProxyType({"held": "✓", "stale": "◷", "missing": "○", "waived": "w"}),
    prompt=MappingProxyType(
        {"open": "○", "answered": "✓", "right": "✓", "wrong": "✗", "not-applicable": "–", "not-asked": " "}
    ),
    mandatory="◆",
    end="■",
    cursor="▶",
    clock="◷",
    caution="!",
    banner="▌",
    more="▼",
    mask="•",
    cut="…",
    dot="·",
)

ASCII = Glyphs(
    outline=MappingProxyType(
        {
            "done": "x",
            "current": ">",
            "ahead": ".",
            "maybe": "?",
            "passed": "-",
            "waived": "w",
            "open": "o",
            "heading": " ",
        }
    ),
    control=MappingProxyType({"held": "x", "stale": "~", "missing": "o", "waived": "w"}),
    prompt=MappingProxyType(
        {"open": "o", "answered": "x", "right": "x", "wrong": "!", "not-applicable": "-", "not-asked": " "}
    ),
    mandatory="*",
    end="#",
    cursor=">",
    clock="@",
    caution="!",
    banner="|",
    more="v",
    mask="*",
    cut="~",
    dot="-",
)
