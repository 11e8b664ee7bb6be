"""Findings as compilers show them, and as data for programs."""

from collections.abc import Iterable
from typing import Any

from sop_runner.base.finding import Finding, Severity
from sop_runner.base.textsafe import cell_width, clip, visible

from .linting import Shown, counted

_LONGEST = 1_000
_WIDEST = 160
"""Cells of a sentence and characters of a line: a megabyte in one line is a file's right, not a terminal's."""


def as_text(finding: Finding, line: str, because: str = "") -> str:
    """As compilers say it: place, code, sentence, the line with a caret, the fix, or why it is accepted."""
    at = finding.at
    said = clip(finding.message, _LONGEST)
    what = f"accepted {finding.severity}" if because else str(finding.severity)
    lines = [f"{finding.file}:{at.line}:{at.column}: {what} {finding.code}: {said}"]
    if line.strip():
        number = f"{at.line:>5} | "
        line, start = _window(line, max(at.column - 1, 0))
        before = cell_width(_flat(line[:start]))
        marked = max(cell_width(_flat(line[start : start + max(finding.length, 1)])), 1)
        lines.append(number + _flat(line))
        lines.append(" " * (len(number) - 2) + "| " + " " * before + "^" * marked)
    if finding.related is not None:
        lines.append(f"      see line {finding.related.line}, column {finding.related.column}")
    if because:
        lines.append(f"      because: {clip(_flat(because), _LONGEST)}")
    elif finding.fix:
        lines.append(f"      fix: {clip(finding.fix, _LONGEST)}")
    return "\n".join(lines)


def _window(line: str, start: int) -> tuple[str, int]:
    """The part of a line that is shown around index `start`, and where that is in it."""
    if len(line) <= _WIDEST:
        return line, start
    begin = max(start - _WIDEST // 2, 0)
    cut = "…" if begin else ""
    more = "…" if begin + _WIDEST < len(line) else ""
    return cut + line[begin : begin + _WIDEST] + more, start - begin + len(cut)


def _flat(text: str) -> str:
    return visible(text.replace("\t", " ").rstrip("\r\n"), lines=False)


def as_data(finding: Finding, because: str = "") -> dict[str, Any]:
    """One finding for programs; `accepted` is the author's reason where the file lets it stand."""
    related = finding.related
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "file": finding.file,
        "line": finding.at.line,
        "column": finding.at.column,
        "length": finding.length,
        "message": finding.message,
        "fix": finding.fix,
        "related": None if related is None else {"line": related.line, "column": related.column},
        "accepted": because or None,
    }


def summary(found: Iterable[Shown]) -> str:
    """How many of each severity, and how many are accepted; empty where there is nothing to say."""
    found = list(found)
    if not found:
        return ""
    counts = counted(found)
    parts = [_count(counts[Severity.ERROR], "error"), _count(counts[Severity.WARNING], "warning")]
    if counts[Severity.NOTE]:
        parts.append(_count(counts[Severity.NOTE], "note"))
    if accepted := sum(bool(one.because) for one in found):
        parts.append(f"{accepted} accepted")
    return ", ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
