"""`sop test`: every scenario of a procedure, what they cover, and what they would not notice."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import ExitCode, UsageError
from sop_runner.base.textsafe import fold_input, visible

from .common import DeskOption, JsonOption, ends, example, out, out_json, root_of, say

if TYPE_CHECKING:
    from sop_runner.authoring.rehearse_story import Result
    from sop_runner.authoring.scenario_expand import Case

    from .suites import Found
    from .testing import Outcome

Step = Callable[[str], None]
"""One more is done; what is under way now."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        "test",
        epilog=example("sop test procedures", "sop test procedures/account-change.yaml --min-coverage 100"),
    )(run_tests)


def run_tests(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Procedure or scenario files, or folders.")
    ],
    scenario: Annotated[
        str,
        typer.Option("--scenario", metavar="NAME", help="Only scenarios of this name, or with it in theirs."),
    ] = "",
    stop: Annotated[
        bool, typer.Option("--stop", "-x", help="Stop at the first scenario that fails.")
    ] = False,
    min_coverage: Annotated[
        float | None,
        typer.Option("--min-coverage", metavar="PERCENT", min=0, max=100, help="Fail where less is covered."),
    ] = None,
    calls: Annotated[bool, typer.Option("--calls", help="Count what happens inside calls as well.")] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write the results as JUnit XML.")
    ] = None,
    as_json: JsonOption = False,
    desk: DeskOption = None,
) -> None:
    """Play every scenario of procedures in memory, and show what they cover. Exits 1 where one is not as written."""
    from .suites import named, read_suite, settings_for
    from .testing import outcome_data, outcome_lines

    if scenario and min_coverage is not None:
        raise UsageError(
            "'--min-coverage' is about all scenarios of a procedure", hint="Leave '--scenario' out."
        )
    settings = settings_for(desk or root_of(context).desk)
    found = [read_suite(*both, settings) for both in named(paths)]
    outcomes: list[Outcome] = []
    chosen = _chosen(found, scenario)
    with progress(sum(map(len, chosen.values()))) as step:
        for one in found:
            if scenario and not chosen[one.procedure]:
                continue
            outcome = _play(one, chosen[one.procedure], step, stop=stop, calls=calls, whole=not scenario)
            outcomes.append(outcome)
            if stop and _failed(outcome):
                break
    if junit is not None:
        _write(junit, outcomes)
    if as_json:
        out_json([outcome_data(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            for line in outcome_lines(outcome):
                out(line)
    ends(_summed_up(outcomes, min_coverage))


def _chosen(found: "Sequence[Found]", scenario: str) -> "dict[Path, tuple[Case, ...]]":
    """The cases to play of each procedure. Raises UsageError where none has the name."""
    cases = {one.procedure: one.suite.cases if one.suite is not None else () for one in found}
    if not scenario:
        return cases
    wanted = fold_input(scenario, casefold=True)
    for same in (
        lambda case: wanted == fold_input(case.of or case.name, casefold=True),
        lambda case: wanted in fold_input(case.name, casefold=True),
    ):
        chosen = {path: tuple(filter(same, those)) for path, those in cases.items()}
        if any(chosen.values()):
            return chosen
    names = dict.fromkeys(case.of or case.name for those in cases.values() for case in those)
    raise UsageError(
        f"no scenario is called '{visible(scenario, lines=False)}'", hint=f"There are: {'; '.join(names)}"
    )


def _play(
    found: "Found", cases: "Sequence[Case]", step: Step, *, stop: bool, calls: bool, whole: bool
) -> "Outcome":
    from sop_runner.authoring.suite import run_suite

    from .testing import Outcome

    if found.suite is None:
        return Outcome(found)
    seconds: list[float] = []
    began = time.perf_counter()

    def heard(result: "Result") -> bool:
        nonlocal began
        seconds.append(time.perf_counter() - began)
        step(result.scenario)
        began = time.perf_counter()
        return result.passed or not stop

    tested = run_suite(found.suite, cases, heard, calls=calls)
    whole = whole and len(tested.results) == len(found.suite.cases)
    return Outcome(found, tested, tuple(seconds), whole)


def _failed(outcome: "Outcome") -> bool:
    return bool(outcome.found.wrong or (outcome.tested is not None and outcome.tested.failed))


def _summed_up(outcomes: "Sequence[Outcome]", least: float | None) -> ExitCode:
    """Say how it went in a line or two, and with which code to end."""
    from .testing import percent

    ran = sum(len(one.tested.results) for one in outcomes if one.tested)
    failed = sum(len(one.tested.failed) for one in outcomes if one.tested)
    broken = sum(bool(one.found.wrong) for one in outcomes)
    below = [one for one in outcomes if least is not None and one.percent < least and not one.found.wrong]
    say(
        f"{_counted(ran, 'scenario')} of {_counted(len(outcomes), 'procedure')}: "
        f"{ran - failed} as written, {failed} failed"
    )
    if broken:
        say(f"{broken} could not be tested")
    for one in below:
        say(f"{one.found.procedure}: {percent(one.percent)} is covered, {least:g} % is asked for")
    return ExitCode.FINDINGS if failed or broken or below else ExitCode.OK


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _write(file: Path, outcomes: "Sequence[Outcome]") -> None:
    from sop_runner.authoring.junit import junit

    from .testing import as_junit

    try:
        file.write_bytes(junit(as_junit(outcome) for outcome in outcomes))
    except OSError as error:
        raise UsageError(
            f"'{visible(str(file), lines=False)}' cannot be written: {error.strerror}"
        ) from error


@contextmanager
def progress(total: int) -> Iterator[Step]:
    """A bar on stderr while `total` things are done, where somebody watches; else nothing until the end."""
    if sys.stderr is None or not sys.stderr.isatty() or not total:
        yield lambda doing: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda doing: bar.update(task, advance=1, description=visible(doing, lines=False))
