"""Colours, and scroll bars for terminals without block characters."""

from typing import ClassVar

from textual.scrollbar import ScrollBarRender
from textual.theme import Theme

PLAIN = Theme(
    name="sop-plain",
    primary="#7aa2f7",
    secondary="#5f87af",
    accent="#87d7ff",
    foreground="#d8dee9",
    background="#16191f",
    surface="#1e232b",
    panel="#262c36",
    warning="#e5c07b",
    error="#ff7b72",
    success="#8fce8f",
    dark=True,
)
HIGH_CONTRAST = Theme(
    name="sop-high-contrast",
    primary="#ffff00",
    secondary="#ffffff",
    accent="#00ffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    warning="#ffff00",
    error="#ff8080",
    success="#80ff80",
    dark=True,
)


class AsciiScrollBarRender(ScrollBarRender):
    """Scroll bars of coloured spaces only."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8
