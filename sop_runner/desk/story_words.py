"""What an entry recorded, and how long it took, in words of a reviewer."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sop_runner.run.events import Event

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def recorded_lines(event: Event) -> Iterator[str]:
    """What was typed or found, as far as it may be shown: one line a piece of evidence, what is sealed stays so."""
    for piece in event.evidence:
        line = _recorded(piece)
        if line:
            yield line


def span(gap: timedelta) -> str:
    """The time since the entry before: `+12s`, `+1m05`."""
    seconds = int(gap / timedelta(seconds=1))
    for size, unit in _UNITS:
        if abs(seconds) >= size:
            return f"+{seconds // size}{unit}{seconds % size // (size // 60 if unit != 'd' else 3600):02d}"
    return f"+{seconds}s"


def _recorded(piece: Any) -> str:
    kind = piece.get("kind", "")
    if kind in ("shown", "start", "call", "why"):
        return ""
    # The sentence of a refusal stands in the line above.
    passed = {"kind", "commitment", "ref"} | ({"text", "params"} if kind == "refusal" else set())
    told = {name: value for name, value in piece.items() if name not in passed}
    if "commitment" in piece:
        told["value"] = "sealed"
    return f"{kind}: " + ", ".join(f"{name}={value}" for name, value in told.items())
