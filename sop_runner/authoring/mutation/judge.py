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
from .given import held_at_once, held_before
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


Key = tuple[str, int]
"""A procedure's id and revision."""


@dataclass(frozen=True)
class Subject:
    """What is mutated, in a form that goes to another process: a suite without its compiled plan.

    `of` is the file that is mutated: the suite's own, or one that it calls. `covered` says what each case
    went through in the procedure as it is, in the order of `cases`.
    """

    suite: Suite
    covered: tuple[Coverage, ...]
    of: Key

    @property
    def main(self) -> Key:
        """The procedure whose scenarios are played."""
        procedure = self.suite.plan.procedure
        return procedure.procedure, procedure.revision

    @property
    def target(self) -> Loaded:
        """The file that is mutated."""
        return self.suite.files[self.of]

    def __getstate__(self) -> Mapping[str, Any]:
        suite = self.suite
        return {
            "main": self.main,
            "of": self.of,
            "covered": self.covered,
            "suite": (suite.files, suite.source, suite.cases, suite.zone, suite.calendar),
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        files, *rest = state["suite"]
        suite = Suite(_compiled(state["main"], files), files, *rest)
        for name, value in (("suite", suite), ("covered", state["covered"]), ("of", state["of"])):
            object.__setattr__(self, name, value)


def subject_of(suite: Suite, covered: Sequence[Coverage], of: Key | None = None) -> Subject:
    """What is mutated of a suite all of whose cases came out as written: its procedure, or `of` what it calls."""
    procedure = suite.plan.procedure
    return Subject(suite, tuple(covered), of or (procedure.procedure, procedure.revision))


def _compiled(main: Key, files: Files) -> Plan:
    loaded = files[main]
    assert loaded.procedure is not None
    known = {key: one.procedure for key, one in files.items() if key != main and one.procedure is not None}
    return compile_plan(loaded.procedure, loaded.digest or "", known)


class Judge:
    """Judges the mutants of one file, each by its number."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        data = subject.target.source.data
        assert isinstance(data, Mapping)
        self.mutants: tuple[Mutant, ...] = mutants(data)
        plan, files = subject.suite.plan, subject.suite.files
        self._known = {_told(finding) for key in self._linted for finding in _findings(key, files)}
        self._settled = Settled(plan, proved=prove(plan, files).holds)

    @property
    def _linted(self) -> tuple[Key, ...]:
        """What is looked at as it would be before it is published: what is mutated, and whoever calls it."""
        return tuple(dict.fromkeys((self.subject.main, self.subject.of)))

    def loaded(self, number: int) -> Loaded:
        """One mutant, checked as a file is."""
        target = self.subject.target
        tree = edited(target.source.data, self.mutants[number].edits)
        return check_source(replace(target.source, data=tree), target.file)

    def judge(self, number: int) -> Verdict:
        """The fate of one mutant."""
        mutant, subject = self.mutants[number], self.subject
        loaded = self.loaded(number)
        files = {**subject.suite.files, subject.of: loaded}
        found = self._new((*loaded.findings, *_of_calls(subject.main, files)))
        if found or loaded.procedure is None:
            return Verdict(number, Fate.CAUGHT, found)
        try:
            plan = _compiled(subject.main, files)
        except NotCompilable as error:
            return Verdict(number, Fate.CAUGHT, str(error))
        if same := self._settled.same_machine(plan):
            return Verdict(number, Fate.EQUIVALENT, same)
        if found := self._new([finding for key in self._linted for finding in _findings(key, files)]):
            return Verdict(number, Fate.CAUGHT, found)
        if reason := self._settled.by_proof(mutant, plan):
            return Verdict(number, Fate.EQUIVALENT, reason)
        if subject.of != subject.main and held_before(subject.suite.plan, subject.of, mutant):
            return Verdict(
                number, Fate.EQUIVALENT, "whoever calls it holds what is given to the same rule before"
            )
        if subject.of == subject.main and held_at_once(subject.suite.plan, mutant):
            return Verdict(number, Fate.EQUIVALENT, "the call it begins with holds it to the same rule")
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
            enumerate(cases),
            key=lambda one: (node not in map(_local, one[1][1].nodes), len(one[1][1]), one[0]),
        )
        return [case for _, (case, _) in ranked]


def _of_calls(key: Key, files: Files) -> Sequence[Finding]:
    """What is wrong with the calls of a file, given those it calls."""
    return resolve(files[key], lambda name, revision: files.get((name, revision))).findings


def _findings(key: Key, files: Files) -> Sequence[Finding]:
    """What lint and proofs say of a file without errors of its own."""
    found = (*files[key].findings, *_of_calls(key, files))
    return lint(_compiled(key, files), files, found).findings


def _local(node: str) -> str:
    """A node's id in its own file."""
    return node.rpartition("/")[2]


def _told(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.message
