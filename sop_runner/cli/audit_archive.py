"""`sop audit seal`, `check-archive` and `find`: what is put away, and found again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import ExitCode, UsageError

from .audit_proofs import KeyOption, keys_of
from .common import (
    DeskOption,
    JsonOption,
    TrainingOption,
    desk_folder,
    ends,
    example,
    out,
    out_json,
    say,
    the_desk,
    wants_training,
)
from .progress import progress
from .secrets import PassphraseFd, PassphraseFile
from .signing import By, CodeOption, signing

if TYPE_CHECKING:
    from sop_runner.desk.archives import FoundRun
    from sop_runner.desk.desk import Desk

Alone = Annotated[bool, typer.Option("--alone", help="Without a desk: the archive by itself.")]


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group `audit`."""
    app.command(epilog=example("sop audit seal archive --by ana"))(seal)
    app.command(
        "check-archive",
        epilog=example(
            "sop audit check-archive archive --key sop.key", "sop audit check-archive archive --alone"
        ),
    )(check)
    app.command(
        epilog=example("sop audit find CR-000123", "sop audit find 2026-11 --archive archive --alone")
    )(find)


def seal(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds the segments.")],
    by: By,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Write what came into the log since the last time as a sealed segment that verifies alone. The log keeps it too.

    Each segment is a folder in DIR and names the one before it; that it was sealed is an entry.
    """
    from sop_runner.desk.layout import Layout
    from sop_runner.desk.sealing import seal as sealed

    layout = Layout(desk_folder(context, desk), wants_training(context, training))
    signed = signing(context, desk, training, by, code, passphrase_file, passphrase_fd)
    with signed as (at, person, proofs), progress("entries") as told:
        segment, entry = sealed(at.context, layout, archive, person, proofs, told)
    folder = archive / segment.name
    if as_json:
        out_json({**segment.evidence, "folder": str(folder), "entry": entry.seq})
        return
    out(
        f"entries {segment.first} to {segment.size - 1} are sealed in '{folder}', on record as entry {entry.seq}"
    )
    say(f"Check it with: sop audit check-archive '{archive}'")


def check(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds the segments.")],
    key: KeyOption = "",
    alone: Alone = False,
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Check every sealed segment, that none is missing between them, and that they are what the live log sealed.

    Exits 0 clean, 4 tampered, 5 unverifiable.
    """
    from sop_runner.audit.findings import Trust, Verdict
    from sop_runner.desk.archives import against_log
    from sop_runner.review.advice import advice_on
    from sop_runner.review.exports.archive import check_archive
    from sop_runner.review.verdict import SAID, finding_line

    keys = keys_of(key) if key else ()
    with progress("segments") as told:
        found = check_archive(archive, keys, told)
    findings = list(found.findings)
    opened = _desk(context, desk, training, alone)
    if opened is not None:
        try:
            findings += against_log(opened.context, found)
        finally:
            opened.close()
    verdict = Verdict(
        Trust.PINNED if keys else Trust.SELF_ASSERTED, found.entries, 0, 0, tuple(findings), keys
    )
    if as_json:
        names = [link.folder.name for link in found.links]
        out_json({**verdict.to_json(), "segments": names, "against_log": opened is not None})
    else:
        out(SAID[verdict.outcome])
        out(f"segments {len(found.links)}, entries {verdict.entries}, trust {verdict.trust}")
        out("held against the live log" if opened is not None else "not held against a live log")
        for finding in findings:
            out(finding_line(finding))
        for line in advice_on(findings):
            out(line)
    ends(verdict.exit_code)


def find(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Part of a run, ticket, procedure, end or day.")
    ],
    archive: Annotated[
        Path | None, typer.Option("--archive", metavar="DIR", help="Look into a folder of segments as well.")
    ] = None,
    alone: Alone = False,
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Find runs by ticket, procedure or date, in the log and in sealed segments. Days are UTC. Exits 1 for none."""
    from sop_runner.desk.archives import find_runs

    if alone and archive is None:
        raise UsageError("without a desk there is only an archive to look into", hint="Add --archive DIR.")
    opened = _desk(context, desk, training, alone)
    try:
        found = find_runs(opened.context if opened is not None else None, archive, text)
    finally:
        if opened is not None:
            opened.close()
    if as_json:
        from dataclasses import asdict

        out_json([{**asdict(one.line), "in": list(one.places)} for one in found])
    else:
        for one in found:
            _line(one)
    if not found:
        say(f"No run has '{text}' in its id, ticket, procedure, end or day.")
    ends(ExitCode.OK if found else ExitCode.FINDINGS)


def _line(one: "FoundRun") -> None:
    line = one.line
    end = f"ended {line.ended[:16]}Z at {line.end} ({line.result})" if line.ended else "open"
    out(
        f"{line.run}  {line.ticket}  {line.procedure} r{line.revision}  {line.started[:16]}Z, {end}  [{', '.join(one.places)}]"
    )


def _desk(context: typer.Context, desk: Path | None, training: bool, alone: bool) -> "Desk | None":
    return None if alone else the_desk(context, desk, training, reading=True)
