"""A rule: what a code stands for, why it matters, and the function that yields what it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sop_runner.base.finding import Finding, Severity
from sop_runner.machine.plan import Plan
from sop_runner.procedure.load import Loaded
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import kind_of
from sop_runner.procedure.place import Problem, finding
from sop_runner.procedure.shape import value_in

from .consequences import causes
from .fault import Fault
from .subject import Subject

Files = Mapping[tuple[str, int], Loaded]
"""The files behind a plan by (procedure, revision): the outermost one and its callees."""
Check = Callable[[Subject], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One code. Codes that are settled together share their `check`.

    `bad` and `good` are keys of a procedure that show the finding and its cure; the page of checks
    prints them, and a test completes them to a file and lints it.
    """

    code: str
    name: str
    sentence: str
    severity: Severity
    check: Check
    explanation: str
    bad: str
    good: str

    def problem(self, message: str, path: Path, fix: str) -> Problem:
        """A finding of this rule, not yet at its place in a file."""
        return Problem(self.code, message, path, fix, severity=self.severity)


def own(check: Callable[[Subject], Iterable[Problem]]) -> Check:
    """A check of the outermost file alone: a callee is looked at when its own file is."""

    def faults(subject: Subject) -> Iterator[Fault]:
        for problem in check(subject):
            yield Fault("", problem)

    return faults


def found_by(rules: Iterable[Rule], subject: Subject, files: Files) -> Iterator[Finding]:
    """What rules find about a plan, each finding once, at its place in the file of its node."""
    rules = tuple(rules)
    severity = {rule.code: rule.severity for rule in rules}
    faults = (fault for check in dict.fromkeys(rule.check for rule in rules) for fault in check(subject))
    for fault in causes(subject, faults):
        problem = replace(fault.problem, severity=severity[fault.problem.code])
        yield located(subject.plan, Fault(fault.node, problem), files)


def located(plan: Plan, fault: Fault, files: Files) -> Finding:
    """The finding at its place in the file of its node; without that file, at the start of none."""
    procedure = plan.nodes[fault.node].procedure if fault.node else plan.procedure
    problem = fault.problem
    loaded = files.get((procedure.procedure, procedure.revision))
    if loaded is None:
        return Finding(problem.code, problem.message, severity=problem.severity, fix=problem.fix)
    return finding(replace(problem, path=_named(problem, loaded)), loaded.source, loaded.file)


def _named(problem: Problem, loaded: Loaded) -> Path:
    """Where the caret goes: what is said of a whole node or outcome stands at its name."""
    value = value_in(loaded.source.data, problem.path)
    if problem.on_key or not isinstance(value, dict) or not problem.path:
        return problem.path
    name = kind_of(value) or ("outcome" if "outcome" in value else "")
    return (*problem.path, name) if name else problem.path


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as a report lists them: by file, place and code."""
    return tuple(sorted(findings, key=lambda one: (one.file, one.at, one.code, one.message)))
