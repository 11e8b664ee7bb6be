"""The names of a scenario file held against its procedure: nodes, ends, roles, case fields."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sop_runner.base.finding import Finding, Severity
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.place import Problem
from sop_runner.procedure.shape import Path
from sop_runner.procedure.suggest import did_you_mean

from .scenario_expand import Case
from .scenario_load import LoadedScenarios
from .spots import spot_of

NO_END, OTHER_PROCEDURE, UNKNOWN = "SOP406", "SOP420", "SOP421"
NODE_VERBS = ("do", "go_back", "through", "waive")
ABANDONED = "abandoned"


def check_scenarios(loaded: LoadedScenarios, cases: Iterable[Case], plan: Plan) -> tuple[Finding, ...]:
    """Every name that the procedure does not have, at its place, each place once; and cases that look away from their end."""
    assert loaded.scenarios is not None
    if loaded.scenarios.procedure != plan.procedure.procedure:
        message = f"these are scenarios of '{loaded.scenarios.procedure}', the procedure is '{plan.procedure.procedure}'"
        problem = Problem(OTHER_PROCEDURE, message, ("procedure",), "put the file beside its procedure")
        return (loaded.finding(problem),)
    cases = tuple(cases)
    found = (_at_its_place(loaded, case, p) for case in cases for p in _of(case, plan))
    return (*dict.fromkeys(found), *_looking_away(loaded, cases))


def _looking_away(loaded: LoadedScenarios, cases: Sequence[Case]) -> Iterator[Finding]:
    """Cases that pass wherever they come to: told once of a scenario where all of its cases do, else line by line."""
    count = Counter(case.index for case in cases)
    blind = Counter(case.index for case in cases if case.looks_away)
    told: set[int] = set()
    for case in cases:
        if not case.looks_away or case.index in told:
            continue
        message = f"'{case.of}' does not say where it comes to: it passes wherever its last item leads"
        fix = "add `ends` with an end, or `at` with the item at which the run then stands"
        if blind[case.index] == count[case.index]:
            told.add(case.index)
            path = ("scenarios", case.index, "scenario")
            yield loaded.finding(Problem(NO_END, message, path, fix, severity=Severity.WARNING))
        else:
            spot = next(iter(case.spots.values()))
            yield spot.finding(NO_END, f"this case of {message}", fix, Severity.WARNING)


def _at_its_place(loaded: LoadedScenarios, case: Case, problem: Problem) -> Finding:
    spot = spot_of(case.spots, loaded.source.data, problem.path, problem.message)
    return (
        loaded.finding(problem) if spot is None else spot.finding(problem.code, problem.message, problem.fix)
    )


def _of(case: Case, plan: Plan) -> Iterator[Problem]:
    here: Path = ("scenarios", case.index)
    nodes = plan.graph.nodes
    outer = [node.id for node in nodes.values() if not node.scope]
    for role in case.people:
        if role not in plan.procedure.roles:
            yield _unknown("role", role, plan.procedure.roles, (*here, "as", role), on_key=True)
    fields = [spec.field for spec in plan.procedure.case]
    for name in case.case:
        if name not in fields:
            yield _unknown("case field", name, fields, (*here, "case", name), on_key=True)
    for item in case.do:
        if item.verb in NODE_VERBS and template(item.name) not in nodes:
            yield _unknown("node", item.name, nodes, (*here, "do", item.index))
    if case.ends is not None and case.ends != ABANDONED:
        ends = [name for name in outer if nodes[name].kind == "end"]
        if case.ends not in ends:
            yield _unknown("end", case.ends, [*ends, ABANDONED], (*here, "ends"))
    for key, names in (("at", [case.at] if case.at else []), ("never", case.never)):
        for name in names:
            if template(name) not in nodes:
                yield _unknown("node", name, nodes, (*here, key))


def _unknown(what: str, name: str, known: Iterable[str], path: Path, *, on_key: bool = False) -> Problem:
    fix = did_you_mean(name, known, f"use the name of a {what} of the procedure")
    return Problem(UNKNOWN, f"the procedure has no {what} '{name}'", path, fix, on_key=on_key, about=name)
