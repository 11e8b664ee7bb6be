"""`sop review`: the reviewer's screen, and the same search in lines."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .audit_proofs import KeyOption, keys_of
from .common import (
    DeskOption,
    JsonOption,
    TrainingOption,
    desk_folder,
    draws,
    ends,
    example,
    out,
    out_json,
    say,
    wants_training,
)
from .progress import progress

if TYPE_CHECKING:
    from sop_runner.desk.reviewing import Reviewing

MOST = 1_000  # runs in lines, unless more are asked for


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog=example(
            "sop review",
            "sop review ticket:CR-000123",
            "sop review refusal person:ana from:2026-11-01 --json",
        )
    )(review)


def review(
    context: typer.Context,
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY]", help="What to find; without a terminal it is printed."),
    ] = None,
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Print N runs at most.", min=1)] = MOST,
    key: KeyOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Find runs, step through them as the agent saw them, mark what is found.

    A query is words side by side: ticket: person: procedure: control: end: result: on: from: to:
    deviation overrun refusal waiver correction finding comment open ended, or the beginning of a
    ticket, run, person or procedure. `name:value*` looks for a beginning, quotes keep spaces.
    """
    folder, trains = desk_folder(context, desk), wants_training(context, training)
    line = " ".join(query or ())
    keys = keys_of(key) if key else ()

    def opening() -> "Reviewing":
        from sop_runner.wiring import open_review

        return open_review(folder, trains, keys)

    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _print(opening(), line, limit, as_json)
        return
    from sop_runner.desk.layout import read_settings
    from sop_runner.tui.review import ReviewApp

    ends(draws(ReviewApp(opening, query=line, theme=read_settings(folder).theme)))


def _print(reviewing: "Reviewing", line: str, limit: int, as_json: bool) -> None:
    try:
        found = reviewing.search.find(line) if line else None  # a mistake in it is told at once
        with progress("reading the log") as tell:
            while True:
                read, size = reviewing.search.read_on()
                tell(read, size)
                if read >= size:
                    break
        found = reviewing.search.find(line)
        rows = reviewing.search.facts(found[:limit])
    finally:
        reviewing.close()
    if as_json:
        out_json([_data(row) for row in rows])
    else:
        for row in rows:
            out(_line(row))
    if len(found) > limit:
        say(f"{len(found)} runs; the newest {limit} are shown, --limit shows more.")
    elif not found:
        say("No run is found. 'sop review --help' says what can be asked.")


def _line(row: Any) -> str:
    stands = f"{row['end']} ({row.get('result', '')})" if "end" in row else f"at {row.get('at', '?')}"
    counts = ", ".join(
        f"{number} {name}{'s' if number > 1 else ''}" for name, number in sorted(row["counts"].items())
    )
    procedure = f"{row.get('procedure', '?')} r{row.get('revision', '?')}"
    parts = (f"{row['run']:<10}", f"{row['last'][:19]}Z", f"{row.get('ticket', ''):<14}", procedure, stands)
    return "  ".join((*parts, ", ".join(row["people"]), counts)).rstrip()


def _data(row: Any) -> dict[str, Any]:
    names = ("run", "ticket", "procedure", "number", "revision", "began", "last", "at", "end", "result")
    return {
        **{name: row.get(name) for name in names},
        "entries": row.get("entries", 0),
        "people": row["people"],
        "controls": row["controls"],
        **{name: row["counts"].get(name, 0) for name in _COUNTS},
    }


_COUNTS = ("refusal", "deviation", "overrun", "waiver", "correction", "finding", "comment")
