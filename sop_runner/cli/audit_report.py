"""`sop audit report`: a period in figures that lead to single runs, or one run on one page."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from sop_runner.base.errors import UsageError

from .common import (
    DeskOption,
    JsonOption,
    LanguageOption,
    TrainingOption,
    desk_folder,
    example,
    language_of,
    out,
    out_json,
    raw,
    say,
    the_desk,
    wants_training,
)
from .progress import progress

if TYPE_CHECKING:
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.layout import Layout
    from sop_runner.review.period import Period

_FORMATS = ("text", "html", "pdf", "csv")
_NAMED = 3  # runs that a line of text names


def add_to(app: typer.Typer) -> None:
    """Put the command into the group `audit`."""
    app.command(
        epilog=example(
            "sop audit report --from 2026-11-01 --to 2026-11-30",
            "sop audit report --json > november.json",
            "sop audit report 7F3K-22QM --format pdf --output 7F3K-22QM.pdf",
        )
    )(report)


def report(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="One run; else the period.")] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First day, in the desk's zone; else 30 days ago.")
    ] = "",
    until: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day; else today.")] = "",
    form: Annotated[
        str, typer.Option("--format", help="text; csv for a period; html or pdf for a run.")
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="A new file to write.")
    ] = None,
    as_json: JsonOption = False,
    language: LanguageOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """What happened in a period, each figure with the runs behind it; or a run: who, what, evidence, times, proof."""
    if form not in _FORMATS or (form == "csv" and run) or (form in ("html", "pdf") and not run):
        raise UsageError(
            f"'{form}' is no form of this report", hint="A period has text and csv, a run text, html and pdf."
        )
    from sop_runner.desk.layout import Layout

    opened = the_desk(context, desk, training, reading=True)
    layout = Layout(desk_folder(context, desk), wants_training(context, training))
    try:
        if run:
            _one(opened, run, form, output, as_json, language_of(opened, language))
        else:
            _period(
                _counted(opened, layout, days := _days(opened, since, until)), days, form, output, as_json
            )
    finally:
        opened.close()


def _one(desk: "Desk", run: str, form: str, output: Path | None, as_json: bool, language: str) -> None:
    from dataclasses import asdict

    from sop_runner.desk.run_page import run_page
    from sop_runner.review.pages.forms import page_bytes

    page = run_page(desk.context, run, language)
    if as_json:
        out_json(asdict(page))
    else:
        if form == "pdf" and output is None:
            raise UsageError("a PDF goes into a file", hint="Name one with --output FILE.")
        _write(output, page_bytes(page, form, language))


def _period(found: "Period", days: tuple[date, date], form: str, output: Path | None, as_json: bool) -> None:
    if as_json:
        out_json(_data(found, days))
    elif form == "csv":
        from sop_runner.review.exports.csv_table import BOM

        table = _csv(found)
        _write(output, table.replace("\r\n", "\n").encode() if output is None else BOM + table.encode())
    else:
        _write(output, ("\n".join(_lines(found, days)) + "\n").encode())


def _counted(desk: "Desk", layout: "Layout", days: tuple[date, date]) -> "Period":
    from sop_runner.desk.counting import counted

    with progress("entries") as told:
        return counted(layout, ZoneInfo(desk.context.settings.timezone), *days, told)


def _days(desk: "Desk", since: str, until: str) -> tuple[date, date]:
    zone = ZoneInfo(desk.context.settings.timezone)
    today = desk.context.clock.now().wall.astimezone(zone).date()
    last = _day(until, today)
    first = _day(since, last - timedelta(days=30))
    if first > last:
        raise UsageError(f"the period would end on {last}, before it begins on {first}")
    return first, last


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError as error:
        raise UsageError(f"'{text}' is no date", hint="Write it as 2026-11-30.") from error


def _lines(found: "Period", days: tuple[date, date]) -> list[str]:
    lines = [f"From {days[0]} to {days[1]}: {found.entries} entries"]
    for name, rows in found.sections.items():
        lines += ["", f"{name}: {sum(row.times for row in rows.values())}"]
        for labels, row in sorted(rows.items()):
            named = ", ".join(list(row.where)[:_NAMED]) + (" …" if len(row.where) > _NAMED else "")
            took = f", median {_span(row.middle)}" if row.middle is not None else ""
            lines.append(f"  {row.times:>5}  {' · '.join(filter(None, labels))}{took}  [{named}]")
    still = found.open_runs()
    lines += ["", f"runs open at the end of the log: {len(still)}"]
    return [*lines, *(f"         {procedure}  [{run}]" for run, procedure in still.items())]


def _data(found: "Period", days: tuple[date, date]) -> dict[str, Any]:
    from sop_runner.review.period import SECTIONS

    def of(name: str) -> list[dict[str, Any]]:
        return [
            {
                **dict(zip(SECTIONS[name], labels, strict=True)),
                "times": row.times,
                "median_s": None if row.middle is None else row.middle.total_seconds(),
                "where": list(row.where),
            }
            for labels, row in sorted(found.sections[name].items())
        ]

    return {
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "entries": found.entries,
        **{name: of(name) for name in SECTIONS},
        "open runs": dict(found.open_runs()),
    }


def _csv(found: "Period") -> str:
    from sop_runner.review.exports.csv_table import safe

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["section", "first", "second", "third", "times", "median_s", "where"])
    for name, rows in found.sections.items():
        for labels, row in sorted(rows.items()):
            cells = [*labels, "", ""][:3]
            middle = "" if row.middle is None else row.middle.total_seconds()
            where = " ".join(row.where)
            writer.writerow([name, *map(safe, cells), row.times, middle, safe(where)])
    return text.getvalue()


def _span(gap: timedelta) -> str:
    return str(timedelta(seconds=round(gap.total_seconds())))


def _write(output: Path | None, data: bytes) -> None:
    if output is None:
        raw(data.decode().rstrip("\n")) if data.startswith(b"<!DOCTYPE") else out(data.decode().rstrip("\n"))
        return
    try:
        with output.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise UsageError(f"'{output}' exists already", hint="Name another file.") from error
    except OSError as error:
        raise UsageError(f"'{output}' cannot be written: {error.strerror}") from error
    say(f"written to '{output}'")
