"""Findings of files: gathered from procedures, their callees and scenarios, and shown as compilers do."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sop_runner.base.errors import UsageError
from sop_runner.base.finding import Finding, Severity
from sop_runner.base.textsafe import cell_width, clip, visible
from sop_runner.desk.files import SCENARIOS, ProcedureFiles, errors, procedure_files, read_file
from sop_runner.procedure.source import Source

_LONGEST = 1_000
_WIDEST = 160
"""Cells of a sentence and characters of a line: a megabyte in one line is a file's right, not a terminal's."""

Shown = tuple[Finding, str]
"""A finding and the line of the file that it stands in."""


def findings_of(paths: Sequence[Path]) -> list[Shown]:
    """Every finding of the files, in their order. Raises UsageError where there is no such file."""
    found: list[Shown] = []
    for path in files_in(paths):
        files = ProcedureFiles(path.parent)
        if path.name.endswith(SCENARIOS):
            found.extend(_of_scenarios(path))
        else:
            text = files.text(path)
            findings = [*text.loaded.findings, *files.resolved(text).findings]
            found.extend(_with_lines(dict.fromkeys(findings), text.loaded.source, str(path)))
    return found


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files that are named, those of a folder one by one."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [*procedure_files(path), *sorted(path.glob("*" + SCENARIOS))]
        elif path.is_file():
            found.append(path)
        else:
            shown = visible(str(path), lines=False)
            if _is_there(path):
                raise UsageError(f"'{shown}' is no file that can be checked", hint="Name a file or a folder.")
            raise UsageError(f"there is no '{shown}'")
    return found


def _is_there(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:
        return False


def _of_scenarios(path: Path) -> list[Shown]:
    """A scenario file by itself, with its tables, and against its procedure where that is sound."""
    from sop_runner.authoring.scenario_check import check_scenarios
    from sop_runner.authoring.scenario_expand import expand
    from sop_runner.authoring.scenario_load import load_scenarios
    from sop_runner.machine.plan import compile_plan

    loaded = load_scenarios(read_file(path), str(path))
    findings = [*loaded.findings]
    if loaded.scenarios is not None:
        cases, found = expand(loaded, lambda name: read_beside(path, name))
        findings += found
        beside = path.with_name(path.name.removesuffix(SCENARIOS) + ".yaml")
        if beside.is_file():
            files = ProcedureFiles(path.parent)
            text = files.text(beside)
            resolved, procedure = files.resolved(text), text.loaded.procedure
            if procedure is not None and not errors(text.loaded, resolved):
                plan = compile_plan(procedure, text.loaded.digest or "", resolved.procedures)
                findings += check_scenarios(loaded, cases, plan)
    return _with_lines(dict.fromkeys(findings), loaded.source, str(path))


def read_beside(path: Path, name: str) -> bytes | None:
    """The bytes of a file beside another, by its plain name: a file does not reach into other folders."""
    beside = path.parent / name
    return read_file(beside) if Path(name).name == name and beside.is_file() else None


def _with_lines(findings: Iterable[Finding], source: Source, file: str) -> list[Shown]:
    # A finding about a callee's call may stand in another file, whose lines are not at hand.
    return [(f, source.line(f.at.line) if f.file == file else "") for f in findings]


def as_text(finding: Finding, line: str) -> str:
    """As compilers say it: place, code, sentence, the line with a caret, the fix."""
    at = finding.at
    said = clip(finding.message, _LONGEST)
    lines = [f"{finding.file}:{at.line}:{at.column}: {finding.severity} {finding.code}: {said}"]
    if line.strip():
        number = f"{at.line:>5} | "
        line, start = _window(line, max(at.column - 1, 0))
        before = cell_width(_flat(line[:start]))
        marked = max(cell_width(_flat(line[start : start + max(finding.length, 1)])), 1)
        lines.append(number + _flat(line))
        lines.append(" " * (len(number) - 2) + "| " + " " * before + "^" * marked)
    if finding.related is not None:
        lines.append(f"      see line {finding.related.line}, column {finding.related.column}")
    if finding.fix:
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


def as_data(finding: Finding) -> dict[str, Any]:
    """One finding for programs."""
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
    }


def counted(found: Sequence[Shown]) -> tuple[int, int]:
    """How many errors and how many warnings."""
    errors = sum(finding.severity is Severity.ERROR for finding, _ in found)
    return errors, sum(finding.severity is Severity.WARNING for finding, _ in found)


def _flat(text: str) -> str:
    return visible(text.replace("\t", " ").rstrip("\r\n"), lines=False)
