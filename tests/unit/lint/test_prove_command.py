"""`sop prove` as an author types it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sop_runner.cli.main import app

FOLDER = Path(__file__).resolve().parents[3] / "procedures"


@pytest.fixture
def weakened(tmp_path: Path) -> Path:
    """A copy of the account change in which the customer's consent proves nothing."""
    text = (FOLDER / "account-change.yaml").read_text(encoding="utf-8")
    path = tmp_path / "account-change.yaml"
    path.write_text(text.replace("    satisfies: [consent]\n", ""), encoding="utf-8")
    return path


def test_what_is_proved_is_listed_control_by_control() -> None:
    done = CliRunner().invoke(app, ["prove", str(FOLDER / "account-change.yaml")])
    assert done.exit_code == 0, done.output
    assert "account-change.yaml: proved\n" in done.stdout
    assert "  apply-change\n    consent: holds on every path\n" in done.stdout


def test_the_path_that_breaks_it_is_shown_at_the_line_that_asks(weakened: Path) -> None:
    done = CliRunner().invoke(app, ["prove", str(weakened)])
    assert done.exit_code == 1
    assert "    consent: closure FAILS, freshness holds\n" in done.stdout
    shown = next(line for line in done.stdout.splitlines() if "SOP301" in line)
    assert (
        "'apply-change' requires 'consent', and this path never gains it: open-ticket > change-request"
        in shown
    )
    assert "recent_reset: false" in shown
    assert "fix: let a confirmation satisfy 'consent'" in done.stdout


def test_a_program_reads_the_same(weakened: Path) -> None:
    done = CliRunner().invoke(app, ["prove", "--json", str(weakened)])
    assert done.exit_code == 1
    (told,) = json.loads(done.stdout)
    assert told["proved"] is False
    (broken,) = [one for one in told["obligations"] if one["verdict"] == "fails"]
    assert (broken["node"], broken["control"], broken["kind"]) == ("apply-change", "consent", "closure")
    assert broken["path"][-1]["node"] == "apply-change"
    assert broken["walked"] is True
    assert [finding["code"] for finding in told["findings"]] == ["SOP301"]


def test_a_way_that_nobody_could_walk_is_not_called_a_failure(tmp_path: Path) -> None:
    """It ends with 1 all the same, for people and for programs."""
    shown = Path(__file__).resolve().parents[2] / "lint" / "err" / "rules" / "SOP314-not-walked.yaml"
    done = CliRunner().invoke(app, ["prove", str(shown)])
    assert done.exit_code == 1
    assert "    written-record: closure NOT SETTLED, freshness holds\n" in done.stdout
    done = CliRunner().invoke(app, ["prove", "--json", str(shown)])
    assert done.exit_code == 1
    (told,) = json.loads(done.stdout)
    (one,) = [one for one in told["obligations"] if one["verdict"] != "holds"]
    assert (one["verdict"], one["walked"]) == ("unsettled", False)
    assert [stop["node"] for stop in one["path"]] == ["busy", "closed"]


def test_a_folder_is_proved_file_by_file(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    done = CliRunner().invoke(app, ["prove", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert done.stdout.count(": proved\n") == len(list(FOLDER.glob("*.yaml"))) - len(
        list(FOLDER.glob("*.scenarios.yaml"))
    )


def test_a_file_with_errors_is_not_proved(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("format: sop/1\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["prove", str(path)])
    assert done.exit_code == 1
    assert "SOP131" in done.stdout


def test_a_call_says_whose_file_has_errors(tmp_path: Path) -> None:
    """What is called is there, and cannot be read: that is another mistake than a file that is missing."""
    (tmp_path / "remote-diagnosis.yaml").write_text(
        "format: sop/1\nprocedure: remote-diagnosis\n", encoding="utf-8"
    )
    shutil.copy(FOLDER / "technical-fault.yaml", tmp_path)
    done = CliRunner().invoke(app, ["prove", str(tmp_path / "technical-fault.yaml")])
    assert done.exit_code == 1
    assert "calls 'remote-diagnosis' revision 1, which has errors of its own" in done.stdout
    assert f"fix: mend {tmp_path / 'remote-diagnosis.yaml'} first" in done.stdout
    (tmp_path / "remote-diagnosis.yaml").unlink()
    done = CliRunner().invoke(app, ["prove", str(tmp_path / "technical-fault.yaml")])
    assert "calls 'remote-diagnosis' revision 1, which was not found" in done.stdout
