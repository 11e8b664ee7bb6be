"""The table of commands, against the commands."""

import subprocess
import sys

import pytest
import typer
from typer.main import get_group

from sop_runner.cli import lazily
from sop_runner.cli.audit_commands import AUDIT
from sop_runner.cli.audit_commands import app as audit
from sop_runner.cli.main import app

TABLES = {"sop": (get_group(app), lazily.COMMANDS), "sop audit": (get_group(audit), AUDIT)}
NAMES = [(group, name) for group, (_, places) in TABLES.items() for name in places]


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_the_table_says_what_the_command_says(group: str, name: str) -> None:
    made, places = TABLES[group]
    command = made.get_command(typer.Context(made), name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == places[name].says


@pytest.mark.parametrize("group", TABLES)
def test_no_command_is_missing_from_the_table(group: str) -> None:
    made, places = TABLES[group]
    assert made.get_command(typer.Context(made), "no such command") is None  # looks through every module
    assert set(made.commands) == set(places)


def test_help_loads_no_command() -> None:
    code = (
        "import sys; from sop_runner.cli.main import main; sys.argv = ['sop', '--help']; main();"
        "assert not [name for name in sys.modules if name.endswith('_commands')]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {name} " in done.stdout for name in lazily.COMMANDS)
