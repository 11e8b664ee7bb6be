"""Lines of a text, places in it, and the list of findings that grows while it is read."""

import re
from array import array
from bisect import bisect_right
from functools import cached_property

from sop_runner.base.finding import Finding, Position, Severity

MOST_OF_A_KIND = 50
_BREAK = re.compile(r"\r\n|\r|\n")


class Lines:
    """The lines of a text; an index is a count of characters from its start."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _starts(self) -> "array[int]":
        # A megabyte of line breaks must not become a hundred megabytes of numbers.
        starts = array("L", [0])
        starts.extend(found.end() for found in _BREAK.finditer(self.text))
        return starts

    def __len__(self) -> int:
        return len(self._starts)

    def position(self, index: int) -> Position:
        """Line and column of `index`, both from 1."""
        line = bisect_right(self._starts, index)
        return Position(line, index - self._starts[line - 1] + 1)

    def index(self, at: Position) -> int:
        """The index that a position of this text stands for."""
        return self._starts[at.line - 1] + at.column - 1

    def line(self, number: int) -> str:
        """Line `number` from 1, without its break; empty past the end."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        return self.text[start : self.end_of(start)]

    def start_of(self, index: int) -> int:
        """Index of the first character of the line that `index` is in."""
        return self._starts[bisect_right(self._starts, index) - 1]

    def end_of(self, index: int) -> int:
        """Index of the end of the line that `index` is in, its break excluded."""
        number = bisect_right(self._starts, index)
        if number == len(self._starts):
            return len(self.text)
        following = self._starts[number]
        return following - (2 if self.text.startswith("\r\n", following - 2) else 1)


class Report:
    """Collects findings; of one code it keeps the first 50, so that no file floods it."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self._findings: list[Finding] = []
        self._counts: dict[str, int] = {}
        self._seen: set[tuple[str, int]] = set()

    def add(
        self,
        code: str,
        index: int,
        message: str,
        fix: str,
        *,
        severity: Severity = Severity.ERROR,
        length: int = 1,
        related: int | None = None,
    ) -> None:
        """Note a finding at `index`, once; `related` is the index of an earlier place that matters."""
        if (code, index) in self._seen:
            return
        count = self._counts[code] = self._counts.get(code, 0) + 1
        if count > MOST_OF_A_KIND:
            return
        self._seen.add((code, index))
        place = self.lines.position
        self._findings.append(
            Finding(
                code=code,
                message=message,
                file=self.file,
                at=place(index),
                severity=severity,
                fix=fix,
                related=None if related is None else place(related),
                length=max(1, length),
            )
        )

    def drop(self, start: int, end: int) -> None:
        """Forget what was found from `start` up to `end`: it comes of another mistake."""
        first, last = self.lines.position(start), self.lines.position(end)
        self._findings = [found for found in self._findings if not first <= found.at < last]

    def copy(self) -> "Report":
        """Another report that begins with the same findings."""
        other = Report(self.file, self.lines)
        other._findings = self._findings.copy()
        other._counts = self._counts.copy()
        other._seen = self._seen.copy()
        return other

    def full(self, code: str) -> bool:
        """Whether more findings of `code` would be dropped."""
        return self._counts.get(code, 0) > MOST_OF_A_KIND

    def findings(self) -> list[Finding]:
        """All findings in the order of the text, each crowded code with a word at the end."""
        ordered = sorted(self._findings, key=lambda finding: (finding.at, finding.code))
        for code, count in self._counts.items():
            if count > MOST_OF_A_KIND:
                last = [finding for finding in ordered if finding.code == code][-1]
                message = f"there are more than {MOST_OF_A_KIND} findings of '{code}', expected a few"
                fix = "correct the ones listed, then check the file again"
                ordered.append(Finding(code, message, self.file, last.at, last.severity, fix))
        return ordered


def shown(text: str, most: int = 40) -> str:
    """`text` on one line, short, with nothing in it that a terminal could act on."""
    short = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(char if char.isprintable() else _escaped(char) for char in short)


def _escaped(char: str) -> str:
    code = ord(char)
    if char == "\n":
        return "\\n"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
