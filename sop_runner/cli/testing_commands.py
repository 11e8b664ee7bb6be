"""`sop test`: every scenario of a procedure, what they cover, and what they would not notice."""

import itertools
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import ExitCode, UsageError
from sop_runner.base.textsafe import fold_input, visible

from .common import DeskOption, JsonOption, ends, example, number_of, out, out_json, root_of, say
from .progress import progress

if TYPE_CHECKING:
    from sop_runner.authoring.rehearse_story import Result
    from sop_runner.authoring.scenario_expand import Case

    from .suites import Found
    from .testing import Outcome


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        "test",
        epilog=example(
            "sop test procedures --min-coverage 100",
            "sop test procedures/account-change.yaml --mutate",
            "sop test procedures/account-change.yaml --suggest",
        ),
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
    calls: Annotated[
        bool, typer.Option("--calls", help="Look at what happens inside calls as well.")
    ] = False,
    mutate: Annotated[
        bool,
        typer.Option("--mutate", help="Also try small wrong copies: which ones do the scenarios notice?"),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", metavar="N", min=1, help="Processes for --mutate; else one a core."),
    ] = None,
    time_limit: Annotated[
        str, typer.Option("--time-limit", metavar="DURATION", help="For the mutants of one procedure.")
    ] = "10m",
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print only scenarios for what is not covered yet.")
    ] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write the results as JUnit XML.")
    ] = None,
    as_json: JsonOption = False,
    desk: DeskOption = None,
) -> None:
    """Play every scenario of procedures in memory, and show what they cover. Exits 1 where one is not as written."""
    from .suites import named, read_suite, settings_for
    from .testing import outcome_data, outcome_lines

    for option, given in (
        ("--min-coverage", min_coverage is not None),
        ("--mutate", mutate),
        ("--suggest", suggest),
    ):
        if scenario and given:
            raise UsageError(
                f"'{option}' is about all scenarios of a procedure", hint="Leave '--scenario' out."
            )
    limit_s = _seconds(time_limit)
    settings = settings_for(desk or root_of(context).desk)
    found = [read_suite(*both, settings, needed=not suggest) for both in named(paths, both=not suggest)]
    outcomes: list[Outcome] = []
    chosen = _chosen(found, scenario)
    count, done = sum(map(len, chosen.values())), itertools.count(1)
    with progress("scenarios") as told_of:
        for one in found:
            if scenario and not chosen[one.procedure]:
                continue
            outcome = _play(
                one,
                chosen[one.procedure],
                lambda: told_of(next(done), count),
                stop=stop,
                calls=calls,
                whole=not scenario,
            )
            outcomes.append(outcome)
            if stop and _failed(outcome):
                break
    if junit is not None:
        _write(junit, outcomes)
    told = {outcome.found.procedure: outcome_data(outcome) for outcome in outcomes} if as_json else {}
    for outcome in outcomes if not as_json else ():
        for line in outcome_lines(outcome):
            (say if suggest else out)(line)
    for outcome in outcomes:
        more = told.get(outcome.found.procedure)
        if mutate:
            from .mutating import mutate_one

            cores = jobs or os.cpu_count() or 1
            mutate_one(outcome, cores, limit_s, more, say if suggest else out, calls=calls)
        if suggest:
            from .suggesting import suggest_one

            suggest_one(outcome, more)
    if as_json:
        out_json(list(told.values()))
    ends(_summed_up(outcomes, min_coverage))


def _seconds(duration: str) -> float:
    from sop_runner.procedure.base_types import parse_duration

    try:
        return parse_duration(duration).total_seconds()
    except ValueError:
        raise UsageError(
            f"'{visible(duration, lines=False)}' is no duration", hint="Write one such as 90s or 10m."
        ) from None


def _chosen(found: "Sequence[Found]", scenario: str) -> "dict[Path, tuple[Case, ...]]":
    """The cases to play of each procedure. Raises UsageError where none has the name."""
    cases = {one.procedure: () if one.suite is None else one.suite.cases for one in found}
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
    found: "Found", cases: "Sequence[Case]", step: Callable[[], None], *, stop: bool, calls: bool, whole: bool
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
        step()
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
    below = [one for one in outcomes if least is not None and _below(one, least)]
    say(
        f"{number_of(ran, 'scenario')} of {number_of(len(outcomes), 'procedure')}: "
        f"{ran - failed} as written, {failed} failed"
    )
    if broken:
        say(f"{broken} could not be tested")
    for one in below:
        say(f"{one.found.procedure}: {percent(one.percent)} is covered, {least:g} % is asked for")
    return ExitCode.FINDINGS if failed or broken or below else ExitCode.OK


def _below(outcome: "Outcome", least: float) -> bool:
    return not outcome.found.wrong and not outcome.never_alone and outcome.percent < least


def _write(file: Path, outcomes: "Sequence[Outcome]") -> None:
    from sop_runner.authoring.junit import junit

    from .testing import as_junit

    try:
        file.write_bytes(junit(as_junit(outcome) for outcome in outcomes))
    except OSError as error:
        raise UsageError(
            f"'{visible(str(file), lines=False)}' cannot be written: {error.strerror}"
        ) from error
