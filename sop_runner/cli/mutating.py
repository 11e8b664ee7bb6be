"""How `sop test --mutate` tells which wrong copies of a procedure nobody would notice."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sop_runner.authoring.mutation.edits import Mutant
from sop_runner.authoring.mutation.judge import Fate, Judge, Verdict, subject_of
from sop_runner.authoring.mutation.parallel import judge_all, score

from .common import say
from .progress import progress
from .testing import Outcome, percent

_ORDER = (Fate.KILLED, Fate.SURVIVED, Fate.CAUGHT, Fate.EQUIVALENT, Fate.UNJUDGED)


@dataclass(frozen=True, slots=True)
class Mutated:
    """The mutants of one procedure with their verdicts, in the order of the file."""

    outcome: Outcome
    mutants: tuple[Mutant, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def percent(self) -> float:
        """The mutation score: killed of those that scenarios could kill; 100 where there are none."""
        killed, of = score(self.verdicts)
        return 100 * killed / of if of else 100.0

    def line(self, mutant: Mutant) -> int:
        """Where in the procedure it differs."""
        suite = self.outcome.found.suite
        assert suite is not None
        procedure = suite.plan.procedure
        source = suite.files[procedure.procedure, procedure.revision].source
        return source.key_at(mutant.path).line


def mutate_one(
    outcome: Outcome, jobs: int, limit_s: float, data: dict[str, Any] | None, tell: Callable[[str], None]
) -> None:
    """Judge the mutants of one procedure and `tell` what became of them, or put it into `data`.

    They are not judged where a scenario is not as written: then nobody could say what it notices.
    """
    suite, tested = outcome.found.suite, outcome.tested
    if suite is None or tested is None or tested.failed or not tested.results:
        say(f"{outcome.found.procedure}: is not mutated before it has scenarios and all are as written")
        return
    judge = Judge(subject_of(suite, [result.coverage for result in tested.results]))
    done = itertools.count(1)
    with progress(f"mutants of {outcome.found.procedure.name}") as told_of:
        verdicts = judge_all(judge, jobs, limit_s, lambda verdict: told_of(next(done), len(judge.mutants)))
    found = Mutated(outcome, judge.mutants, verdicts)
    if data is not None:
        data["mutation"] = mutated_data(found)
        return
    for line in mutated_lines(found):
        tell(line)


def mutated_lines(found: Mutated) -> Iterator[str]:
    """The score of one procedure and every survivor."""
    killed, of = score(found.verdicts)
    fates = [verdict.fate for verdict in found.verdicts]
    counted = ", ".join(f"{fates.count(fate)} {fate}" for fate in _ORDER if fate in fates)
    path = found.outcome.found.procedure
    yield f"{path}: mutation score {percent(found.percent)} ({killed} of {of})"
    yield f"  {len(fates)} mutants: {counted}"
    for mutant, verdict in zip(found.mutants, found.verdicts, strict=True):
        if verdict.fate in (Fate.SURVIVED, Fate.UNJUDGED):
            yield f"  {verdict.fate}: {path}:{found.line(mutant)}: {mutant}"


def mutated_data(found: Mutated) -> dict[str, Any]:
    """The same for programs, with every mutant."""
    killed, of = score(found.verdicts)
    return {
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
