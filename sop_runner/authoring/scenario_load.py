"""From the bytes of a scenario file to its scenarios, or to everything that is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sop_runner.base.finding import Finding, Severity
from sop_runner.procedure.base_types import Strict, shown
from sop_runner.procedure.locate import locate
from sop_runner.procedure.place import Problem, finding
from sop_runner.procedure.shape import Path, keys_of, value_in
from sop_runner.procedure.source import Source, read_source
from sop_runner.procedure.suggest import listed, nearest

from .scenario import Scenario, ScenarioFile

NO_KEY, WRONG, EMPTY, NAMED_TWICE, NO_EXPECTATION = "SOP401", "SOP402", "SOP403", "SOP404", "SOP405"


@dataclass(frozen=True, slots=True)
class LoadedScenarios:
    """A scenario file that was read; `scenarios` is None exactly where a finding is an error."""

    source: Source
    scenarios: ScenarioFile | None
    findings: tuple[Finding, ...]
    file: str = ""

    def finding(self, problem: Problem) -> Finding:
        """A problem found later, at its place in this file."""
        return finding(problem, self.source, self.file)


def load_scenarios(data: bytes, file: str = "") -> LoadedScenarios:
    """Read a scenario file and check all that needs neither its procedure nor its table of cases."""
    source = read_source(data, file)
    problems: list[Problem] = []
    read: ScenarioFile | None = None
    if isinstance(source.data, dict):
        try:
            read = _numbered(ScenarioFile.model_validate(source.data))
        except ValidationError as failed:
            for error in failed.errors(include_url=False, include_input=False):
                explained = _explained(source.data, error)
                problems.extend([explained] if explained is not None else [])
        else:
            problems.extend(_checked(read))
    elif not source.findings:
        problems.append(
            Problem(
                WRONG,
                f"a scenario file is a map of keys, this is {shown(source.data)}",
                (),
                "begin it with `format: sop-scenarios/1`",
            )
        )
    found = sorted(
        {*source.findings, *(finding(problem, source, file) for problem in problems)},
        key=lambda f: (f.at, f.code, f.message),
    )
    failed_ = any(f.severity is Severity.ERROR for f in found)
    return LoadedScenarios(source, None if failed_ else read, tuple(found), file)


def _numbered(file: ScenarioFile) -> ScenarioFile:
    """Give each item of `do` its place in the list, which is what a failure points at."""
    scenarios = tuple(
        one.model_copy(update={"do": tuple(replace(item, index=n) for n, item in enumerate(one.do))})
        for one in file.scenarios
    )
    return file.model_copy(update={"scenarios": scenarios})


def _checked(file: ScenarioFile) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, scenario in enumerate(file.scenarios):
        path: Path = ("scenarios", index)
        if scenario.scenario in first:
            yield Problem(
                NAMED_TWICE,
                f"two scenarios are called '{scenario.scenario}'",
                (*path, "scenario"),
                "give each a name of its own",
                related=("scenarios", first[scenario.scenario], "scenario"),
            )
        first.setdefault(scenario.scenario, index)
        if scenario.ends is not None and scenario.at is not None:
            yield Problem(
                NO_EXPECTATION,
                f"'{scenario.scenario}' expects both an end and to be still open",
                (*path, "at"),
                "keep `ends` or `at`",
                on_key=True,
            )


def _explained(data: object, error: ErrorDetails) -> Problem | None:
    path, on_key = locate(data, error["loc"])
    value = value_in(data, path)
    kind = error["type"]
    if kind == "too_short" and value:
        return None  # some of its parts are wrong, and are reported themselves
    if kind == "sop":
        context = error["ctx"]
        return Problem(WRONG, context["text"], path, context["fix"], on_key=on_key)
    if kind == "extra_forbidden":
        known = list(keys_of(_part(path[:-1])))
        near = nearest(path[-1], known)
        fix = f"did you mean '{near}'?" if near else f"remove it, or use one of {listed(known)}"
        return Problem(
            NO_KEY, f"{shown(path[-1])} is no key of {_thing(data, path[:-1])}", path, fix, on_key=True
        )
    if kind == "missing":
        key = error["loc"][-1]
        return Problem(NO_KEY, f"{_thing(data, path)} has no '{key}'", path, f"add `{key}`")
    if value is None:
        return Problem(
            EMPTY, f"{shown(path[-1] if path else '')} is empty", path, "give it a value or remove it"
        )
    name = next((step for step in reversed(path) if isinstance(step, str)), "scenarios")
    expected = {
        "literal_error": f"expected {error.get('ctx', {}).get('expected', '')}",
        "tuple_type": "expected a list",
        "dict_type": "expected a map",
        "model_type": "expected a map",
        "string_type": "expected text",
        "too_short": "expected at least one entry",
    }.get(kind, "which cannot stand here")
    return Problem(
        WRONG, f"'{name}' is {shown(value)}, {expected}", path, "see `sop schema` for what can stand here"
    )


def _part(path: Path) -> type[Strict]:
    return Scenario if path[:1] == ("scenarios",) else ScenarioFile


def _thing(data: object, path: Path) -> str:
    if path[:1] != ("scenarios",):
        return "a scenario file"
    name = value_in(data, (*path[:2], "scenario"))
    return f"the scenario '{name}'" if isinstance(name, str) and len(name) <= 80 else "this scenario"
