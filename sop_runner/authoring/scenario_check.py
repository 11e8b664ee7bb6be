"""The names of a scenario file held against its procedure: nodes, ends, roles, case fields."""

from collections.abc import Iterable, Iterator

from sop_runner.base.finding import Finding
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.place import Problem
from sop_runner.procedure.shape import Path
from sop_runner.procedure.suggest import did_you_mean

from .scenario_expand import Case
from .scenario_load import LoadedScenarios

OTHER_PROCEDURE, UNKNOWN = "SOP420", "SOP421"
NODE_VERBS = ("do", "go_back", "through", "waive")
ABANDONED = "abandoned"


def check_scenarios(loaded: LoadedScenarios, cases: Iterable[Case], plan: Plan) -> tuple[Finding, ...]:
    """Every name that the procedure does not have, at its place, each place once."""
    assert loaded.scenarios is not None
    if loaded.scenarios.procedure != plan.procedure.procedure:
        message = f"these are scenarios of '{loaded.scenarios.procedure}', the procedure is '{plan.procedure.procedure}'"
        problem = Problem(OTHER_PROCEDURE, message, ("procedure",), "put the file beside its procedure")
        return (loaded.finding(problem),)
    found = {(p.path, p.about): p for case in cases for p in _of(case, plan)}
    return tuple(loaded.finding(problem) for problem in found.values())


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
