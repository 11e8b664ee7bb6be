"""The table of commands, against the commands."""

import subprocess
import sys

import pytest
import typer
from typer.main import get_group

from sop_runner.cli import lazily
from sop_runner.cli.main import app

GROUP = get_group(app)
CONTEXT = typer.Context(GROUP)


@pytest.mark.parametrize("name", lazily.COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    command = GROUP.get_command(CONTEXT, name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == lazily.COMMANDS[name].says


def test_no_command_is_missing_from_the_table() -> None:
    assert GROUP.get_command(CONTEXT, "no such command") is None  # looks through every module
    assert set(GROUP.commands) == set(lazily.COMMANDS)


def test_help_loads_no_command() -> None:
    code = (
        "import sys; from sop_runner.cli.main import main; sys.argv = ['sop', '--help']; main();"
        "assert not [name for name in sys.modules if name.endswith('_commands')]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {name} " in done.stdout for name in lazily.COMMANDS)
