"""`sop audit verify`: the whole log recomputed, held against what was kept outside, every run replayed."""

from pathlib import Path
from typing import Annotated

import typer

from .audit_proofs import KeyOption, copied_text, keys_of
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
    wants_training,
)
from .progress import progress


def add_to(app: typer.Typer) -> None:
    """Put this command into the group `audit`."""
    app.command(epilog=example("sop audit verify", "sop audit verify --json --training --key reviewer.key"))(
        verify
    )


def verify(
    context: typer.Context,
    as_json: JsonOption = False,
    key: KeyOption = "",
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="FILE",
            help="A checkpoint that the log must extend; what is newer is read, and runs that went on.",
        ),
    ] = "",
    integrity_only: Annotated[
        bool, typer.Option("--integrity-only", help="Bytes, links, tree and signatures; no run is replayed.")
    ] = False,
    every_signature: Annotated[
        bool,
        typer.Option("--every-signature", help="Check each signature of a long log, not the newest alone."),
    ] = False,
    no_network: Annotated[
        bool,
        typer.Option("--no-network", help="Ask no witness and no remote; what lies on this machine counts."),
    ] = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Recompute the whole log, hold it against what was kept outside of it, then replay every run.

    Exits 0 clean, 4 tampered, 5 unverifiable.
    """
    from sop_runner.desk.verified import verify_desk
    from sop_runner.review.verdict import verdict_lines

    with progress("entries") as told:
        verdict = verify_desk(
            desk_folder(context, desk),
            wants_training(context, training),
            keys=keys_of(key) if key else (),
            since=copied_text(Path(since), "checkpoint") if since else None,
            integrity_only=integrity_only,
            every_signature=every_signature,
            network=not no_network,
            progress=told,
        )
    if as_json:
        out_json(verdict.to_json())
        for line in verdict.asked:
            say(line)
    else:
        for line in verdict_lines(verdict, integrity_only=integrity_only):
            out(line)
    ends(verdict.exit_code)
