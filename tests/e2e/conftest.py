"""What tests of the command line share."""

import sys
from pathlib import Path

import pytest

from sop_runner.cli.main import main

from .in_process import Result, Sop


@pytest.fixture
def sop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Sop:
    """Runs a command in this process, in an empty folder and with no desk near."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOP_DESK", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["sop", *map(str, arguments)])
        code = main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
