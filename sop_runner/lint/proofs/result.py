"""What a proof comes to: each obligation with its verdict, and the way that breaks it."""

from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

Kind = Literal["closure", "freshness"]
Verdict = Literal["holds", "fails", "unsettled"]


class Stop(NamedTuple):
    """One place on a way: how it was left, and what was written down there that matters."""

    node: str
    how: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if not self.values:
            return f"{self.node} ({self.how})" if self.how else self.node
        told = ", ".join(f"{name}: {value}" for name, value in self.values)
        inside = "; ".join(part for part in (self.how, told) if part)
        return f"{self.node} ({inside})" if inside else self.node


@dataclass(frozen=True, slots=True)
class Obligation:
    """At `node` the control must have been gained (closure), and not been lost since (freshness).

    Where it fails `path` is the shortest way there without it, with values that fit; where it is unsettled, a way
    that could not be walked, or none was found within bounds.
    """

    node: str
    control: str
    kind: Kind
    verdict: Verdict
    path: tuple[Stop, ...] = ()
    walked: bool = False
    """Whether the run core was led along the path, with the values that it tells; of many ways only the first are."""


_PLAIN = 6
"""Items in a row at which nothing was chosen or written down, from which on they are only counted."""


def told(path: tuple[Stop, ...]) -> str:
    """A way as one line; of a long stretch at which nothing is decided only its ends are named."""
    found: list[str] = []
    for plain, stops in groupby(path, lambda stop: not (stop.how or stop.values)):
        here = list(stops)
        if plain and len(here) > _PLAIN:
            found += [str(here[0]), f"… {len(here) - 2} more …", str(here[-1])]
        else:
            found += map(str, here)
    return " > ".join(found)
