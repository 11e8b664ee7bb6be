"""What an entry recorded, and how long it took, in words of a reviewer."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sop_runner.base.textsafe import visible
from sop_runner.review.replay_run import UNREADABLE

from .replay import Step, Story
from .words import line_of

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says: what happened, what a person wrote, and what was typed or found, a line a piece.

    Of the last only what may be shown: what is sealed stays so. No text that somebody wrote begins a line of its
    own, which would look like one of the record's.
    """

    what: str
    recorded: tuple[str, ...]


def told(story: Story, step: Step) -> Told:
    """An entry of a run in English; of one that no program wrote only that it is none."""
    entry = story.entries[step.number]
    try:
        said = line_of(story.plan, entry, "en")
        recorded = tuple(line for piece in entry.evidence if (line := _recorded(piece)))
        what = f"{said.text}: {said.detail}" if said.detail else str(said.text)
        return Told(visible(what, lines=False), recorded)
    except UNREADABLE:
        return Told(f"'{entry.type}', which is no entry that a program wrote", ())


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
    values = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in told.items()
    }
    return visible(f"{kind}: " + ", ".join(f"{name}={value}" for name, value in values.items()), lines=False)
