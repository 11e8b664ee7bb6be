"""How `sop test` tells what came of it: scenarios that failed, what is not covered, data for programs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sop_runner.authoring.coverage import KINDS
from sop_runner.authoring.gaps import Gap, gaps
from sop_runner.authoring.junit import JunitCase, JunitSuite
from sop_runner.authoring.rehearse_story import Line, Result
from sop_runner.authoring.suite import Suite, Tested
from sop_runner.base.finding import Finding
from sop_runner.run.view import view

from .lint_text import as_data, as_text
from .linting import line_beside
from .story import item_lines
from .suites import Found

FAILED = "TEST001"
_STEPS = 3
"""Of a failed scenario's story that are shown before where it went wrong."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one procedure; `tested` is None where it could not be tested, `seconds` are for each result."""

    found: Found
    tested: Tested | None = None
    seconds: tuple[float, ...] = ()
    whole: bool = True

    @property
    def percent(self) -> float:
        """How much is covered."""
        if self.tested is None:
            return 0.0
        return 100 * len(self.tested.covered) / len(self.tested.whole)

    @property
    def never_alone(self) -> bool:
        """Whether the procedure expects controls of a caller, so that no scenario of its own can start."""
        suite = self.found.suite
        return suite is not None and not suite.cases and bool(suite.plan.procedure.expects)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is not covered."""
        suite = self.found.suite
        if suite is None or self.tested is None:
            return ()
        return gaps(suite.plan, self.tested.missing, suite.files)


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """One procedure: what is wrong with its files, or its failures, its coverage and what is not covered."""
    found, tested = outcome.found, outcome.tested
    if found.wrong:
        yield from (as_text(one.finding, one.line) for one in found.wrong)
        yield f"{found.procedure}: cannot be tested before it and its scenarios are free of errors"
        return
    if tested is None or found.suite is None:
        return
    if outcome.never_alone:
        yield f"{found.procedure}: never runs alone; '--calls' at whoever calls it counts what is in it"
        return
    if not found.suite.cases:
        yield f"{found.procedure}: has no scenarios; they would stand in '{found.scenarios.name}' beside it"
        return
    yield from (as_text(one.finding, one.line) for one in found.told)
    for result in tested.failed:
        yield from failure_lines(found.suite, found.scenarios, result)
        yield ""
    passed = len(tested.results) - len(tested.failed)
    yield f"{found.scenarios}: {passed} of {len(tested.results)} scenarios as written"
    if outcome.whole:
        yield from _coverage_lines(outcome, tested)


def _coverage_lines(outcome: Outcome, tested: Tested) -> Iterator[str]:
    counted = "  ".join(
        f"{kind} {len(getattr(tested.covered, kind))}/{len(getattr(tested.whole, kind))}" for kind in KINDS
    )
    yield f"  covered: {percent(outcome.percent)}  ({counted})"
    if outcome.found.suite is not None:
        for gap in gaps(outcome.found.suite.plan, tested.never, outcome.found.suite.files):
            yield f"  never happens: {gap.file}:{gap.at.line}: {gap.kind} {gap.name}"
    if not tested.asked:
        yield "  whether some of these never happen is asked once fewer are left out"
    for gap in outcome.gaps:
        yield f"  not covered: {gap.file}:{gap.at.line}: {gap.kind} {gap.name}"


def percent(number: float) -> str:
    """A share, rounded down: only what is whole is 100 %."""
    return f"{int(number * 10) / 10:g} %"


def failure_lines(suite: Suite, file: Path, result: Result) -> Iterator[str]:
    """A scenario that is not as written: where and why, what led there, and what the screen said."""
    assert result.deviation is not None
    at, where = result.deviation.at, result.deviation.file or str(file)
    finding = Finding(FAILED, f"{result.scenario}: {result.deviation.message}", where, at)
    head, *rest = as_text(finding, line_beside(file, suite.source, where, at.line)).split("\n")
    yield head.replace(f"error {FAILED}", "FAILED", 1)
    yield from rest
    yield from (f"      {line}" for line in _led_there(result))
    scene = result.scene
    if scene is None:
        yield "      The run never started."
        return
    shown = view(scene.plan, scene.run, scene.now, scene.plan.procedure.language, {})
    yield f"      The screen then ({scene.now.astimezone(scene.run.zone):%Y-%m-%d %H:%M}):"
    yield from (f"        ! {banner.text}" for banner in shown.banners)
    if shown.item is not None:
        yield from (f"        {line}" for line in item_lines(shown.item))
    else:
        yield f"        ended: {shown.end_title or shown.result} ({shown.result})"


def _led_there(result: Result) -> Iterator[str]:
    story = result.story
    if len(story) > _STEPS:
        yield f"after {len(story) - _STEPS} more:"
    for line in story[-_STEPS:]:
        yield _step(line)


def _step(line: Line) -> str:
    who = f" ({', '.join(line.people)})" if line.people else ""
    what = f"refused: {line.refused}" if line.refused else f"now at '{line.at}'"
    return f"{line.asked}{who}: {what}"


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """The same for programs."""
    found, tested = outcome.found, outcome.tested
    results = () if tested is None else tested.results
    covered: dict[str, Any] | None = None
    if tested is not None and outcome.whole:
        covered = {
            "percent": int(outcome.percent * 10) / 10,
            **{
                kind: {"covered": len(getattr(tested.covered, kind)), "of": len(getattr(tested.whole, kind))}
                for kind in KINDS
            },
            "missing": [
                {"kind": gap.kind, "name": gap.name, "file": gap.file, "line": gap.at.line}
                for gap in outcome.gaps
            ],
        }
    return {
        "procedure": str(found.procedure),
        "scenarios": str(found.scenarios) if results else None,
        "findings": [as_data(one.finding) for one in (*found.wrong, *found.told)],
        "results": [_result_data(result, str(found.scenarios)) for result in results],
        "coverage": covered,
    }


def _result_data(result: Result, scenarios: str) -> dict[str, Any]:
    deviation = result.deviation
    return {
        "scenario": result.scenario,
        "passed": result.passed,
        "stands": result.end,
        "message": "" if deviation is None else deviation.message,
        "file": None if deviation is None else deviation.file or scenarios,
        "line": None if deviation is None else deviation.at.line,
        "column": None if deviation is None else deviation.at.column,
    }


def as_junit(outcome: Outcome) -> JunitSuite:
    """One procedure for a build server; a file that cannot be tested is one failure."""
    found, tested = outcome.found, outcome.tested
    name = found.procedure.stem
    if tested is None or found.suite is None:
        if not found.wrong:
            return JunitSuite(name, ())
        first = found.wrong[0].finding
        details = "\n".join(as_text(one.finding, one.line) for one in found.wrong)
        return JunitSuite(
            name, (JunitCase("can be tested", first.file, first.at.line, 0.0, first.message, details),)
        )
    judged = []
    for result, seconds in zip(tested.results, outcome.seconds, strict=True):
        at = found.suite.source.key_at(("scenarios", result.index))
        case = JunitCase(result.scenario, str(found.scenarios), at.line, seconds)
        if result.deviation is not None:
            case = replace(
                case,
                file=result.deviation.file or case.file,
                line=result.deviation.at.line,
                failure=result.deviation.message,
                details="\n".join(failure_lines(found.suite, found.scenarios, result)),
            )
        judged.append(case)
    return JunitSuite(name, tuple(judged))
