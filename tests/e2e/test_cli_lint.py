"""`sop lint` as it is typed: formats for programs, mending, watching, a bar, and what a file accepts."""

import json
import os
import signal
from datetime import date
from pathlib import Path

import pytest

from sop_runner.base.finding import Finding, Position
from sop_runner.cli.lint_reports import as_github
from sop_runner.cli.linting import Linter, Shown
from tests.lint.examples import TODAY, completed

from . import sop_process
from .in_process import Sop

ON_DAY = ("--today", TODAY.isoformat())
STALE = (
    "flow:\n  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n"
    "    satisfies: [written-record]\n    valid_for: 15m\n  - end: closed\n    result: completed\n    requires: [written-record]\n"
)
REASON = "The caller asks for it. [see](1) :: 100%"
ACCEPTS = STALE + f'accept: [{{check: SOP532, at: request, because: "{REASON}"}}]\n'


def test_a_proof_that_fails_is_a_finding_of_lint(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(completed("").replace("    satisfies: [written-record]\n", ""))
    code, out, err = sop("lint", "a.yaml", *ON_DAY)
    assert code == 1
    assert out.startswith("a.yaml:22:16: error SOP301: 'closed' requires 'written-record', and this path")
    assert err == "1 error, 0 warnings\n"


def test_warnings_fail_only_where_that_is_asked_for(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(completed(STALE))
    assert sop("lint", "a.yaml", *ON_DAY)[0] == 0
    assert sop("lint", "a.yaml", *ON_DAY, "--strict")[0] == 1


def test_past_its_review_a_file_is_warned_of(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(completed(""))
    assert sop("lint", "a.yaml", "--today", "2027-01-15") == (0, "", "")
    code, out, _ = sop("lint", "a.yaml", "--today", "2027-01-16")
    assert code == 0
    assert "warning SOP501: the review was due on 2027-01-15, 1 day ago" in out
    assert sop("lint", "a.yaml", "--today", "tomorrow")[0] == 2


def test_what_a_file_accepts_is_listed_in_every_format(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(completed(ACCEPTS))
    code, out, err = sop("lint", "a.yaml", *ON_DAY, "--strict")
    assert (code, err) == (0, "0 errors, 0 warnings, 1 accepted\n")
    assert out.startswith("a.yaml:21:5: accepted warning SOP532: ")
    assert f"      because: {REASON}\n" in out
    (one,) = json.loads(sop("lint", "a.yaml", *ON_DAY, "--format", "json")[1])
    assert (one["code"], one["accepted"]) == ("SOP532", REASON)
    sarif = json.loads(sop("lint", "a.yaml", *ON_DAY, "--format", "sarif")[1])
    (result,) = sarif["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": REASON}]
    said = sop("lint", "a.yaml", *ON_DAY, "--format", "github")[1]
    assert said.startswith(
        "::notice file=a.yaml,line=21,endLine=21,col=5,endColumn=13,title=SOP532::accepted: "
    )
    assert said.endswith("[see](1) :: 100%25)\n")


def test_sarif_is_what_its_schema_says(sop: Sop, tmp_path: Path) -> None:
    from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

    (tmp_path / "odd name #1 ü.yaml").write_text(
        "\ufeff" + completed(ACCEPTS).replace("by: agent", "by: '[agnet](0)'")
    )
    (tmp_path / "b.yaml").write_text(completed(STALE).replace("title: Sample\n", ""))
    (tmp_path / "b.scenarios.yaml").write_text("format: sop-scenarios/1\nprocedure: b\nscenarios: nothing\n")
    code, out, _ = sop("lint", ".", *ON_DAY, "--format", "sarif")
    assert code == 1
    assert out.isascii()
    log = json.loads(out)
    Sarif.model_validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
    assert uris == {"odd%20name%20%231%20%C3%BC.yaml", "b.yaml", "b.scenarios.yaml"}
    assert not any("](" in one["message"]["text"] for one in run["results"])
    assert (
        json.loads(sop("lint", "--format", "sarif", *ON_DAY, _clean(tmp_path))[1])["runs"][0]["results"] == []
    )


def _clean(folder: Path) -> Path:
    path = folder / "clean" / "clean.yaml"
    path.parent.mkdir()
    path.write_text(completed(""))
    return path


def test_no_text_ends_a_line_for_github_or_begins_another() -> None:
    hostile = "100% x\r\n::stop-commands::now\x1b[31m"
    finding = Finding("SOP999", hostile, "a,b:c\n::error::d.yaml", Position(3, 4), fix=hostile)
    line = as_github(Shown(finding, ""))
    assert "\n" not in line
    assert "\r" not in line
    assert "\x1b" not in line
    assert line.startswith("::error file=a%2Cb%3Ac%0A%3A%3Aerror%3A%3Ad.yaml,line=3,")
    assert "100%25 x%0D%0A::stop-commands::now" in line


def test_a_file_whose_name_is_no_text_is_told_of_in_every_format(sop: Sop, tmp_path: Path) -> None:
    name = os.fsdecode(b"odd-\xff.yaml")
    (tmp_path / name).write_text(completed(STALE))
    for form in ("text", "json", "sarif", "github"):
        code, out, _ = sop("lint", ".", *ON_DAY, "--format", form)
        assert (code, "SOP532" in out) == (0, True)
    assert "odd-%FF.yaml" in sop("lint", ".", *ON_DAY, "--format", "sarif")[1]


def test_mending_says_what_it_mended_and_then_what_is_left(sop: Sop, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + completed(STALE).encode())
    path.chmod(0o640)
    code, out, err = sop("lint", "a.yaml", *ON_DAY, "--fix")
    assert code == 0
    assert err.startswith("fixed a.yaml:1:1: SOP117: ")
    assert "SOP532" in out
    assert "SOP117" not in out
    assert path.read_text() == completed(STALE)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]
    before = path.stat().st_mtime_ns
    assert "fixed" not in sop("lint", "a.yaml", *ON_DAY, "--fix")[2]
    assert path.stat().st_mtime_ns == before


def test_mending_follows_a_link_and_leaves_it_one(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    real = tmp_path / "far" / "real.yaml"
    real.write_bytes(b"\xef\xbb\xbf" + completed("").encode())
    (tmp_path / "a.yaml").symlink_to(real)
    assert sop("lint", "a.yaml", *ON_DAY, "--fix")[0] == 0
    assert (tmp_path / "a.yaml").is_symlink()
    assert real.read_text() == completed("")


def test_a_file_named_twice_is_looked_at_once_and_an_empty_folder_is_refused(
    sop: Sop, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(completed(STALE))
    assert sop("lint", "a.yaml", "a.yaml", *ON_DAY)[1].count("SOP532") == 1
    (tmp_path / "empty").mkdir()
    for command in ("lint", "prove"):
        code, out, told = sop(command, "empty")
        assert (code, out) == (2, "")
        assert "'empty' holds no procedure" in told
    (tmp_path / "empty" / "a.scenarios.yaml").write_text("")
    assert sop("prove", "empty")[0] == 2


def test_folders_in_a_folder_are_looked_at_but_hidden_ones_are_not(sop: Sop, tmp_path: Path) -> None:
    for folder in ("all/billing/refunds", "all/.backup"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.yaml").write_text(completed(STALE))
    found = json.loads(sop("lint", "all", *ON_DAY, "--format", "json")[1])
    assert {one["file"] for one in found} == {"all/billing/refunds/a.yaml"}
    tested = "\n".join(sop("test", "all")[1:])
    assert "all/billing/refunds/a.yaml" in tested
    assert ".backup" not in tested


def test_a_folder_that_may_not_be_read_is_no_folder_without_findings(
    sop: Sop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "all" / "closed").mkdir(parents=True)
    (tmp_path / "all" / "a.yaml").write_text(completed(STALE))
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    code, out, err = sop("lint", "all", *ON_DAY)
    assert (code, out) == (2, "")
    assert "'all/closed' cannot be read: Permission denied" in err


def test_what_was_read_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(completed(STALE))
    linter = Linter(date(2026, 11, 26))
    assert [one.finding.code for one in linter.findings([path])] == ["SOP532"]
    path.write_text(completed("") + "# longer than before\n" * 20)
    assert linter.findings([path]) == []


@pytest.mark.parametrize("arguments", [["--watch", "--format", "json"], ["--watch", "--fix"]])
def test_watching_goes_with_neither_other_formats_nor_mending(
    sop: Sop, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "a.yaml").write_text(completed(""))
    assert sop("lint", "a.yaml", *arguments)[0] == 2


def test_watching_shows_each_save_and_each_new_file_and_ends_with_130(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(completed(STALE))
    terminal = sop_process.AtTerminal("lint", str(tmp_path), "--watch", *ON_DAY)
    terminal.until("SOP532")
    terminal.until("watching")
    (tmp_path / "saved").write_text(completed(""))
    os.replace(tmp_path / "saved", path)
    terminal.until("1 file, nothing to report")
    (tmp_path / "b.yaml").write_text("format: sop/1\n")
    terminal.until("SOP131")
    (tmp_path / "b.yaml").unlink()
    terminal.until("1 file, nothing to report")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.process.wait(timeout=30) == 130


def test_a_bar_is_drawn_where_much_is_looked_at_on_a_terminal(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"p{number}.yaml").write_text(completed(""))
    terminal = sop_process.AtTerminal("lint", str(tmp_path), *ON_DAY)
    terminal.until("25/25")
    assert terminal.process.wait(timeout=60) == 0


def test_what_comes_through_a_pipe_is_to_be_saved(sop: Sop, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in ("-", tmp_path / "pipe"):
        code, out, err = sop("lint", path)
        assert (code, out) == (2, "")
        assert err.startswith(
            f"sop: '{path}' is no file that can be checked\n     Save what comes through a pipe"
        )


def test_a_link_that_leads_nowhere_is_no_file(sop: Sop, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").symlink_to(tmp_path / "nowhere.yaml")
    code, _, err = sop("lint", tmp_path / "broken.yaml")
    assert code == 2
    assert "is no file that can be checked\n     Name a file or a folder." in err
