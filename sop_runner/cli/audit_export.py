"""`sop audit export`: the log taken away, to be checked and read without us."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import SopError, UsageError

from .common import (
    DeskOption,
    JsonOption,
    TrainingOption,
    desk_folder,
    example,
    out,
    out_json,
    say,
    the_desk,
    wants_training,
)
from .progress import progress
from .secrets import PassphraseFd, PassphraseFile
from .signing import CodeOption, signing

if TYPE_CHECKING:
    from sop_runner.people.person import Person
    from sop_runner.review.exports.whole import Exported
    from sop_runner.run.actions import FactorProof

_TABLES = ("csv", "xes", "ocel")


def add_to(app: typer.Typer) -> None:
    """Put the command into the group `audit`."""
    app.command(
        epilog=example(
            "sop audit export evidence",
            "sop audit export evidence --table csv --by ana",
            "python3 evidence/verify.py evidence --key sop.key",
        )
    )(export)


def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    table: Annotated[
        list[str] | None,
        typer.Option("--table", help="csv, xes, ocel or none besides the entries; else all three."),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="PERSON", help="Who signs for it; else nobody does.")
    ] = "",
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Take the log away: tiles and entries, keys, procedures, tables, and a program that checks them without us.

    What was taken is put on record. Personal values stay here: what leaves are commitments.
    """
    from sop_runner.desk.exporting import export_log
    from sop_runner.desk.layout import Layout

    tables = _tables(table)
    layout = Layout(desk_folder(context, desk), wants_training(context, training))
    signed = None
    if by:
        with signing(context, desk, training, by, code, passphrase_file, passphrase_fd) as (
            _,
            person,
            proofs,
        ):
            signed = person, proofs
    with progress("entries") as told:
        exported, written = export_log(layout, folder, tables, told)
    entry = _recorded(context, desk, training, exported, signed)
    written.complete()
    if as_json:
        out_json(
            {
                "entries": exported.size,
                "root": exported.root.hex(),
                "trailer": exported.trailer,
                "entry": entry,
            }
        )
        return
    out(
        f"{exported.size} entries are in '{folder}'"
        + (f", on record as entry {entry}" if entry is not None else "")
    )
    say(f"Check them with: python3 {folder}/verify.py {folder} --key 'the key you were given'")


def _recorded(
    context: typer.Context,
    desk: Path | None,
    training: bool,
    exported: "Exported",
    signed: "tuple[Person, list[FactorProof]] | None",
) -> int | None:
    """The number of the entry; None where the log cannot be written here and nobody signed."""
    from sop_runner.desk.exporting import record_export

    try:
        opened = the_desk(context, desk, training)
        try:
            return record_export(opened.context, exported, f"os:{getpass.getuser()}", signed).seq
        finally:
            opened.close()
    except SopError as error:
        if signed:
            raise
        say(f"This export is not on record: {error.message}")
        return None


def _tables(asked: list[str] | None) -> tuple[str, ...]:
    if not asked:
        return _TABLES
    for name in asked:
        if name not in (*_TABLES, "none"):
            raise UsageError(f"there is no table '{name}'", hint=f"There are: {', '.join(_TABLES)}, none.")
    return tuple(name for name in _TABLES if name in asked)
