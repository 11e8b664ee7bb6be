"""`sop audit show` and `sop audit replay`: entries in words, and a run as its agent saw it."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sop_runner.audit.outside import FINDING_MARKED
from sop_runner.base.errors import ExitCode, UsageError
from sop_runner.base.message import Message, msg
from sop_runner.base.textsafe import visible

from .common import (
    DeskOption,
    JsonOption,
    LanguageOption,
    TrainingOption,
    ends,
    example,
    language_of,
    out,
    out_json,
    say,
    the_desk,
    translator,
)

if TYPE_CHECKING:
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.replay import Story
    from sop_runner.review.marking import Mark

_NAMED = ("id", "ticket", "of", "subject", "machine", "run", "verifier_key")
"""What of the first piece of evidence says whom or what an entry outside any run is about."""


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group `audit`."""
    app.command(epilog=example("sop audit show", "sop audit show 7F3K-22QM --json"))(show)
    app.command(
        epilog=example(
            "sop audit replay 7F3K-22QM",
            "sop audit replay 7F3K-22QM --at 4",
            "sop audit replay 7F3K-22QM --against 5",
        )
    )(replay)


def show(
    context: typer.Context,
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN|ENTRY]",
            help="A run, or the number of an entry; without it, what belongs to no run.",
        ),
    ] = "",
    as_json: JsonOption = False,
    language: LanguageOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """The entries of a run in words, or as they are with --json; one entry whole by its number."""
    from sop_runner.desk.marks import marks_of
    from sop_runner.desk.record import read_record
    from sop_runner.desk.words import lines_of

    opened = the_desk(context, desk, training, reading=True)
    try:
        if run.isascii() and run.isdigit():
            _show_entry(opened.context.ledger, int(run), as_json)
            return
        if as_json or not run:
            entries = read_record(opened.context, run).entries if run else opened.context.ledger.entries(None)
            _show_entries(tuple(entries), as_json)
            return
        record = read_record(opened.context, run)
        spoken = language_of(opened, language)
        t, zone = translator(spoken), opened.context.settings.timezone

        def row(entry: int, when: datetime, who: str, said: str) -> None:
            # What somebody wrote begins no line of its own: it would look like an entry.
            out(visible(f"{entry:>6}  {t.clock_time(when, zone)}  {who:<10} {said}", lines=False))

        out(
            f"run {run}, ticket {record.run.ticket}, {record.plan.procedure.procedure} r{record.plan.procedure.revision}"
        )
        for line in lines_of(record.plan, record.entries, spoken):
            detail = f": {t(line.detail)}" if line.detail else ""
            row(line.entry, line.when, line.who or "rule", f"{t(line.text)}{detail}")
        for one in marks_of(opened.context, run):
            row(one.entry, one.when, one.who, f"{t(_about(one))}: {one.text}")
    finally:
        opened.close()


def _about(mark: "Mark") -> Message:
    if mark.type == FINDING_MARKED:
        return msg("finding about entry {entry}", entry=mark.about)
    return msg("comment about entry {entry}", entry=mark.about)


def _show_entry(ledger: Any, number: int, as_json: bool) -> None:
    import json

    found = next(ledger.scan(number, number + 1), None)
    if found is None:
        raise UsageError(f"there is no entry {number}", hint=f"The log ends with entry {ledger.size() - 1}.")
    body = json.loads(found.body)
    if as_json:
        out_json({**body, "leaf": found.leaf.hex()})
        return
    for name, value in {**body, "leaf": found.leaf.hex()}.items():
        for number, piece in enumerate(value if name == "evidence" else (value,)):
            said = piece if isinstance(piece, str) else json.dumps(piece, ensure_ascii=False)
            if piece is not None:
                under = f"\n{'':<11}".join(said.split("\n"))
                out(f"{name if number == 0 else '':<10} {under}")


def _show_entries(entries: tuple[Any, ...], as_json: bool) -> None:
    import json

    if as_json:
        out_json([json.loads(entry.body) for entry in entries])
        return
    for entry in entries:
        about = entry.evidence[0] if entry.evidence else {}
        text = entry.procedure and f"{entry.procedure.id}@{entry.procedure.revision}"
        who = next((about[name] for name in _NAMED if about.get(name)), text or "")
        said = f"{entry.type} {who} {entry.reason or ''}".rstrip()
        out(visible(f"{entry.seq:>6}  {entry.wall}  {entry.actor or '-':<10} {said}", lines=False))


def replay(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")],
    at: Annotated[
        int,
        typer.Option("--at", metavar="N", help="The screen that came of entry N of the run, from 0."),
    ] = -1,
    against: Annotated[
        str,
        typer.Option(
            "--against",
            metavar="REVISION",
            help="Do its acts again under another revision (5), file or git:REVISION:PATH; exits 1 where they part.",
        ),
    ] = "",
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Replay a run under the text it pinned: what was recorded, by whom, after how long; every move must be allowed.

    With --at what was on the screen then; values that are kept sealed are hidden. Exits 4 where a move
    is none that the text allows.
    """
    from sop_runner.desk.replay import story_of

    from .story import screen_lines, screen_object, step_lines, step_object

    opened = the_desk(context, desk, training, reading=True)
    try:
        story = story_of(opened.context, run)
        if against:
            ends(_against(opened, story, against, as_json))
        if at >= len(story.steps):
            raise UsageError(f"run '{run}' has the entries 0 to {len(story.steps) - 1}, not {at}")
        shown = story.steps if at < 0 else (story.steps[at],)
        if as_json:
            found: Any = [step_object(story, step) for step in shown]
            out_json(found if at < 0 else {**found[0], "screen": screen_object(story, at)})
        else:
            for step in shown:
                for line in step_lines(story, step):
                    out(line)
            for line in screen_lines(story, at) if at >= 0 else ():
                out(line)
    finally:
        opened.close()
    wrong = sum(1 for step in story.steps if step.problem)
    if wrong:
        say(f"{wrong} entries are none that the pinned procedure allows.")
        ends(ExitCode.NOT_VERIFIED)


def _against(desk: "Desk", story: "Story", wanted: str, as_json: bool) -> ExitCode:
    from sop_runner.desk.against import divergence, other_plan

    from .story import against_lines, against_object

    name, plan = other_plan(story, wanted, lambda: desk, Path.cwd())
    found = divergence(desk.context, story, plan)
    if as_json:
        out_json(against_object(story, name, found))
    else:
        for line in against_lines(story, name, found):
            out(line)
    return ExitCode.FINDINGS if found else ExitCode.OK
