"""A rule: a name, a sentence, and a function that yields what it finds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sop_runner.base.finding import Finding
from sop_runner.machine.plan import Plan
from sop_runner.procedure.load import Loaded
from sop_runner.procedure.place import finding

from .fault import Fault
from .subject import Subject

Files = Mapping[tuple[str, int], Loaded]
"""The files behind a plan by (procedure, revision): the outermost one and its callees."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of a compiled plan. Rules that are settled together share their function."""

    code: str
    name: str
    sentence: str
    function: Callable[[Subject], Iterable[Fault]]


def located(plan: Plan, fault: Fault, files: Files) -> Finding:
    """The finding at its place in the file of its node; without that file, at the start of none."""
    node, problem = plan.nodes[fault.node], fault.problem
    loaded = files.get((node.procedure.procedure, node.procedure.revision))
    if loaded is None:
        return Finding(problem.code, problem.message, severity=problem.severity, fix=problem.fix)
    return finding(problem, loaded.source, loaded.file)
