"""One change between two procedures, and the list they are gathered in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["weaker", "stronger", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in meaning: `weaker` asks less of people than before, `stronger` more.

    `node` is empty for the top of the file. `unsettled` marks a change that may ask less and could
    not be settled. `language` is set for texts alone.
    """

    kind: Kind
    node: str
    sentence: str
    old: str = ""
    new: str = ""
    unsettled: bool = False
    language: str = ""

    @property
    def weakens(self) -> bool:
        """Whether somebody has to look at it as a weakening: it is one, or it cannot be excluded."""
        return self.kind == "weaker" or self.unsettled


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Weaker first, then what may be, then stronger, then the rest, texts last; in the order found."""
    return tuple(sorted(dict.fromkeys(changes), key=_rank))


def _rank(change: Change) -> int:
    if change.kind == "weaker":
        return 0
    if change.unsettled:
        return 1
    if change.kind == "stronger":
        return 2
    return 4 if change.language else 3


@dataclass
class Told:
    """Changes as they are found at one node (or at the top, or at a part of a node: `part`)."""

    node: str = ""
    part: str = ""
    changes: list[Change] = field(default_factory=list)

    def inside(self, part: str) -> "Told":
        """The same list, for a part of the node such as a field."""
        return Told(self.node, f"{self.part}, {part}" if self.part else part, self.changes)

    def add(
        self, kind: Kind, sentence: str, old: str = "", new: str = "", *, unsettled: bool = False
    ) -> None:
        """Add one change; the sentence is told with its part before it."""
        said = f"{self.part}: {sentence}" if self.part else sentence
        self.changes.append(Change(kind, self.node, said, old, new, unsettled))
