"""An error of the parser: what is known about it, and what is said about it."""

from dataclasses import dataclass
from typing import Any

from yaml.error import MarkedYAMLError

from sop_runner.procedure.yaml_subset.frames import Tree
from sop_runner.procedure.yaml_subset.report import Lines, shown


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong, where, and what to do.

    `patch` is one character by which another reading of the text can get past this error, so
    that the errors behind it are found too; what is read then is never used. What was found from
    `within` up to the error comes of the same mistake.
    """

    index: int
    message: str
    fix: str
    length: int = 1
    related: int | None = None
    patch: tuple[int, str] | None = None
    code: str = "SOP101"
    within: int | None = None


class Case:
    """An error with what the sentences need to know about it."""

    def __init__(self, lines: Lines, tree: Tree, error: MarkedYAMLError) -> None:
        mark: Any = error.problem_mark
        context: Any = error.context_mark
        self.lines = lines
        self.text = lines.text
        self.words = f"{error.context or ''}: {error.problem or ''}"
        self.at: int = min(mark.index, len(lines.text))
        self.context: int | None = None if context is None else getattr(context, "index", None)
        self.last = tree.last
        self.opened = tree.opened
        self.char = self.text[self.at : self.at + 1]

    def name(self, index: int) -> str:
        """The line that `index` is in, short, for a message."""
        return shown(self.text[self.lines.start_of(index) : self.lines.end_of(index)].strip())

    def line(self, index: int) -> int:
        return self.lines.position(index).line

    def indent(self, index: int) -> int:
        """How far the line of `index` is indented."""
        start = self.lines.start_of(index)
        line = self.text[start : self.lines.end_of(index)]
        return len(line) - len(line.lstrip(" "))

    def begins_line(self, index: int) -> bool:
        return not self.text[self.lines.start_of(index) : index].strip(" ")

    def follows_on_line(self) -> bool:
        """Whether something ended before the error on the same line."""
        return self.line(self.last.end) == self.line(self.at) and not self.begins_line(self.at)
