"""`sop bundle`: approved procedures from one desk to another, with the proof of who approved them."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import SopError, Unverifiable, UsageError

from .audit_proofs import KeyOption, keys_of
from .common import DeskOption, JsonOption, desk_folder, example, number_of, out, out_json, say
from .live_side import live_side
from .secrets import PassphraseFd, PassphraseFile
from .signing import signed_in

if TYPE_CHECKING:
    from sop_runner.desk.bundle import Bundle

app = typer.Typer(
    help="Send approved procedures to another desk as one signed file, look at one, receive one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=example("sop bundle export refunds.bundle refund complaint"),
)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")]


def add_to(root: typer.Typer) -> None:
    """Register the commands."""
    root.add_typer(app, name="bundle")


@app.command(
    "export", epilog=example("sop bundle export all.bundle", "sop bundle export refunds.bundle refund@2")
)
def export_bundle(
    context: typer.Context,
    file: FileArgument,
    procedures: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROCEDURE[@REVISION]...]", help="Without any, everything in force."),
    ] = None,
    desk: DeskOption = None,
) -> None:
    """Write approved texts, all that they call and the proof of who approved them. Overwrites nothing."""
    from sop_runner.desk.bundling import export
    from sop_runner.desk.layout import Layout
    from sop_runner.stores.keys import KeyFile

    if file.exists() or file.is_symlink():
        raise UsageError(f"'{file}' is there already", hint="Name another file.")
    folder = desk_folder(context, desk)
    with live_side(context, folder) as publishing:
        signer = KeyFile(Layout(folder).key)
        data, revisions = export(publishing, signer, procedures or ())
    with file.open("xb") as stream:
        stream.write(data)
    for one in revisions:
        out(f"{one.name}  published by {one.publisher}, approved by {one.approver}")
    say(f"{file}: {len(data):,} bytes. The receiver needs this desk's verifier key, by another way:")
    say(f"  {signer.verifier.text}")


@app.command(epilog=example("sop bundle show refunds.bundle --key their.key"))
def show(file: FileArgument, key: KeyOption, as_json: JsonOption = False) -> None:
    """Verify a bundle and say who approved what; needs no desk. Exits 4 where it was changed, 5 for another key."""
    bundle = _read(file, key)
    if as_json:
        out_json(
            {
                "origin": bundle.origin,
                "desk": bundle.desk,
                "made": bundle.made,
                "digest": bundle.digest,
                "procedures": [
                    {
                        "id": one.revision.id,
                        "revision": one.revision.revision,
                        "digest": one.revision.digest,
                        "published_by": one.revision.publisher,
                        "published_at": one.revision.published_at,
                        "approved_by": one.revision.approver,
                        "approved_at": one.revision.approved_at,
                        "approved": one.when,
                        "calls": [f"{name}@{number}" for name, number, _ in one.revision.pins],
                    }
                    for one in bundle.texts
                ],
            }
        )
        return
    _show(bundle)


@app.command("import", epilog=example("sop bundle import refunds.bundle --key their.key --as ada"))
def import_bundle(
    context: typer.Context,
    file: FileArgument,
    key: KeyOption,
    person: Annotated[
        str, typer.Option("--as", metavar="PERSON", help="Who puts it before this desk; they sign in.")
    ],
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
) -> None:
    """Verify a bundle, show who approved what at its origin, and publish it here; each text waits for an approval.

    Exits 4 where it was changed, 5 where it is not signed by the key given, 3 where it contradicts what
    was published here.
    """
    from sop_runner.desk.bundling import receive

    bundle = _read(file, key)
    with live_side(context, desk) as publishing:
        _show(bundle)
        who = publishing.people.directory().acting(person)
        signed_in(publishing.people, who, publishing.context.clock, passphrase_file, passphrase_fd)
        entry, published = receive(publishing, bundle, who)
    out(f"imported by {who.id}, entry {entry.seq}")
    for one in published:
        out(f"{one.name} is published, entry {one.published_at}")
    here = len(bundle.texts) - len(published)
    if here:
        say(f"{number_of(here, 'text')} {'was' if here == 1 else 'were'} here already.")
    for one in published:
        say(f"Next: sop approve {one.name} --as PERSON")


def _read(file: Path, key: str) -> "Bundle":
    from sop_runner.desk.bundle import MAX_BYTES, read_bundle

    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the bundle '{file}' cannot be read: {error.strerror}") from error
    *others, last = keys_of(key)
    for trusted in others:
        with suppress(Unverifiable):  # signed by another of them, or by none
            return read_bundle(data, trusted)
    try:
        return read_bundle(data, last)
    except SopError as error:
        raise type(error)(f"the bundle '{file}' is not accepted: {error}", hint=error.hint) from error


def _show(bundle: "Bundle") -> None:
    out(f"from '{bundle.desk}' ({bundle.origin}), made {bundle.made}")
    for one in bundle.texts:
        known = one.revision
        out(
            f"{known.name}  published by {known.publisher} (entry {known.published_at}),"
            f" approved by {known.approver} (entry {known.approved_at}, {one.when})"
        )
