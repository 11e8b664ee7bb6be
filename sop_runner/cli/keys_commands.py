"""`sop keys`: which keys sign the audit log, and how one is enrolled, replaced or ended."""

import json
import platform
from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import UsageError

from .audit_proofs import LISTED, small_file
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
from .secrets import PassphraseFd, PassphraseFile
from .signing import By, CodeOption, Reason, signing

app = typer.Typer(
    help="Which keys sign the audit log; enrol, rotate or retire one.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=example("sop keys list", "sop keys rotate --by ana --reason 'yearly'"),
)
Machine = Annotated[str, typer.Option("--machine", help="A name for the machine; else its host name.")]


def add_to(root: typer.Typer) -> None:
    """Register the commands."""
    root.add_typer(app, name="keys")


@app.command("list", epilog=example("sop keys list > trusted.keys", "sop keys list --json"))
def list_keys(
    context: typer.Context,
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Every key of the log, and from which entry to which it may sign. Hand them to reviewers another way."""
    from sop_runner.desk.keeping_keys import listed

    opened = the_desk(context, desk, training, reading=True)
    try:
        rows = listed(opened.context.ledger)
    finally:
        opened.close()
    if as_json:
        out_json(
            [{"key": r.key.text, "machine": r.machine, "since": r.since, "until": r.until} for r in rows]
        )
        return
    for row in rows:
        span = f"{LISTED}{row.since}" + ("" if row.until is None else f" to entry {row.until}, ended")
        out(f"{row.key.text}\n{span}{f', {row.machine}' if row.machine else ''}")


@app.command("new", epilog=example("sop keys new recovery.key --machine recovery > recovery.json"))
def new_key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the secret key is kept; a new file.")],
    machine: Machine = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Make a key for another machine, or to keep apart for the day this one is lost; prints what `enrol` asks for."""
    from sop_runner.desk.keeping_keys import request
    from sop_runner.stores.keys import create_key

    opened = the_desk(context, desk, training, reading=True)
    try:
        origin = opened.context.ledger.opening.origin
    finally:
        opened.close()
    out_json(request(origin, create_key(file, origin), machine or platform.node()))
    say(f"The secret key is in '{file}'. Enrol it with: sop keys enrol REQUEST --by PERSON --reason …")


@app.command(epilog=example("sop keys enrol recovery.json --by ana --reason 'kept in the safe'"))
def enrol(
    context: typer.Context,
    request: Annotated[
        Path, typer.Argument(metavar="REQUEST", help="What `sop keys new` printed, as a file.")
    ],
    by: By,
    reason: Reason,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Put another key on record: it may sign from then on."""
    from sop_runner.desk.keeping_keys import Signed
    from sop_runner.desk.keeping_keys import enrol as enrolled

    try:
        asked = json.loads(small_file(request, "request"))
        wanted = {name: str(asked[name]) for name in ("verifier_key", "machine", "proof")}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"'{request}' is no request", hint="It is what 'sop keys new' prints.") from error
    with signing(context, desk, training, by, code, passphrase_file, passphrase_fd) as (at, person, proofs):
        entry = enrolled(at.context, wanted, Signed(person, proofs, reason))
    out(f"the key of {wanted['machine']} may sign, entry {entry.seq}")


@app.command(epilog=example("sop keys rotate --by ana --reason 'yearly'"))
def rotate(
    context: typer.Context,
    by: By,
    reason: Reason,
    machine: Machine = "",
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Replace this desk's key by a new one. Both sign for it; the old one ends and is deleted."""
    from sop_runner.desk.keeping_keys import Signed
    from sop_runner.desk.keeping_keys import rotate as rotated
    from sop_runner.desk.layout import Layout

    layout = Layout(desk_folder(context, desk), wants_training(context, training))
    with signing(context, desk, training, by, code, passphrase_file, passphrase_fd) as (at, person, proofs):
        entry = rotated(at.context, layout.key, machine or platform.node(), Signed(person, proofs, reason))
        key = entry.evidence[0]["verifier_key"]
    out(f"{key}\nsigns from now on, entry {entry.seq}")
    say(
        "Reviewers who pinned the first key need nothing new. Receipts from now on are checked with this one."
    )


@app.command(epilog=example("sop keys retire 'name+hash+base64' --by ana --reason 'laptop stolen'"))
def retire(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The verifier key, as `list` shows it.")],
    by: By,
    reason: Reason,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """End a key that was lost or whose machine is gone: what it signs from now on is found."""
    from sop_runner.audit.note import VerifierKey
    from sop_runner.desk.keeping_keys import Signed
    from sop_runner.desk.keeping_keys import retire as retired

    gone = VerifierKey.parse(key)
    with signing(context, desk, training, by, code, passphrase_file, passphrase_fd) as (at, person, proofs):
        entry = retired(at.context, gone, Signed(person, proofs, reason))
    out(f"the key may sign no more, entry {entry.seq}")


@app.command(epilog=example("sop keys use recovery.key", "sop keys rotate --by ana --reason 'disk lost'"))
def use(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A secret key that the log lets sign.")],
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Sign with this key from now on, where the desk's own is lost. Rotate soon after: it lay elsewhere."""
    from sop_runner.desk.keeping_keys import use as used
    from sop_runner.desk.layout import Layout

    layout = Layout(desk_folder(context, desk), wants_training(context, training))
    opened = the_desk(context, desk, training, reading=True)
    try:
        key = used(opened.context, file, layout.key)
    finally:
        opened.close()
    out(f"this desk signs with {key.text}")
