"""The table of commands, against the commands."""

import subprocess
import sys

import pytest
import typer
from typer.main import get_group

from sop_runner.cli import lazily
from sop_runner.cli.audit_commands import AUDIT
from sop_runner.cli.audit_commands import app as audit
from sop_runner.cli.main import app, main

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


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("audit proof x", "sop: 'ENTRY' is 'x', expected a whole number from 0 on\n     Such as: sop audit proof 214 > entry-214.proof\n"),
        ("audit proof", "sop: Missing argument 'ENTRY'.\n     Such as: sop audit proof 214 > entry-214.proof\n"),
        ("test . --min-coverage 200", "sop: '--min-coverage' is '200.0', expected a number from 0 to 100\n     Such as: sop test procedures --min-coverage 100\n"),
        ("audit replay R --at x", "sop: '--at' is 'x', expected a whole number\n     Such as: sop audit replay 7F3K-22QM --at 4\n"),
        ("audit proof -1", "sop: No such option: -1\n     'sop audit proof --help' says what there is.\n"),
        ("runn", "sop: No such command 'runn'. Did you mean 'run'?\n     'sop --help' and 'sop COMMAND --help' say what there is.\n"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_with_what_would_be_right(
    typed: str, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["sop", *typed.split()])
    assert main() == 2
    assert capsys.readouterr() == ("", told)


@pytest.mark.parametrize("typed", [[], ["audit"]])
def test_a_group_without_a_command_is_help(
    typed: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["sop", *typed])
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith("Usage: sop ")
    assert "what there is" not in said
