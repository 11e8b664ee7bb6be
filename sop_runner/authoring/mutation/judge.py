"""What becomes of a mutant: the checks find it, a scenario notices it, nothing can, or it survives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sop_runner.base.finding import Finding, Severity
from sop_runner.lint.lint import lint
from sop_runner.lint.prove import prove
from sop_runner.machine.build import NotCompilable
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import Loaded, check_source

from ..coverage import Coverage
from ..scenario_expand import Case
from ..suite import Files, Suite
from .edits import Mutant, edited
from .equivalent import Settled
from .mutants import mutants


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    CAUGHT = "caught by the checks"
    EQUIVALENT = "equivalent"
    UNJUDGED = "not judged in time"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of one mutant, and by what: the scenario, the finding, or the reason."""

    number: int
    fate: Fate
    by: str = ""


@dataclass(frozen=True)
class Subject:
    """What is mutated, in a form that goes to another process: a suite without its compiled plan.

    `covered` says what each case went through in the procedure as it is, in the order of `cases`.
    """

    main: Loaded
    callees: Files
    suite: Suite
    covered: tuple[Coverage, ...]

    def __getstate__(self) -> Mapping[str, Any]:
        suite = self.suite
        return {
            "main": self.main,
            "callees": self.callees,
            "covered": self.covered,
            "rest": (suite.source, suite.cases, suite.zone, suite.calendar),
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        main, callees = state["main"], state["callees"]
        source, cases, zone, calendar = state["rest"]
        plan = _compiled(main, callees)
        files = {**callees, (main.procedure.procedure, main.procedure.revision): main}
        suite = Suite(plan, files, source, cases, zone, calendar)
        for name, value in (
            ("main", main),
            ("callees", callees),
            ("suite", suite),
            ("covered", state["covered"]),
        ):
            object.__setattr__(self, name, value)


def subject_of(suite: Suite, covered: Sequence[Coverage]) -> Subject:
    """What is mutated of a suite all of whose cases came out as written."""
    procedure = suite.plan.procedure
    key = (procedure.procedure, procedure.revision)
    callees = {other: loaded for other, loaded in suite.files.items() if other != key}
    return Subject(suite.files[key], callees, suite, tuple(covered))


def _compiled(main: Loaded, callees: Files) -> Plan:
    assert main.procedure is not None
    known = {key: one.procedure for key, one in callees.items() if one.procedure is not None}
    return compile_plan(main.procedure, main.digest or "", known)


class Judge:
    """Judges the mutants of one procedure, each by its number."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        data = subject.main.source.data
        assert isinstance(data, Mapping)
        self.mutants: tuple[Mutant, ...] = mutants(data)
        plan, files = subject.suite.plan, subject.suite.files
        self._known = {_told(finding) for finding in lint(plan, files, subject.main.findings).findings}
        self._settled = Settled(plan, proved=prove(plan, files).holds)

    def loaded(self, number: int) -> Loaded:
        """One mutant, checked as a file is."""
        main = self.subject.main
        tree = edited(main.source.data, self.mutants[number].edits)
        return check_source(replace(main.source, data=tree), main.file)

    def judge(self, number: int) -> Verdict:
        """The fate of one mutant."""
        mutant, subject = self.mutants[number], self.subject
        loaded = self.loaded(number)
        resolved = resolve(loaded, lambda name, revision: subject.callees.get((name, revision)))
        found = self._new((*loaded.findings, *resolved.findings))
        if found or loaded.procedure is None:
            return Verdict(number, Fate.CAUGHT, found)
        try:
            plan = _compiled(loaded, subject.callees)
        except NotCompilable as error:
            return Verdict(number, Fate.CAUGHT, str(error))
        if same := self._settled.same_machine(plan):
            return Verdict(number, Fate.EQUIVALENT, same)
        files = {**subject.callees, (loaded.procedure.procedure, loaded.procedure.revision): loaded}
        if found := self._new(lint(plan, files, (*loaded.findings, *resolved.findings)).findings):
            return Verdict(number, Fate.CAUGHT, found)
        if reason := self._settled.by_proof(mutant, plan):
            return Verdict(number, Fate.EQUIVALENT, reason)
        suite = replace(subject.suite, plan=plan, files=files)
        for case in self._order(mutant):
            if not suite.play(case).passed:
                return Verdict(number, Fate.KILLED, case.name)
        return Verdict(number, Fate.SURVIVED)

    def _new(self, findings: Sequence[Finding]) -> str:
        """The first error that the procedure itself does not have; a warning keeps nobody from publishing."""
        new = (f for f in findings if f.severity is Severity.ERROR and _told(f) not in self._known)
        return next((f"{f.code}: {f.message}" for f in new), "")

    def _order(self, mutant: Mutant) -> Sequence[Case]:
        """Cases that pass through the node at hand first, those that pass through least before the others."""
        node = mutant.place.split("'")[1] if "'" in mutant.place else ""
        cases = zip(self.subject.suite.cases, self.subject.covered, strict=True)
        ranked = sorted(
            enumerate(cases), key=lambda one: (node not in one[1][1].nodes, len(one[1][1]), one[0])
        )
        return [case for _, (case, _) in ranked]


def _told(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.message
