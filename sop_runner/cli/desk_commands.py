"""`sop init`, `board`, `rebuild`: the desk itself."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .common import (
    DeskOption,
    JsonOption,
    LanguageOption,
    TrainingOption,
    example,
    out,
    out_json,
    say,
    speak,
    the_desk,
    translator,
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(
        epilog=example(
            "sop init desk --name 'Customer desk' --language hu",
            "sop init desk --store postgresql://sop_desk@db.example.com/desk",
        )
    )(init)
    app.command(epilog=example("sop board", "sop board --json --all"))(board)
    app.command(epilog=example("sop rebuild"))(rebuild)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The desk's folder, new or empty.")] = Path(
        "."
    ),
    name: Annotated[str, typer.Option("--name", help="The desk's name.")] = "Desk",
    language: Annotated[str, typer.Option("--language", help="The language of its screens.")] = "en",
    timezone: Annotated[
        str, typer.Option("--timezone", help="Such as Europe/Budapest; else this machine's.")
    ] = "",
    store: Annotated[
        str,
        typer.Option(
            "--store",
            metavar="URL",
            help="A PostgreSQL database that `sop store setup` prepared; else files.",
        ),
    ] = "",
) -> None:
    """Make a desk: settings, audit logs and keys. Never overwrites one."""
    from sop_runner.wiring import create_desk

    key = create_desk(folder, name, language, timezone, store=store)
    out(key.text)
    say(f"The desk is in '{folder}'. Above is its verifier key: hand it to your reviewers by another way.")
    say("Next:")
    say(f"  sop people add ana --name 'Ana Kovács' --role agent --desk {folder}")
    say(f"  sop people passphrase ana --desk {folder}")
    say(
        f"  sop new NAME --folder {folder / 'procedures'} writes a first procedure; files of your own go there too"
    )
    say("  sop lint, sop prove and sop test say whether it is sound")
    say(
        f"  sop publish PATH --as PERSON --desk {folder}, then 'sop approve' by somebody else (--role approver)"
    )
    say(f"  sop run PROCEDURE --ticket ID --desk {folder}")


def board(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--all", help="Runs that have ended as well.")] = False,
    as_json: JsonOption = False,
    language: LanguageOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """What is open, held, overdue, and waiting for whom."""
    speak(context, language)
    from dataclasses import asdict

    from sop_runner.base.clock import utc_text
    from sop_runner.base.textsafe import cell_width
    from sop_runner.desk.board import board_rows
    from sop_runner.desk.codes import result_word, state_word

    opened = the_desk(context, desk, training)
    try:
        rows = board_rows(opened.context, ended=ended)
        t = translator(speak(context, language, opened.context.settings.language))
        zone = opened.context.settings.timezone
        notices = opened.notices()
    finally:
        opened.close()
    for notice in notices:
        say(t(notice))
    if as_json:
        data: list[dict[str, Any]] = [asdict(row) for row in rows]
        for row in data:
            for key in ("opened", "last", "due"):
                row[key] = utc_text(row[key]) if row[key] else None
        out_json(data)
        return
    for one in rows:
        state = t(state_word(one.state))
        padded = state + " " * (8 - cell_width(state))
        out(f"{one.run}  {padded} {one.ticket:<14} {one.procedure} r{one.revision}")
        ended = one.state == "ended"
        said = [
            t(result_word(one.result)) if ended else one.item_title,
            t.listed(one.holders) or t._("nobody yet"),
            t._("since {moment}", moment=t.moment(one.last, zone)),
        ]
        if one.due and not ended:
            said.append(t._("due {moment}", moment=t.moment(one.due, zone)))
        if one.gone:
            said.append(t._("no longer here: {people}", people=t.listed(one.gone)))
        if one.waiting_for:
            said.append(t._("waiting for {people}", people=t.listed(one.waiting_for)))
        if one.hold_reason:
            said.append(t._("Held: {reason}", reason=one.hold_reason))
        if one.review_due:
            said.append(t._("the review of its procedure is overdue"))
        if one.left_open:
            said.append(t._("left open: {items}", items=t.listed(one.left_open)))
        out(f"  {t.apart(said)}")
    if not rows:
        say(t._("Nothing is open."))


def rebuild(context: typer.Context, desk: DeskOption = None, training: TrainingOption = False) -> None:
    """Make the board anew from the audit log alone; what `sop review` searches is read anew as well."""
    from sop_runner.desk.board import rebuild as rebuild_board
    from sop_runner.desk.layout import user_state
    from sop_runner.desk.searching import index_file
    from sop_runner.stores.run_index import forget

    opened = the_desk(context, desk, training)
    try:
        count = rebuild_board(opened.context)
        forget(index_file(user_state(), opened.context))
    finally:
        opened.close()
    out(f"{count} runs")
