"""Procedures and scenario files of the tests, read from disk and put on a stage in memory."""

from functools import cache
from pathlib import Path

from sop_runner.authoring.rehearse import rehearse
from sop_runner.authoring.rehearse_stage import MemoryStage
from sop_runner.authoring.rehearse_story import Result
from sop_runner.authoring.scenario_expand import Case, expand
from sop_runner.authoring.scenario_load import LoadedScenarios, load_scenarios
from sop_runner.base.finding import Severity
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import Loaded, load


def read(path: Path) -> Loaded | None:
    return load(path.read_bytes(), path.name) if path.is_file() else None


@cache
def plan_of(path: Path) -> Plan:
    """The plan of a file with the callees beside it; it must load without an error."""
    main = read(path)
    assert main is not None, path
    resolved = resolve(main, lambda name, revision: read(path.with_name(f"{name}.yaml")))
    found = [*main.findings, *resolved.findings]
    assert not [f for f in found if f.severity is Severity.ERROR], found
    assert main.procedure is not None
    assert main.digest is not None
    return compile_plan(main.procedure, main.digest, resolved.procedures)


@cache
def scenarios_of(path: Path) -> tuple[LoadedScenarios, tuple[Case, ...]]:
    """Every case of the scenario file of a procedure."""
    loaded = load_scenarios(path.read_bytes(), path.name)
    assert loaded.findings == (), loaded.findings
    cases, found = expand(loaded, lambda name: path.with_name(name).read_bytes())
    assert found == ()
    return loaded, cases


def procedure_of(path: Path) -> Path:
    return path.with_name(path.name.replace(".scenarios.", "."))


def rehearsed(path: Path, case: Case) -> Result:
    """One case of the scenario file `path`, played in memory."""
    loaded, _ = scenarios_of(path)
    return rehearse(case, MemoryStage(plan_of(procedure_of(path))), loaded.source)


def played(procedure: str, scenario: str) -> Result:
    """A scenario over a procedure, both given as text; the format lines are added here."""
    main = load(procedure.encode())
    assert main.procedure is not None, main.findings
    assert main.digest is not None
    plan = compile_plan(main.procedure, main.digest, {})
    head = f"format: sop-scenarios/1\nprocedure: {main.procedure.procedure}\nscenarios:\n"
    loaded = load_scenarios((head + scenario).encode())
    assert loaded.scenarios is not None, loaded.findings
    (case, *_), found = expand(loaded, lambda name: None)
    assert found == ()
    return rehearse(case, MemoryStage(plan), loaded.source)
