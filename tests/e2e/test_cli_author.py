"""`sop lint`, `schema`, `rehearse`, `demo`: for authors, and for who tries it out."""

import json
import os
import signal
from pathlib import Path

import pytest

from sop_runner.desk.verified import verify_desk

from . import sop_process
from .in_process import Sop

PROCEDURES = Path(__file__).resolve().parents[2] / "procedures"


ON_DAY = ("--today", "2026-11-26")
"""The shipped procedures are due for review on another day."""
BAD = """\
format: sop/1
procedure: bad
revision: 1
title: Bad
purpose: Bad
effective_from: 2026-01-01
review_by: 2027-01-01
roles: {agent: Acts.}
by: agnet
flow:
  - step: 一
    do: 全角　のある文
    then: nowhere
  - end: done
    result: completed
"""


def test_a_clean_file_says_nothing(sop: Sop) -> None:
    assert sop("lint", PROCEDURES / "account-change.yaml", *ON_DAY) == (0, "", "")


def test_findings_are_shown_as_compilers_do(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)
    code, out, err = sop("lint", "bad.yaml")
    assert code == 1
    assert "bad.yaml:9:5: error" in out
    lines = out.splitlines()
    shown = next(i for i, line in enumerate(lines) if line.endswith("| by: agnet"))
    assert lines[shown + 1].index("^") == lines[shown].index("agnet")
    assert lines[shown + 1].count("^") == len("agnet")
    assert "fix:" in out
    assert "errors" in err


def test_findings_as_data(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)
    code, out, _ = sop("lint", "bad.yaml", "--format", "json")
    findings = json.loads(out)
    assert code == 1
    assert out.isascii()
    assert {"code", "severity", "file", "line", "column", "message", "fix"} <= findings[0].keys()
    assert sop("lint", PROCEDURES / "account-change.yaml", *ON_DAY, "--format", "json")[:2] == (0, "[]\n")


def test_a_folder_is_linted_file_by_file(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(BAD)
    (tmp_path / "two.yaml").write_text(BAD)
    (tmp_path / "two.scenarios.yaml").write_text(
        "format: sop-scenarios/1\nprocedure: two\nscenarios: nothing\n"
    )
    out = sop("lint", tmp_path)[1]
    for name in ("one.yaml:", "two.yaml:", "two.scenarios.yaml:"):
        assert name in out


def test_hostile_text_in_a_file_is_shown_harmlessly(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD.replace("agnet", '"\\e[31m\\u202e[/]"'))
    code, out, _ = sop("lint", "bad.yaml")
    assert code == 1
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize("arguments", [["nope.yaml"], ["x", "--format", "xml"], []])
def test_wrong_usage_ends_with_two(sop: Sop, arguments: list[str]) -> None:
    code, out, err = sop("lint", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("sop: ")


def test_the_schema_is_the_one_in_the_repository(sop: Sop) -> None:
    stored = json.loads((PROCEDURES.parent / "schemas" / "procedure-1.schema.json").read_text())
    assert json.loads(sop("schema")[1]) == stored
    assert sop("schema", "nothing")[0] == 2


# rehearse


def test_a_scenario_is_driven_on_the_training_ledger(sop: Sop, tmp_path: Path) -> None:
    assert sop("init", tmp_path / "desk")[0] == 0
    path = PROCEDURES / "account-change.yaml"
    code, out, err = sop(
        "rehearse", path, "--scenario", "a standard change closes", "--desk", tmp_path / "desk"
    )
    assert (code, out) == (0, "a standard change closes with every control: as written\n")
    assert "TRAINING" in err
    verdict = verify_desk(tmp_path / "desk", training=True)
    assert verdict.findings == ()
    assert verdict.entries > 10
    assert verify_desk(tmp_path / "desk").entries == 1


def test_a_scenario_that_comes_out_otherwise_is_a_finding(sop: Sop, tmp_path: Path) -> None:
    for name in ("account-change.yaml", "account-change.scenarios.yaml", "account-change.risk.csv"):
        (tmp_path / name).write_bytes((PROCEDURES / name).read_bytes())
    path = tmp_path / "account-change.scenarios.yaml"
    path.write_text(path.read_text().replace("ends: withdrawn", "ends: closed"))
    code, out, _ = sop("rehearse", path, "--scenario", "the customer thinks better of it")
    assert code == 1
    assert "not as written" in out
    code, out, _ = sop("rehearse", path, "--scenario", "the customer thinks better of it", "--json")
    assert code == 1
    assert json.loads(out)[0]["passed"] is False
    assert sop("rehearse", path, "--scenario", "no such thing")[0] == 2


def test_a_restart_in_a_scenario_reads_the_run_back_from_the_log(sop: Sop) -> None:
    path = PROCEDURES / "account-change.yaml"
    code, out, _ = sop("rehearse", path, "--scenario", "the terminal dies")
    assert (code, out.endswith(": as written\n")) == (0, True)


# demo


def test_the_demo_without_a_terminal_walks_a_case_to_its_end(tmp_path: Path) -> None:
    done = sop_process.sop("demo", str(tmp_path / "desk"), "--language", "en")
    assert done.returncode == 0, done.stderr
    assert "the run ended: completed" in done.stdout
    assert "c2sp.org/tlog-proof@v1" in done.stdout
    assert "CLEAN" in done.stdout
    assert verify_desk(tmp_path / "desk", training=True).findings == ()
    (receipt,) = (tmp_path / "desk" / "training" / "receipts").iterdir()
    assert receipt.read_text().strip() in done.stdout


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "hu"])
def test_the_demo_speaks_the_language_it_is_asked_for(sop: Sop, tmp_path: Path, language: str) -> None:
    code, out, _ = sop("demo", tmp_path / language, "--language", language)
    assert code == 0
    assert {"zh-Hans": "打开工单", "zh-Hant": "開啟服務單", "hu": "Jegy megnyitása"}[language] in out


def test_an_interrupt_ends_with_130(tmp_path: Path) -> None:
    assert sop_process.sop("init", str(tmp_path / "desk")).returncode == 0
    add = ["people", "add", "ana", "--name", "Ana", "--role", "agent", "--desk", str(tmp_path / "desk")]
    assert sop_process.sop(*add).returncode == 0
    terminal = sop_process.AtTerminal("people", "passphrase", "ana", "--desk", str(tmp_path / "desk"))
    terminal.until("New passphrase of ana")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.process.wait(timeout=30) == 130
