"""One procedure file as the linter sees it: its findings, and its plan where it has no error."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sop_runner.base.finding import Finding
from sop_runner.lint.lint import lint
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.load import Loaded

from .files import ProcedureFiles, errors


@dataclass(frozen=True, slots=True)
class Linted:
    """`plan` is None where an error stands, and names no digests; `accepted` are findings with why the file accepts them.

    `sources` are the files that findings stand in, by name.
    """

    plan: Plan | None
    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, str], ...]
    sources: Mapping[str, Loaded]


def linted(files: ProcedureFiles, path: Path, today: date | None = None) -> Linted:
    """What the reader and the loader say; of a file without errors, what rules and proofs find as well.

    Raises UsageError where the file cannot be read.
    """
    text = files.text(path)
    loaded, resolved = text.loaded, files.resolved(text)
    found = dict.fromkeys([*loaded.findings, *resolved.findings])
    procedure = loaded.procedure
    sources = {one.file: one for one in (*resolved.callees.values(), loaded)}
    if procedure is None or errors(loaded, resolved):
        return Linted(None, tuple(found), (), sources)
    behind = {**resolved.callees, (procedure.procedure, procedure.revision): loaded}
    plan = compile_plan(procedure, "", resolved.procedures)
    report = lint(plan, behind, found, today)
    accepted = tuple((one.finding, one.because) for one in report.accepted)
    return Linted(plan, tuple(report.findings), accepted, sources)
