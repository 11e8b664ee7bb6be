"""`sop audit erase`, `hold`, `release` and `retention`: what may not stay, and what may not go."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sop_runner.base.errors import UsageError

from .common import DeskOption, JsonOption, TrainingOption, example, out, out_json, say, the_desk
from .progress import progress
from .secrets import PassphraseFd, PassphraseFile
from .signing import By, CodeOption, Reason, signed_off, signing

if TYPE_CHECKING:
    from sop_runner.desk.retaining import Retained
    from sop_runner.review.holds import Hold
    from sop_runner.stores.personal import Shelf

_BACKUPS = "Backups of the vault still hold what is erased until they are overwritten; the vault's key in them opens them."


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group `audit`."""
    app.command(epilog=example("sop audit erase C-1001 --by ana --reason 'request 2026-118'"))(erase)
    app.command(
        epilog=example("sop audit hold 7F3K-22QM --by ana --reason 'matter 2026-7, letter of 3 May'")
    )(hold)
    app.command(epilog=example("sop audit release 214 --by ana --reason 'matter 2026-7 was settled'"))(
        release
    )
    app.command(
        epilog=example(
            "sop audit retention",
            "sop audit retention --json",
            "sop audit retention --erase --by ana --reason 'quarterly, 2026-4'",
        )
    )(retention)


def erase(
    context: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="A customer's id as in the case; else the ticket.")
    ],
    by: By,
    reason: Reason,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Erase the personal values kept of a subject for good. The log keeps that they were, and who signed."""
    from sop_runner.desk.erasing import erase_subject

    with signing(context, desk, training, by, code, passphrase_file, passphrase_fd) as (at, person, proofs):
        entries, count = erase_subject(at.context, subject, person, proofs, reason)
    out(f"{_so_many(count, subject)}, entry {entries[-1].seq}")
    say(_BACKUPS)


def hold(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RUN|TICKET|SUBJECT", help="What has to be kept for now.")],
    by: By,
    reason: Reason,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Place a legal hold: no personal value of it is erased, on request or when its time is over, until it is released."""
    from sop_runner.desk.holding import place

    with signing(context, desk, training, by, code, passphrase_file, passphrase_fd) as (at, person, proofs):
        entry = place(at.context, name, person, proofs, reason)
    out(f"{name} is held, entry {entry.seq}")
    say(f"It ends with: sop audit release {entry.seq}")


def release(
    context: typer.Context,
    entry: Annotated[
        int, typer.Argument(metavar="ENTRY", help="The number of the entry that placed the hold.", min=0)
    ],
    by: By,
    reason: Reason,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """End a legal hold. Nothing is erased by that; other holds over the same stay."""
    from sop_runner.desk.holding import release as released

    with signing(context, desk, training, by, code, passphrase_file, passphrase_fd) as (at, person, proofs):
        written = released(at.context, entry, person, proofs, reason)
    out(f"the hold of entry {entry} is released, entry {written.seq}")


def retention(
    context: typer.Context,
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase what is due and not held; else it is only shown.")
    ] = False,
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="Who signs the erasure off.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="With --erase: on which grounds.")] = "",
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """What is kept of whom for how long, by each run's own procedure: what is due, what is held. Shows only.

    With --erase the personal values of runs that are due and not held go, and the log says so. The
    entries of a run stay for ever.
    """
    if erase and not (by and reason.strip()):
        raise UsageError(
            "an erasure is signed off, for a reason", hint="Add --by PERSON and --reason 'on which grounds'."
        )
    from sop_runner.desk.erasing import erase as erased
    from sop_runner.desk.holding import holds_of
    from sop_runner.desk.retaining import freed, never_opened, retained

    opened = the_desk(context, desk, training, reading=not erase)
    try:
        now = opened.context.clock.now().wall
        with progress("runs") as told:
            runs = retained(opened.context, told)
        if not erase:
            holds = tuple(holds_of(opened.context).standing.values())
            _shown(runs, never_opened(opened.context, runs), holds, now, as_json)
            return
        shelves = tuple(freed(runs, now))
        if not shelves:
            entry, count = None, 0
        else:
            person, proofs = signed_off(opened, by, code, passphrase_file, passphrase_fd)
            entries, count = erased(opened.context, shelves, person, proofs, reason)
            entry = entries[-1].seq
    finally:
        opened.close()
    of = sorted({shelf.run for shelf in shelves})
    if as_json:
        out_json({"erased": count, "runs": of, "entry": entry})
        return
    which = "1 run" if len(of) == 1 else f"{len(of)} runs"
    out(_so_many(count, which) + ("" if entry is None else f", entry {entry}"))
    if shelves:
        say(_BACKUPS)


def _shown(
    runs: "tuple[Retained, ...]",
    lost: "tuple[Shelf, ...]",
    holds: "tuple[Hold, ...]",
    now: datetime,
    as_json: bool,
) -> None:
    if as_json:
        out_json(
            {
                "runs": [_data(one, now) for one in runs],
                "never_opened": [
                    {"run": one.run, "subject": one.subject, "values": len(one.names)} for one in lost
                ],
                "holds": [asdict(one) for one in holds],
            }
        )
        return
    by_text: dict[str, list[Retained]] = {}
    for one in runs:
        by_text.setdefault(f"{one.procedure} r{one.revision}", []).append(one)
    for text, of in sorted(by_text.items()):
        over = [one for one in of if one.over(now)]
        out(
            f"{text}: {_many(len(of), 'run')} with personal values, "
            f"{len(over)} past their time, {sum(bool(one.holds) for one in over)} of these held"
        )
        for one in over:
            held = f", held by entry {one.holds[0].entry}" if one.holds else ""
            out(
                f"  {one.run}  {one.ticket}  due since {one.due:%Y-%m-%d}, {_many(one.values, 'value')}{held}"
            )
        kept = [one for one in of if one.ended is not None and one.due is None]
        if kept:
            out(f"  {_many(len(kept), 'ended run')} kept without an end: the procedure says no 'retain_for'")
    for shelf in lost:
        values = _many(len(shelf.names), "value")
        out(f"{values} of {shelf.subject} for a run that was never opened: erasing {shelf.subject} ends it")
    for hold in holds:
        out(f"hold of entry {hold.entry}: {hold.of}, by {hold.by}: {hold.reason}")
    if not runs and not lost:
        say("No personal values are kept.")
    elif any(one.over(now) and not one.holds for one in runs):
        say("Nothing was erased. Add --erase, --by and --reason to erase what is past its time and not held.")


def _data(one: "Retained", now: datetime) -> dict[str, Any]:
    from sop_runner.base.clock import utc_text

    return {
        "run": one.run,
        "ticket": one.ticket,
        "procedure": one.procedure,
        "revision": one.revision,
        "ended": utc_text(one.ended) if one.ended else None,
        "due": utc_text(one.due) if one.due else None,
        "over": one.over(now),
        "values": one.values,
        "holds": [hold.entry for hold in one.holds],
    }


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _so_many(count: int, of: str) -> str:
    return f"1 value of {of} is erased" if count == 1 else f"{count} values of {of} are erased"
