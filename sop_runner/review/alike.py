"""Whether a recorded event is the one that had to come, commitments compared by what is behind them."""

from collections.abc import Mapping
from typing import Any

from sop_runner.audit.commitment import commitment
from sop_runner.audit.entry import recordable
from sop_runner.run import events as ev
from sop_runner.run.events import Event

from .judging import Judged

# Anybody who belongs to the run may do these; the role is told where there is one.
_IN_ANY_ROLE = frozenset((ev.OTHERWISE_TAKEN, ev.LIMIT_TAKEN, ev.WENT_BACK, ev.DEVIATION_RECORDED))


def difference(judged: Judged, wanted: Event, found: Event) -> str:
    """The first part in which `found` is not `wanted`, as a name; empty where they are alike."""
    if wanted == found:
        return ""
    for part in ("type", "at", "arrow", "to", "outcome", "actor"):
        if getattr(wanted, part) != getattr(found, part):
            return part
    if wanted.role != found.role and not (found.role is None and found.type in _IN_ANY_ROLE):
        return "role"
    if wanted.when != found.when:
        return "time"
    if recordable(wanted.reason, "reason") != found.reason:
        return "reason"
    if len(wanted.evidence) != len(found.evidence):
        return "evidence"
    for one, other in zip(wanted.evidence, found.evidence, strict=True):
        if not _alike(judged, one, other):
            return f"evidence '{other.get('kind', '')}'"
    return ""


def _alike(judged: Judged, wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        if wanted.keys() != found.keys():
            return False
        return all(
            _committed(judged, wanted[key], found[key])
            if key == "commitment"
            else _alike(judged, wanted[key], found[key])
            for key in wanted
        )
    if isinstance(wanted, list | tuple) and isinstance(found, list | tuple):
        return len(wanted) == len(found) and all(
            _alike(judged, one, other) for one, other in zip(wanted, found, strict=True)
        )
    return wanted is found or bool(recordable(wanted, "evidence") == found)


def _committed(judged: Judged, wanted: str, found: str) -> bool:
    """Salts differ, so values are compared; what is kept as a digest only cannot be."""
    behind, value = judged.given.opened.get(found), judged.sealed.get(wanted)
    if wanted == found or behind is None or value is None or value.value is None:
        return True
    return commitment(behind.salt, value.value) == found
