"""Findings of files: gathered from procedures, their callees and scenarios."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sop_runner.base.errors import UsageError
from sop_runner.base.finding import Finding, Severity
from sop_runner.base.textsafe import visible
from sop_runner.desk.files import (
    SCENARIOS,
    ProcedureFiles,
    errors,
    procedure_files,
    read_file,
    with_subfolders,
)
from sop_runner.procedure.load import Loaded
from sop_runner.procedure.source import Source


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding and the line of the file that it stands in; `because` where the file accepts it."""

    finding: Finding
    line: str
    because: str = ""


class Linter:
    """Finds what is wrong in files; what it has read of a folder it keeps until it changes."""

    def __init__(self, today: date | None = None) -> None:
        self.today = today
        self._folders: dict[Path, ProcedureFiles] = {}

    def findings(self, paths: Sequence[Path]) -> list[Shown]:
        """Every finding of the files, in their order. Raises UsageError where a file cannot be read."""
        found: list[Shown] = []
        for path in paths:
            found += self._of_scenarios(path) if path.name.endswith(SCENARIOS) else self._of_procedure(path)
        return found

    def _files(self, path: Path) -> ProcedureFiles:
        return self._folders.setdefault(path.parent, ProcedureFiles(path.parent))

    def _of_procedure(self, path: Path) -> Iterable[Shown]:
        from sop_runner.desk.linted import linted

        found = linted(self._files(path), path, self.today)
        shown = [_shown(finding, found.sources) for finding in found.findings]
        if found.plan is None:
            return shown
        shown += [_shown(finding, found.sources, because) for finding, because in found.accepted]
        return sorted(shown, key=lambda one: (one.finding.file, one.finding.at, one.finding.code))

    def _of_scenarios(self, path: Path) -> Iterable[Shown]:
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
                files = self._files(path)
                text = files.text(beside)
                resolved, procedure = files.resolved(text), text.loaded.procedure
                if procedure is not None and not errors(text.loaded, resolved):
                    plan = compile_plan(procedure, text.loaded.digest or "", resolved.procedures)
                    findings += check_scenarios(loaded, cases, plan)
        return [of_scenarios(one, path, loaded.source) for one in dict.fromkeys(findings)]


def files_in(paths: Iterable[Path], *, empty: bool = False) -> list[Path]:
    """The files that are named, those of a folder and of the folders in it one by one, each once.

    Raises UsageError for what is no file, and for a folder without any unless it may be `empty`: a check
    that has looked at nothing must not pass.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [
                file
                for folder in with_subfolders(path)
                for file in (*procedure_files(folder), *sorted(folder.glob("*" + SCENARIOS)))
            ]
            if not (inside or empty):
                shown = visible(str(path), lines=False)
                raise UsageError(f"'{shown}' holds no procedure", hint="Name a procedure or its folder.")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            shown = visible(str(path), lines=False)
            piped = str(path) == "-" or path.is_fifo()
            hint = _SAVE_IT if piped else "Name a file or a folder."
            if piped or _is_there(path):
                raise UsageError(f"'{shown}' is no file that can be checked", hint=hint)
            raise UsageError(f"there is no '{shown}'")
    return list(dict.fromkeys(found))


_SAVE_IT = "Save what comes through a pipe and name that file: it is read with what stands beside it."


def _is_there(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:
        return False


def read_beside(path: Path, name: str) -> bytes | None:
    """The bytes of a file beside another, by its plain name: a file does not reach into other folders."""
    beside = path.parent / name
    return read_file(beside) if Path(name).name == name and beside.is_file() else None


def of_scenarios(finding: Finding, path: Path, source: Source) -> Shown:
    """A finding of a scenario file, or of a table beside it."""
    return Shown(finding, line_beside(path, source, finding.file, finding.at.line))


def line_beside(path: Path, source: Source, file: str, number: int) -> str:
    """A line of a scenario file that was read, or of a table beside it."""
    from sop_runner.authoring.table import line_of_table

    if file in ("", str(path)):
        return source.line(number)
    return line_of_table(read_beside(path, Path(file).name) or b"", number)


def _shown(finding: Finding, sources: Mapping[str, Loaded], because: str = "") -> Shown:
    loaded = sources.get(finding.file)
    return Shown(finding, "" if loaded is None else loaded.source.line(finding.at.line), because)


def counted(found: Iterable[Shown]) -> dict[Severity, int]:
    """How many findings of each severity stand, those that a file accepts left out."""
    standing = [one.finding.severity for one in found if not one.because]
    return {severity: standing.count(severity) for severity in Severity}
