"""Findings and comments of reviewers: entries outside any run that name the entry they are about.

A run that has ended takes no more entries, and none that goes on is disturbed by being looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sop_runner.audit import outside
from sop_runner.audit.entry import Entry
from sop_runner.base.clock import parse_utc

FOUND = outside.FINDING_MARKED
COMMENTED = outside.REVIEW_NOTED
WORDS: Mapping[str, str] = {FOUND: "finding", COMMENTED: "comment"}
TYPES = frozenset(WORDS)
_ABOUT = "review"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reviewer said of a run as it stood after its entry `about`, a position in the log."""

    entry: int
    type: str
    run: str
    about: int
    when: datetime
    who: str
    text: str

    @property
    def word(self) -> str:
        """What it is called."""
        return WORDS[self.type]


def reference(run: str, about: Entry) -> Mapping[str, Any]:
    """What binds a mark to the entry it is about: its place and its leaf, so that it says which text was seen."""
    return {"kind": _ABOUT, "run": run, "entry": about.seq, "leaf": about.leaf.hex()}


def run_marked(entry: Entry) -> str | None:
    """The run that an entry marks; None where it marks none."""
    if entry.type not in TYPES or entry.run is not None:
        return None
    run = _piece(entry).get("run")
    return run if isinstance(run, str) else None


def marks_in(entries: Iterable[Entry], run: str) -> Iterator[Mark]:
    """The marks of a run among entries outside of runs."""
    for entry in entries:
        if run_marked(entry) == run:
            about = _piece(entry).get("entry")
            yield Mark(
                entry=entry.seq,
                type=entry.type,
                run=run,
                about=about if isinstance(about, int) else -1,
                when=parse_utc(entry.wall),
                who=entry.actor or "",
                text=entry.reason or "",
            )


def _piece(entry: Entry) -> Mapping[str, Any]:
    found = (one for one in entry.evidence if isinstance(one, dict) and one.get("kind") == _ABOUT)
    return next(found, {})
