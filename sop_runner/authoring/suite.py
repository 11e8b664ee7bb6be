"""Every scenario of a procedure, played one after the other in memory on a simulated clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sop_runner.base.calendar import USUAL, Calendar
from sop_runner.lint.proofs.arrows import never_taken
from sop_runner.machine.plan import Plan
from sop_runner.procedure.load import Loaded
from sop_runner.procedure.source import Source

from .coverage import Coverage, coverable, own
from .rehearse import Watch, rehearse
from .rehearse_stage import MemoryStage
from .rehearse_story import Result
from .scenario_expand import Case

MOST_ASKED = 4_000
"""Arrows left out times nodes up to which the proof is asked which of them can be taken: some seconds."""
Files = Mapping[tuple[str, int], Loaded]
"""The files behind a plan by (procedure, revision): the outermost one and its callees."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A procedure with its scenarios; `zone` and `calendar` are those of the desk it is written for."""

    plan: Plan
    files: Files
    source: Source
    cases: tuple[Case, ...]
    zone: str = "UTC"
    calendar: Calendar = USUAL

    def play(self, case: Case, watch: Watch = lambda behind, scene: None) -> Result:
        """One case, through the same core as at the desk; each of its moments is given to `watch`."""
        stage = MemoryStage(self.plan, self.zone, self.calendar)
        return rehearse(case, stage, self.source, watch=watch)


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a suite: the results so far, and what they covered of `whole`.

    `never` are arrows that no path can take, as the proof says: nobody is asked to cover them. Unless it was
    `asked`: where much is left out that would take minutes.
    """

    results: tuple[Result, ...]
    covered: Coverage
    whole: Coverage
    never: Coverage = field(default_factory=Coverage)
    asked: bool = True

    @property
    def failed(self) -> tuple[Result, ...]:
        """The results that are not as written."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def missing(self) -> Coverage:
        """What was not covered."""
        return self.covered.missing(self.whole)


Heard = Callable[[Result], bool]
"""Told each result as it comes; says whether to go on."""


def run_suite(
    suite: Suite,
    cases: Iterable[Case] | None = None,
    heard: Heard = lambda result: True,
    *,
    calls: bool = False,
) -> Tested:
    """Play `cases`, all of the suite unless others are given, until `heard` has had enough.

    Coverage counts the procedure's own nodes and arrows, and with `calls` what happens inside calls too.
    """
    whole = coverable(suite.plan)
    if not calls:
        whole = own(suite.plan, whole)
    results = []
    covered = Coverage()
    for case in suite.cases if cases is None else cases:
        result = suite.play(case)
        results.append(result)
        covered |= result.coverage
        if not heard(result):
            break
    left = covered.missing(whole).arrows
    asked = len(left) * len(suite.plan.nodes) <= MOST_ASKED
    never = Coverage(arrows=never_taken(suite.plan, left) if asked else frozenset())
    return Tested(tuple(results), covered & whole, never.missing(whole), never, asked)
