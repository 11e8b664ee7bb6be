"""The segments of a log that were sealed, as its own entries say."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sop_runner.audit import outside

from ..signed_off import signed_piece

SEALED = outside.SEGMENT_SEALED
_NAME = re.compile(r"segment-([0-9]{8,15})-([0-9]{8,15})")


@dataclass(frozen=True, slots=True)
class Segment:
    """Entries `first` up to before `size`, the root over the first `size`, and the trailers' digests (hex).

    `entry` is the number of the entry that put it on record, None before that.
    """

    first: int
    size: int
    root: str
    trailer: str
    previous: str
    entry: int | None = None

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"segment-{self.first:08d}-{self.size:08d}"

    @property
    def evidence(self) -> Mapping[str, Any]:
        """As the entry says it."""
        return {
            "kind": "segment",
            "first": self.first,
            "size": self.size,
            "root": self.root,
            "trailer": self.trailer,
            "previous": self.previous,
        }


def sealed_in(bodies: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[Segment, ...]:
    """The segments in order, from the entries by number; those of other types may be left out.

    One that nobody signed, or that does not go on where the last one ended, counts for nothing: two
    people may seal in the same moment.
    """
    found: list[Segment] = []
    for index, body in bodies:
        about = signed_piece(body, "segment") if body["type"] == SEALED else None
        if about is None:
            continue
        try:
            one = Segment(
                int(about["first"]),
                int(about["size"]),
                str(about["root"]),
                str(about["trailer"]),
                str(about["previous"]),
                index,
            )
        except (KeyError, TypeError, ValueError):
            continue
        if (one.first, one.previous) == _end(found) and one.first < one.size <= index:
            found.append(one)
    return tuple(found)


def range_in(name: str) -> tuple[int, int] | None:
    """The range that the name of a segment's folder says; None for another name."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else None


def _end(found: list[Segment]) -> tuple[int, str]:
    return (found[-1].size, found[-1].trailer) if found else (0, "")
