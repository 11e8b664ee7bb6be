"""`sop store`: the databases that desks keep their logs in."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import UsageError

from .common import DeskOption, desk_folder, example, out, say

app = typer.Typer(
    help="Prepare a PostgreSQL database for desks, or bring tables up to date.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=example("sop store setup postgresql://postgres@db.example.com/desk", "sop store upgrade"),
)


def add_to(root: typer.Typer) -> None:
    """Register the commands."""
    root.add_typer(app, name="store")


@app.command(epilog=example("sop store setup postgresql://postgres@db.example.com/desk"))
def setup(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The database, and an administrator to log in as.")
    ],
    role: Annotated[
        str, typer.Option("--role", help="Who the desk's machines log in as; made where it is not there.")
    ] = "sop_desk",
) -> None:
    """Make roles, tables, triggers and grants, so that a desk may read and add and nobody may change.

    Run it as often as you like: nothing on record is touched. Triggers, functions and rights that somebody
    changed are set right, and it says so.
    """
    from sop_runner.stores.postgres_setup import set_up

    for line in set_up(url, role):
        out(line)
    say(f"Next, as the administrator, let '{role}' log in, with a password or a certificate:")
    say(f"  \\password {role}     (in psql; or by a line in pg_hba.conf)")
    say("Then make the desk, on the first machine:")
    say(f"  sop init DIR --store postgresql://{role}@HOST/DATABASE")


@app.command(
    epilog=example(
        "sop store upgrade --backed-up", "sop store upgrade postgresql://postgres@db.example.com/desk"
    )
)
def upgrade(
    context: typer.Context,
    url: Annotated[
        str,
        typer.Argument(metavar="[URL]", help="A database and an administrator; else the desk's own files."),
    ] = "",
    backed_up: Annotated[bool, typer.Option("--backed-up", help="A backup is made.")] = False,
    desk: DeskOption = None,
) -> None:
    """Bring the tables of an older version up to date. What is on record is not touched: it is only added to."""
    from sop_runner.stores.upgrade import newest

    known, behind = newest(), []
    for name, found, bring in _logs(context, url, desk):
        if found == known:
            out(f"{name} is of version {found}: up to date")
        elif found > known:
            raise UsageError(
                f"'{name}' is of version {found}, this program knows {known}",
                hint="A newer program made it: install that one here as well.",
            )
        else:
            behind.append((name, found, bring))
    if behind and not backed_up:
        how = (
            "pg_dump --format=custom DATABASE > FILE"
            if url
            else "copy the desk's folder while no command runs"
        )
        raise UsageError(
            f"'{behind[0][0]}' is of version {behind[0][1]} and goes to {known}; make a backup first",
            hint=f"{how}; then run this again with --backed-up",
        )
    for name, found, bring in behind:
        bring()
        out(f"{name} went from version {found} to {known}")


def _logs(
    context: typer.Context, url: str, desk: Path | None
) -> Iterator[tuple[str, int, Callable[[], None]]]:
    """The logs of a database or a desk: what to call each, its version, and what brings it up to date."""
    from sop_runner.audit.log import LedgerKind
    from sop_runner.desk.layout import Layout, read_settings
    from sop_runner.stores.upgrade import upgrade_file, upgrade_on_server, version_of_file, version_on_server

    if url:
        for kind in LedgerKind:
            yield f"the {kind} log", version_on_server(url, kind), partial(upgrade_on_server, url, kind)
        return
    folder = desk_folder(context, desk)
    if read_settings(folder).store_url:
        raise UsageError(
            f"the desk '{folder}' keeps its logs on a server",
            hint="An administrator gives its address: sop store upgrade postgresql://ADMINISTRATOR@HOST/DATABASE",
        )
    for training in (False, True):
        path = Layout(folder, training).ledger
        yield path.name, version_of_file(path), partial(upgrade_file, path)
