"""`sop audit anchor`: the newest head placed outside the desk now, as from cron."""

from dataclasses import asdict

import typer

from sop_runner.base.errors import ExitCode, UsageError

from .common import DeskOption, JsonOption, desk_folder, ends, example, out, out_json, root_of
from .progress import progress


def add_to(app: typer.Typer) -> None:
    """Put this command into the group `audit`."""
    app.command(epilog=example("sop audit anchor", "0 * * * * sop audit anchor --desk /srv/desk --json"))(
        anchor
    )


def anchor(context: typer.Context, as_json: JsonOption = False, desk: DeskOption = None) -> None:
    """Place the newest head of the live log at every anchor below [anchors] in sop.toml, and say what each answered.

    The same happens by itself after a ticket was closed. Exits 0 where all of them have it, 3 where one could not
    be reached or did not take it, 4 where one keeps a head that this log does not extend.
    """
    from sop_runner.anchors.placing import Result
    from sop_runner.audit.findings import entries
    from sop_runner.base.clock import SystemClock
    from sop_runner.desk.anchoring import place_heads

    if root_of(context).training:
        raise UsageError("a training ledger is anchored nowhere", hint="Leave --training out.")
    with progress("anchors"):
        outcomes = place_heads(desk_folder(context, desk), SystemClock())
    if as_json:
        out_json([asdict(one) for one in outcomes])
    for one in () if as_json else outcomes:
        if one.good:
            there = "" if one.result is Result.PLACED else " already"
            out(f"{one.result.upper()} {one.anchor}: has the head of {entries(one.size)}{there}")
        else:
            out(f"{one.result.upper()} {one.anchor}: {one.said}{'. ' if one.hint else ''}{one.hint}")
    results = {one.result for one in outcomes}
    if Result.CONTRADICTS in results:
        ends(ExitCode.NOT_VERIFIED)
    ends(ExitCode.REFUSED if Result.FAILED in results else ExitCode.OK)
