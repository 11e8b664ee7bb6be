"""Findings at their place: from a path in the data to a line and a column."""

from dataclasses import dataclass
from typing import Any

from ..base.finding import Finding, Position, Severity
from .shape import Path, step_into, value_in
from .source import Source


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a path of the data; it becomes a finding where the file is known.

    `on_key` points at the key instead of the value. `about` is the name concerned and `absence`
    says that something is not there, so that what only follows from another error can be left out.
    """

    code: str
    message: str
    path: Path
    fix: str = ""
    on_key: bool = False
    related: Path | None = None
    about: str = ""
    absence: bool = False
    severity: Severity = Severity.ERROR


def finding(problem: Problem, source: Source, file: str) -> Finding:
    """The problem as a finding; a path that is not in the file stands for the nearest part that is."""
    at, length = place(source, problem.path, on_key=problem.on_key)
    related = None if problem.related is None else place(source, problem.related)[0]
    return Finding(
        code=problem.code,
        message=problem.message,
        file=file,
        at=at,
        severity=problem.severity,
        fix=problem.fix,
        related=related,
        length=length,
    )


def place(source: Source, path: Path, *, on_key: bool = False) -> tuple[Position, int]:
    """Line and column of the value (or key) at `path`, and how many characters to mark."""
    real = existing(source.data, path)
    if len(real) < len(path):
        on_key = False
    if real and on_key and isinstance(real[-1], str):
        return source.key_at(real), max(1, len(real[-1]))
    value = value_in(source.data, real)
    return source.value_at(real), len(value) if isinstance(value, str) and 0 < len(value) < 80 else 1


def existing(data: Any, path: Path) -> Path:
    """The longest start of `path` that leads somewhere in `data`."""
    for length, step in enumerate(path):
        if isinstance(data, dict):
            there = step in data
        else:
            there = isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        if not there:
            return path[:length]
        data = step_into(data, step)
    return path
