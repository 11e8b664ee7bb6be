"""`sop procedures`: what there is to run, who published and approved it, and the texts themselves."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .common import (
    DeskOption,
    JsonOption,
    LanguageOption,
    TrainingOption,
    example,
    out,
    out_json,
    raw,
    say,
    speak,
    the_desk,
    translator,
)
from .live_side import live_side

if TYPE_CHECKING:
    from sop_runner.base.i18n import Translator
    from sop_runner.desk.port import ProcedureInfo
    from sop_runner.run.register import Register, Revision

app = typer.Typer(
    help="The procedures of the desk, with their revisions.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=example("sop procedures list"),
)


def add_to(root: typer.Typer) -> None:
    """Register the commands."""
    root.add_typer(app, name="procedures")


@app.command("list", epilog=example("sop procedures list --json"))
def list_procedures(
    context: typer.Context,
    as_json: JsonOption = False,
    language: LanguageOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """The procedures of the desk: whether they can be run, and every revision with who published and approved it."""
    speak(context, language)
    opened = the_desk(context, desk, training, reading=True)
    try:
        spoken = speak(context, language, opened.context.settings.language)
        found, register, today = opened.procedures(spoken), opened.registry.register, opened.today()
    finally:
        opened.close()
    t = translator(spoken)
    if as_json:
        out_json([_data(t, info, register, today) for info in found])
        return
    told: set[str] = set()
    for info in found:
        said = [f"{info.id:<32} r{info.revision:<3} {info.title}"]
        if not info.runnable:
            said.append(t._("cannot be run: {why}", why=info.why_not or ""))
        if info.review_due:
            said.append(t._("its review is overdue"))
        out("  ".join(said))
        for line in () if info.id in told else _lines(t, register, info.id, today):
            out(f"  {line}")
        told.add(info.id)
    if not found and opened.training:
        say(t._("None yet: put files into the desk's 'procedures' folder."))
    elif not found:
        say(t._("None yet: 'sop publish' and 'sop approve' bring one here."))


@app.command(epilog=example("sop procedures show account-change@4 > account-change.yaml"))
def show(
    context: typer.Context,
    procedure: Annotated[
        str,
        typer.Argument(metavar="PROCEDURE[@REVISION]", help="Without a revision, the newest approved one."),
    ],
    desk: DeskOption = None,
) -> None:
    """Print a published text as it was published."""
    from sop_runner.run.register import State

    with live_side(context, desk) as publishing:
        revision = publishing.find(procedure, State.APPROVED)
        raw(publishing.registry.kept(revision).data.decode().rstrip("\n"))


def _data(t: "Translator", info: "ProcedureInfo", register: "Register", today: date) -> dict[str, Any]:
    in_force = register.in_force(info.id, today)
    return {
        "id": info.id,
        "revision": info.revision,
        "title": info.title,
        "number": info.number,
        "digest": info.digest,
        "runnable": info.runnable,
        "why_not": t(info.why_not) if info.why_not else None,
        "review_due": info.review_due,
        "case": [prompt.id for prompt in info.case],
        "revisions": [
            {
                "revision": one.revision,
                "digest": one.digest,
                "state": str(one.state),
                "in_force": one == in_force,
                "effective_from": one.effective_from.isoformat(),
                "review_by": one.review_by.isoformat(),
                "published_by": one.publisher,
                "published_at": one.published_at,
                "approved_by": one.approver or None,
                "approved_at": one.approved_at,
                "ended_by": one.ended_by or None,
                "ended_at": one.ended_at,
                "reason": one.reason,
            }
            for one in register.of(info.id)
        ],
    }


def _lines(t: "Translator", register: "Register", procedure: str, today: date) -> "Sequence[str]":
    """The revisions of a procedure, the newest first."""
    in_force = register.in_force(procedure, today)
    return [
        f"r{one.revision:<3} {t.run_on((_standing(t, one, today, in_force=one == in_force), *_people(t, one)))}"
        for one in reversed(register.of(procedure))
    ]


def _standing(t: "Translator", one: "Revision", today: date, *, in_force: bool) -> str:
    from sop_runner.run.register import State

    if one.state is State.APPROVED and one.effective_from > today:
        return t._("in force from {day}", day=one.effective_from.isoformat())
    return {
        State.WAITING: t._("waits for its approval"),
        State.APPROVED: t._("in force") if in_force else t._("replaced"),
        State.DECLINED: t._("declined"),
        State.WITHDRAWN: t._("withdrawn"),
    }[one.state]


def _people(t: "Translator", one: "Revision") -> "Sequence[str]":
    said = [t._("published by {person} (entry {entry})", person=one.publisher, entry=one.published_at)]
    if one.approved_at is not None:
        said.append(t._("approved by {person} (entry {entry})", person=one.approver, entry=one.approved_at))
    if one.ended_at is not None:
        said.append(t._("ended by {person} (entry {entry})", person=one.ended_by, entry=one.ended_at))
        said.append(t._("reason: {reason}", reason=one.reason))
    else:
        said.append(t._("review by {day}", day=one.review_by.isoformat()))
    return said
