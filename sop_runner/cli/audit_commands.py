"""`sop audit`: what a reviewer asks of the log."""

from typing import Annotated, Any

import typer

from sop_runner.base.errors import ExitCode

from .common import (
    DeskOption,
    JsonOption,
    LanguageOption,
    TrainingOption,
    desk_folder,
    ends,
    example,
    language_of,
    out,
    out_json,
    say,
    the_desk,
    translator,
    wants_training,
)

app = typer.Typer(
    help="Verify the audit log, look at it, replay runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=example("sop audit verify"),
)


@app.command(epilog=example("sop audit verify", "sop audit verify --json --training"))
def verify(
    context: typer.Context,
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Recompute the whole log: bytes, links, tree, signatures, schema. Exits 0 clean, 4 tampered, 5 unverifiable."""
    from sop_runner.wiring import verify_desk

    from .verdict import verdict_lines

    verdict = verify_desk(desk_folder(context, desk), wants_training(context, training))
    if as_json:
        out_json(verdict.to_json())
    else:
        for line in verdict_lines(verdict):
            out(line)
    ends(verdict.exit_code)


@app.command(epilog=example("sop audit show", "sop audit show 7F3K-22QM --json"))
def show(
    context: typer.Context,
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="One run; without it, what belongs to no run.")
    ] = "",
    as_json: JsonOption = False,
    language: LanguageOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """The entries of a run in words, or as they are with --json."""
    from sop_runner.desk.record import read_record
    from sop_runner.desk.words import lines_of

    opened = the_desk(context, desk, training)
    try:
        if as_json or not run:
            entries = read_record(opened.context, run).entries if run else opened.context.ledger.entries(None)
            _show_entries(tuple(entries), as_json)
            return
        record = read_record(opened.context, run)
        spoken = language_of(opened, language)
        t, zone = translator(spoken), opened.context.settings.timezone
        out(
            f"run {run}, ticket {record.run.ticket}, {record.plan.procedure.procedure} r{record.plan.procedure.revision}"
        )
        for line in lines_of(record.plan, record.entries, spoken):
            detail = f": {line.detail}" if line.detail else ""
            out(
                f"{line.entry:>6}  {t.clock_time(line.when, zone)}  {line.who or 'rule':<10} {t(line.text)}{detail}"
            )
    finally:
        opened.close()


def _show_entries(entries: tuple[Any, ...], as_json: bool) -> None:
    import json

    if as_json:
        out_json([json.loads(entry.body) for entry in entries])
        return
    for entry in entries:
        about = entry.evidence[0] if entry.evidence else {}
        who = about.get("id") or about.get("ticket") or ""
        out(
            f"{entry.seq:>6}  {entry.wall}  {entry.actor or '-':<10} {entry.type} {who} {entry.reason or ''}".rstrip()
        )


@app.command(epilog=example("sop audit replay 7F3K-22QM", "sop audit replay 7F3K-22QM --json"))
def replay(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")],
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Fold a run entry by entry under the text it pinned: where it stood, what it held; every move must be allowed."""
    from sop_runner.desk.replay import replay_run

    opened = the_desk(context, desk, training)
    try:
        steps = replay_run(opened.context, run)
    finally:
        opened.close()
    wrong = [step for step in steps if step.problem]
    if as_json:
        out_json(
            [
                {
                    "entry": step.entry,
                    "type": step.type,
                    "at": step.at,
                    "status": step.status,
                    "held": list(step.held),
                    "problem": step.problem,
                }
                for step in steps
            ]
        )
    else:
        for step in steps:
            out(f"{step.entry:>6}  {step.type:<20} {step.status:<6} {step.at:<28} {', '.join(step.held)}")
            if step.problem:
                out(f"        {step.problem}")
    if wrong:
        say(f"{len(wrong)} moves are none that the pinned procedure allows.")
        ends(ExitCode.NOT_VERIFIED)
