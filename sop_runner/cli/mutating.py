"""How `sop test --mutate` tells which wrong copies of a procedure nobody would notice."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sop_runner.authoring.mutation.edits import Mutant
from sop_runner.authoring.mutation.judge import Fate, Judge, Subject, Verdict, subject_of
from sop_runner.authoring.mutation.parallel import judge_all, score
from sop_runner.procedure.load import Loaded

from .common import say
from .progress import progress
from .testing import Outcome, percent

_ORDER = (Fate.KILLED, Fate.SURVIVED, Fate.CAUGHT, Fate.EQUIVALENT, Fate.UNJUDGED)


@dataclass(frozen=True, slots=True)
class Mutated:
    """The mutants of one file with their verdicts, in the order of the file."""

    loaded: Loaded
    mutants: tuple[Mutant, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def percent(self) -> float:
        """The mutation score: killed of those that scenarios could kill; 100 where there are none."""
        killed, of = score(self.verdicts)
        return 100 * killed / of if of else 100.0

    def line(self, mutant: Mutant) -> int:
        """Where in the file it differs."""
        return self.loaded.source.key_at(mutant.path).line


def mutate_one(
    outcome: Outcome,
    jobs: int,
    limit_s: float,
    data: dict[str, Any] | None,
    tell: Callable[[str], None],
    *,
    calls: bool = False,
) -> None:
    """Judge the mutants of one procedure and `tell` what became of them, or put it into `data`.

    With `calls` those of what it calls and what never runs alone as well. They are not judged where a
    scenario is not as written: then nobody could say what it notices.
    """
    suite, tested = outcome.found.suite, outcome.tested
    if outcome.never_alone:
        return  # told with its coverage
    if suite is None or tested is None or tested.failed or not tested.results:
        say(f"{outcome.found.procedure}: is not mutated before it has scenarios and all are as written")
        return
    covered = [result.coverage for result in tested.results]
    found = [_mutated(subject_of(suite, covered), jobs, limit_s)]
    for key, callee in sorted(suite.plan.callees.items()):
        if calls and callee.expects and any(node.procedure is callee for node in suite.plan.nodes.values()):
            found.append(_mutated(subject_of(suite, covered, key), jobs, limit_s))
    if data is not None:
        own, *called = map(mutated_data, found)
        data["mutation"] = own
        if calls:
            data["mutation_of_calls"] = called
        return
    for one in found:
        for line in mutated_lines(one):
            tell(line)


def _mutated(subject: Subject, jobs: int, limit_s: float) -> Mutated:
    judge = Judge(subject)
    done = itertools.count(1)
    with progress(f"mutants of {Path(subject.target.file).name}") as told_of:
        verdicts = judge_all(judge, jobs, limit_s, lambda verdict: told_of(next(done), len(judge.mutants)))
    return Mutated(subject.target, judge.mutants, verdicts)


def mutated_lines(found: Mutated) -> Iterator[str]:
    """The score of one file and every survivor."""
    killed, of = score(found.verdicts)
    fates = [verdict.fate for verdict in found.verdicts]
    counted = ", ".join(f"{fates.count(fate)} {fate}" for fate in _ORDER if fate in fates)
    path = found.loaded.file
    yield f"{path}: mutation score {percent(found.percent)} ({killed} of {of})"
    yield f"  {len(fates)} mutants: {counted}"
    for mutant, verdict in zip(found.mutants, found.verdicts, strict=True):
        if verdict.fate in (Fate.SURVIVED, Fate.UNJUDGED):
            yield f"  {verdict.fate}: {path}:{found.line(mutant)}: {mutant}"


def mutated_data(found: Mutated) -> dict[str, Any]:
    """The same for programs, with every mutant."""
    killed, of = score(found.verdicts)
    return {
        "file": found.loaded.file,
        "percent": int(found.percent * 10) / 10,
        "killed": killed,
        "of": of,
        "mutants": [
            {
                "place": mutant.place,
                "change": mutant.words,
                "line": found.line(mutant),
                "fate": verdict.fate.name.lower(),
                "by": verdict.by,
            }
            for mutant, verdict in zip(found.mutants, found.verdicts, strict=True)
        ],
    }
