"""From the bytes of a file to a checked procedure, or to everything that is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

from ..base.finding import Finding, Severity
from .base_types import shown
from .digest import digest
from .model import Procedure
from .partial import Read, read_model
from .place import Problem, finding
from .references import check
from .shape import Path
from .source import Source, read_source
from .suggest import listed

MAX_FINDINGS = 200
MAX_PROBLEMS = MAX_FINDINGS + 50


@dataclass(frozen=True)
class Loaded:
    """A file that was read: a procedure with its digest exactly where no finding is an error."""

    source: Source
    procedure: Procedure | None
    findings: tuple[Finding, ...]
    file: str = ""

    @cached_property
    def digest(self) -> str | None:
        """What the file means, as `digest.digest` has it; worked out where it is asked for."""
        return digest(self.source.data) if self.procedure is not None else None

    def finding(self, problem: Problem) -> Finding:
        """A problem found later, at its place in this file."""
        return finding(problem, self.source, self.file)


UNREAD = ("*", "&", "!", "-", "+", ".", *"0123456789")
"""How values begin that have no value though something is written there."""


def load(data: bytes, file: str = "") -> Loaded:
    """Read a procedure and check everything that needs neither its callees nor a walk through its graph.

    All errors of the file are in `findings`, in the order of the file. `file` only names it there.
    """
    return check_source(read_source(data, file), file)


def check_source(source: Source, file: str = "") -> Loaded:
    """The same for a file that was read already; its tree may have been changed since, its places not."""
    problems: list[Problem] = []
    read = Read((), None)
    if isinstance(source.data, dict) and (stranger := _stranger(source.data)):
        problems.append(stranger)
    elif isinstance(source.data, dict):
        empties = _empties(source.data)
        empty = {problem.path for problem in empties}
        problems.extend(one for one in empties if not _unread(source, one.path))
        read = read_model(source.data)
        problems.extend(p for p in read.problems if not _starts(p.path, empty))
        if read.procedure is not None:
            problems.extend(_references(read, read.procedure))
    elif not source.findings:
        problems.append(_no_map(source.data))
    found = sorted(
        _once(source.findings, [finding(problem, source, file) for problem in problems[: 4 * MAX_FINDINGS]]),
        key=lambda f: (f.at, f.code, f.message),
    )
    failed = any(f.severity is Severity.ERROR for f in found)
    procedure = None if failed else read.procedure
    return Loaded(source, procedure, _bounded(found), file)


def _once(reading: Sequence[Finding], loading: Sequence[Finding]) -> set[Finding]:
    """The findings of both, where they do not tell of one value twice.

    A value that could not be read as it is written is told of as that. A value of the wrong kind is
    told of as that, and not also as one that another reader takes for yet another kind.
    """
    unread = {f.at for f in reading if f.code in ("SOP105", "SOP106", "SOP108")}
    wrong = {f.at for f in loading if f.code == "SOP133"}
    return {
        *(f for f in reading if f.code != "SOP119" or f.at not in wrong),
        *(f for f in loading if f.code != "SOP133" or f.at not in unread),
    }


def _references(read: Read, procedure: Procedure) -> list[Problem]:
    """What the checks say about a file, less what may only follow from its other errors."""
    found = []
    for problem in islice(check(procedure), MAX_PROBLEMS):
        there = replace(
            problem,
            path=read.original(problem.path),
            related=None if problem.related is None else read.original(problem.related),
        )
        if not read.follows(there):
            found.append(there)
    return found


def _stranger(data: dict[Any, Any]) -> Problem | None:
    """A file of another format: its keys would only drown what matters."""
    given = data.get("format")
    if isinstance(given, str) and given != "sop/1" and not given.startswith("sop/"):
        return Problem(
            "SOP130",
            f"this is no procedure: its format is {shown(given)}, expected 'sop/1'",
            ("format",),
            "write `format: sop/1`, or use the command for that kind of file",
        )
    if data and not _OWN.intersection(map(str, data)):
        return Problem(
            "SOP130",
            f"this is no procedure: it has none of the keys {listed(sorted(_OWN))}",
            (),
            "begin it with `format: sop/1`, or move it to another folder",
        )
    return None


_OWN = frozenset(("format", "procedure", "flow"))
"""Without any of these a file is of something else, or nothing yet."""


def _no_map(data: Any) -> Problem:
    return Problem(
        "SOP130",
        f"a procedure is a map of keys, this is {shown(data)}",
        (),
        "begin the file with `format: sop/1`",
    )


def _empties(data: Any) -> list[Problem]:
    """Keys without a value: the model would take an empty condition for none at all."""
    found = []
    waiting: list[tuple[Path, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            if inner is None and isinstance(value, dict):
                found.append(
                    Problem("SOP134", f"{shown(key)} is empty", (*path, key), "give it a value or remove the key", on_key=True)
                )  # fmt: skip
            elif inner is None:
                found.append(
                    Problem("SOP134", "this entry of the list is empty", (*path, key), "give it a value or remove it")
                )  # fmt: skip
            elif isinstance(inner, dict | list):
                waiting.append(((*path, key), inner))
    return found


def _unread(source: Source, path: Path) -> bool:
    """Whether something stands there that is told of as what it is: an alias, a tag, a number that cannot be kept."""
    at = source.value_at(path)
    return source.line(at.line)[at.column - 1 :].startswith(UNREAD)


def _starts(path: Path, empty: set[Path]) -> bool:
    return any(path[:length] in empty for length in range(len(path) + 1))


def _bounded(found: list[Finding]) -> tuple[Finding, ...]:
    if len(found) <= MAX_FINDINGS:
        return tuple(found)
    last = found[MAX_FINDINGS - 1]
    more = replace(
        last,
        code="SOP139",
        message=f"there are at least {len(found) - MAX_FINDINGS + 1} more findings",
        fix="mend those above first",
        related=None,
        severity=Severity.ERROR,
    )
    return (*found[: MAX_FINDINGS - 1], more)
