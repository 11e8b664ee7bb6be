"""`sop store`: the databases that desks keep their logs in."""

from typing import Annotated

import typer

from .common import example, out, say

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

    Run it as often as you like: what is there stays, and nothing in it is touched.
    """
    from sop_runner.stores.postgres_setup import set_up

    for line in set_up(url, role):
        out(line)
    say(f"Next, as the administrator, let '{role}' log in, with a password or a certificate:")
    say(f"  \\password {role}     (in psql; or by a line in pg_hba.conf)")
    say("Then make the desk, on the first machine:")
    say(f"  sop init DIR --store postgresql://{role}@HOST/DATABASE")
