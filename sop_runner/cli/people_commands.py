"""`sop people`: who may act at the desk, and what they prove it with."""

import getpass
from typing import Annotated

import typer

from .common import DeskOption, JsonOption, desk_folder, example, out, out_json, raw, say
from .secrets import PassphraseFd, PassphraseFile, read_passphrase

app = typer.Typer(
    help="Add, list and disable the people of a desk; enrol their factors.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=example("sop people add ana --name 'Ana Kovács' --role agent"),
)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The person's id, such as 'ana'.")]


def add_to(root: typer.Typer) -> None:
    """Register the commands."""
    root.add_typer(app, name="people")


def _keeper() -> str:
    """Who keeps the people: the account of this machine, for the command line verifies nobody."""
    return f"os:{getpass.getuser()}"


@app.command(
    epilog=example("sop people add bela --name 'Béla Szabó' --role supervisor --passphrase-file secret.txt")
)
def add(
    context: typer.Context,
    person: PersonArgument,
    name: Annotated[str, typer.Option("--name", help="The name as people know it.")],
    role: Annotated[list[str], typer.Option("--role", help="A role the person may act in; may be repeated.")],
    language: Annotated[
        str, typer.Option("--language", help="The language of their screens; else the desk's.")
    ] = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
) -> None:
    """Enrol somebody. They sign in once they have a passphrase."""
    from sop_runner.desk.layout import read_settings
    from sop_runner.wiring import opened_people

    folder = desk_folder(context, desk)
    with opened_people(folder, _keeper()) as (enrolment, _):
        entry = enrolment.add(person, name, role, language or read_settings(folder).language)
        out(f"{person} is enrolled, entry {entry.seq}")
        if passphrase_file is not None or passphrase_fd is not None:
            entry = enrolment.passphrase(person, read_passphrase("", passphrase_file, passphrase_fd))
            out(f"{person} has a passphrase, entry {entry.seq}")
        else:
            say(f"Next: 'sop people passphrase {person}', typed by themselves.")


@app.command("list", epilog=example("sop people list --json"))
def list_people(context: typer.Context, desk: DeskOption = None, as_json: JsonOption = False) -> None:
    """List everybody ever enrolled."""
    from sop_runner.base.textsafe import cell_width
    from sop_runner.wiring import opened_people

    with opened_people(desk_folder(context, desk), _keeper()) as (_, people):
        known = tuple(people.directory())
    if as_json:
        out_json(
            [
                {
                    "id": p.id,
                    "name": p.name,
                    "roles": sorted(p.roles),
                    "active": p.active,
                    "factors": sorted(p.factors),
                    "language": p.language,
                }
                for p in known
            ]
        )
        return
    cells = [(p.id, ", ".join(sorted(p.roles)), ", ".join(sorted(p.factors)) or "-") for p in known]
    widths = [max(map(cell_width, column)) for column in zip(*cells, strict=True)]
    for p, row in zip(known, cells, strict=True):
        padded = (cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True))
        out("  ".join((*padded, p.name if p.active else f"{p.name}  disabled")))
    if not known:
        say("Nobody yet: 'sop people add' enrols somebody.")


@app.command(epilog=example("sop people disable bela --reason 'left the company'"))
def disable(
    context: typer.Context,
    person: PersonArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes on record.")],
    desk: DeskOption = None,
) -> None:
    """Let somebody act no more. Their id and name stay taken."""
    from sop_runner.wiring import opened_people

    with opened_people(desk_folder(context, desk), _keeper()) as (enrolment, _):
        out(f"{person} is disabled, entry {enrolment.disable(person, reason).seq}")


@app.command(epilog=example("sop people passphrase ana"))
def passphrase(
    context: typer.Context,
    person: PersonArgument,
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
) -> None:
    """Set a person's passphrase, typed twice by themselves."""
    from sop_runner.wiring import opened_people

    with opened_people(desk_folder(context, desk), _keeper()) as (enrolment, people):
        known = people.directory().acting(person).id
        text = read_passphrase(f"New passphrase of {known}: ", passphrase_file, passphrase_fd, twice=True)
        out(f"{known} has a new passphrase, entry {enrolment.passphrase(known, text).seq}")


@app.command(epilog=example("sop people enrol ana"))
def enrol(
    context: typer.Context,
    person: PersonArgument,
    uri: Annotated[
        bool, typer.Option("--uri", help="Print the secret's address instead of a picture.")
    ] = False,
    desk: DeskOption = None,
) -> None:
    """Give a person a token for their authenticator app, as a picture to scan."""
    from sop_runner.desk.layout import read_settings
    from sop_runner.people.qr import qr_lines
    from sop_runner.wiring import opened_people

    folder = desk_folder(context, desk)
    with opened_people(folder, _keeper()) as (enrolment, people):
        known = people.directory().acting(person).id
        secret, entry = enrolment.token(known, read_settings(folder).name)
    if uri:
        out(secret)
    else:
        for line in qr_lines(secret):
            raw(line)  # our own drawing, with the colours it needs
    say(
        f"{known} has a new token, entry {entry.seq}. What is shown is a secret: scan it and clear the screen."
    )


@app.command(epilog=example("sop people unlock ana"))
def unlock(context: typer.Context, person: PersonArgument, desk: DeskOption = None) -> None:
    """Forget a person's wrong tries, once somebody has made sure who they are."""
    from sop_runner.wiring import opened_people

    with opened_people(desk_folder(context, desk), _keeper()) as (enrolment, people):
        known = people.directory().acting(person).id
        enrolment.unlock(known)
        out(f"{known} may try again")
