"""What every check looks at: the procedure, its names, and where each id was first defined."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..model import Path, Procedure, every_node
from ..names import NameTable
from ..nodes import Node, Section
from ..place import Problem
from ..suggest import did_you_mean, listed


@dataclass(frozen=True)
class Context:
    """A procedure and its names."""

    procedure: Procedure
    names: NameTable

    @cached_property
    def flow(self) -> tuple[tuple[Path, Node, tuple[Section, ...]], ...]:
        """Every node with its path and sections, in the order of the file."""
        return every_node(self.procedure)

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Node by id; of two with one id, the first."""
        found: dict[str, Node] = {}
        for _, node, _ in self.flow:
            found.setdefault(node.id, node)
        return found


Check = Callable[[Context], Iterator[Problem]]


def unknown(
    code: str, what: str, name: str, known: Iterable[str], path: Path, none: str, *, on_key: bool = False
) -> Problem:
    """Something is named that does not exist; `none` is the fix where there is nothing to choose from."""
    every = list(known)
    fix = did_you_mean(name, every, f"use one of {listed(every)}" if every else none)
    return Problem(code, f"there is no {what} '{name}'", path, fix, on_key=on_key, about=name)
