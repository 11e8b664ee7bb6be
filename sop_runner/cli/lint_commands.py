"""`sop lint`: what is wrong in files, once or at each save, for people and for programs."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import ExitCode, UsageError
from sop_runner.base.finding import Severity

from .common import ends, example, out, out_json, say
from .linting import Linter, Shown, counted, files_in
from .linting_many import MANY, linted
from .progress import progress

FORMATS = ("text", "json", "sarif", "github")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog=example(
            "sop lint procedures/account-change.yaml",
            "sop lint procedures --format sarif > lint.sarif",
            "sop lint procedures --fix",
            "sop lint procedures --watch",
        )
    )(lint)


def lint(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Procedure or scenario files, or folders.")
    ],
    form: Annotated[str, typer.Option("--format", help="text, json, sarif or github.")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail as well.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="First mend in the files what is safe to mend, and say what.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and look again at each save; Ctrl+C ends it.")
    ] = False,
    today: Annotated[
        str, typer.Option("--today", help="The day that dates are held against, such as 2026-12-31.")
    ] = "",
) -> None:
    """Show what is wrong in files: line, column, what was expected, and a fix. Exits 1 where something is."""
    if form not in FORMATS:
        raise UsageError(f"'{form}' is no format", hint=f"There are: {', '.join(FORMATS)}.")
    if watch and (form != "text" or fix):
        raise UsageError("'--watch' shows text and changes no file", hint="Leave out --format and --fix.")
    linter = Linter(_day(today))
    if watch:
        from .lint_watch import watch as stay

        stay(linter, paths)
        return
    files = files_in(paths)
    if fix:
        _mend(files)
    found = _looked_at(linter, files)
    _show(found, form)
    counts = counted(found)
    failed = counts[Severity.ERROR] or (strict and counts[Severity.WARNING])
    ends(ExitCode.FINDINGS if failed else ExitCode.OK)


def _day(said: str) -> date:
    from sop_runner.base.clock import SystemClock

    if not said:
        return SystemClock().now().wall.astimezone().date()
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise UsageError(f"'{said}' is no day", hint="Write it as 2026-12-31.") from None


def _mend(files: Sequence[Path]) -> None:
    from .lint_fix import fix_file

    for path in files:
        for finding in fix_file(path):
            say(f"fixed {path}:{finding.at.line}:{finding.at.column}: {finding.code}: {finding.message}")


def _looked_at(linter: Linter, files: Sequence[Path]) -> list[Shown]:
    """The findings; of many files by several processes, with a bar on stderr where there is a terminal."""
    if len(files) < MANY:
        return linter.findings(files)
    found: list[Shown] = []
    done = 0
    with linted(files, linter.today) as few, progress("linting") as told:
        told(0, len(files))
        for paths, those in few:
            found += those
            done += len(paths)
            told(done, len(files))
    return found


def _show(found: Sequence[Shown], form: str) -> None:
    from .lint_text import as_data, as_text, summary

    if form == "json":
        out_json([as_data(one.finding, one.because) for one in found])
    elif form == "sarif":
        from .lint_reports import as_sarif

        out_json(as_sarif(found))
    elif form == "github":
        from .lint_reports import as_github

        for one in found:
            out(as_github(one))
    else:
        for one in found:
            out(as_text(one.finding, one.line, one.because))
    if said := summary(found):
        say(said)
