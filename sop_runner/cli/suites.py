"""Procedures with the scenarios beside them, from the paths that were named."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sop_runner.authoring.scenario_check import NO_END, check_scenarios
from sop_runner.authoring.scenario_expand import Case, expand
from sop_runner.authoring.scenario_load import load_scenarios
from sop_runner.authoring.suite import Suite
from sop_runner.base.errors import UsageError
from sop_runner.base.finding import Severity
from sop_runner.base.settings import Settings
from sop_runner.base.textsafe import visible
from sop_runner.desk.files import (
    SCENARIOS,
    ProcedureFiles,
    errors,
    procedure_files,
    read_file,
    with_subfolders,
)
from sop_runner.machine.plan import compile_plan

from .linting import Shown, of_scenarios, read_beside


@dataclass(frozen=True, slots=True)
class Found:
    """One procedure: its suite, without a case where it has no scenarios, or what keeps it from being tested.

    `told` is which scenarios can hardly fail.
    """

    procedure: Path
    scenarios: Path
    suite: Suite | None = None
    wrong: tuple[Shown, ...] = ()
    told: tuple[Shown, ...] = ()


def beside(path: Path) -> tuple[Path, Path]:
    """The procedure and its scenario file, whichever of them is named."""
    if path.name.endswith(SCENARIOS):
        stem = path.name.removesuffix(SCENARIOS)
        short = path.with_name(f"{stem}.yml")
        return short if short.is_file() else path.with_name(f"{stem}.yaml"), path
    return path, path.with_name(path.stem + SCENARIOS)


def named(paths: Iterable[Path], *, both: bool = True) -> Iterator[tuple[Path, Path]]:
    """Procedure and scenario file of each path, those of a folder and of the folders in it one by one, each once.

    Raises UsageError where one that is named is missing; of a procedure in a folder, or unless `both` are
    needed, the scenarios may be.
    """
    seen: set[Path] = set()
    for path in paths:
        folder = path.is_dir()
        inside = (one for each in with_subfolders(path) for one in procedure_files(each))
        pairs = [beside(one) for one in inside] if folder else [beside(path)]
        if folder and not pairs:
            raise UsageError(f"'{_shown(path)}' holds no procedure", hint="Name a procedure or its folder.")
        for procedure, scenarios in pairs:
            for one in () if folder else (procedure, scenarios) if both else (procedure,):
                if not one.is_file():
                    raise UsageError(
                        f"there is no '{_shown(one)}'",
                        hint="Scenarios stand beside their procedure, as NAME.yaml and NAME.scenarios.yaml.",
                    )
            if procedure not in seen:
                seen.add(procedure)
                yield procedure, scenarios


def read_suite(procedure: Path, scenarios: Path, settings: Settings, *, needed: bool = True) -> Found:
    """Read a procedure with its callees and scenarios; what is an error in any of them is told instead.

    Unless scenarios are `needed`, an empty file of them is none: a shell makes one before it is written to.
    """
    files = ProcedureFiles(procedure.parent)
    text = files.text(procedure)
    resolved, main = files.resolved(text), text.loaded.procedure
    wrong = errors(text.loaded, resolved)
    if wrong or main is None or text.loaded.digest is None:
        source = text.loaded.source
        lines = [Shown(one, source.line(one.at.line) if one.file == str(procedure) else "") for one in wrong]
        return Found(procedure, scenarios, wrong=tuple(lines))
    plan = compile_plan(main, text.loaded.digest, resolved.procedures)
    known = {**resolved.callees, (main.procedure, main.revision): text.loaded}
    suite = Suite(plan, known, text.loaded.source, (), settings.timezone, settings.calendar)
    written = read_file(scenarios) if scenarios.is_file() else b""
    if not scenarios.is_file() or (not needed and not written.strip()):
        return Found(procedure, scenarios, suite)
    loaded = load_scenarios(written, str(scenarios))
    cases: tuple[Case, ...] = ()
    findings = [*loaded.findings]
    if loaded.scenarios is not None:
        cases, found = expand(loaded, lambda name: read_beside(scenarios, name))
        findings += [*found, *check_scenarios(loaded, cases, plan)]
    shown = tuple(of_scenarios(one, scenarios, loaded.source) for one in dict.fromkeys(findings))
    if any(one.severity is Severity.ERROR for one in findings):
        return Found(procedure, scenarios, wrong=shown)
    told = tuple(one for one in shown if one.finding.code == NO_END)
    return Found(procedure, scenarios, replace(suite, source=loaded.source, cases=cases), told=told)


def settings_for(desk: Path | None) -> Settings:
    """The time zone and calendar of the desk that is named or near; without one UTC and no holidays."""
    from sop_runner.base.desk_folder import find_desk
    from sop_runner.desk.layout import read_settings

    found = find_desk(desk, os.environ, Path.cwd())
    return read_settings(found) if found is not None else Settings()


def _shown(path: Path) -> str:
    return visible(str(path), lines=False)
