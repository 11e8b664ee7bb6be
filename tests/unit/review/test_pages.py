"""The page of a run and the report of a period: what they say, in every form, whatever the texts."""

import csv
import io
import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from sop_runner.desk.counting import counted
from sop_runner.desk.layout import Layout
from sop_runner.desk.receipt import read_receipt
from sop_runner.desk.run_page import run_page
from sop_runner.review.pages.html import html_page
from sop_runner.review.pages.page import RunPage, Table
from sop_runner.review.pages.pdf import _Drawing as drawing
from sop_runner.review.pages.pdf import pdf_page
from sop_runner.review.pages.text import text_page
from sop_runner.wiring import open_desk
from tests.attack.hostile import ACTING
from tests.attack.hostile import TEXTS as HOSTILE
from tests.e2e.sop_process import sop
from tests.exported import played

UTC = ZoneInfo("UTC")
ALWAYS = (date(2020, 1, 1), date(2100, 1, 1))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "desk"
    played(folder, "account-change", most=20)
    return folder


def closed_run(desk: Path) -> str:
    found = counted(Layout(desk, training=True), UTC, *ALWAYS, lambda *_: None)
    rows = found.sections["runs ended"]
    return next(run for labels, row in rows.items() if "completed" in labels for run in row.where)


def page_of(desk: Path, language: str = "en") -> RunPage:
    opened = open_desk(desk, training=True, reading=True)
    try:
        return run_page(opened.context, closed_run(desk), language)
    finally:
        opened.close()


def test_the_page_says_who_what_controls_and_proof(desk: Path) -> None:
    page = page_of(desk)
    facts = dict(page.facts)
    assert facts["Replayed"] == "every entry is one that the procedure allows"
    assert "no ticket is closed" in facts["End"]
    people, controls, recorded, happened = page.tables
    assert {row[0] for row in people.rows} >= {"ana"}
    assert {row[:2] for row in controls.rows} >= {
        ("written-record", "record"), ("two-factor-identity", "identity"), ("consent", "statement"),
        ("log-review", "log_review"),
    }  # fmt: skip
    assert any("•••" in value for _, value in recorded.rows)  # what is sealed stays sealed
    assert happened.rows[-1][-1] == "the run ended: completed"
    opened = open_desk(desk, training=True, reading=True)
    assert not read_receipt(page.proof).doubt(opened.context.ledger.opening.key)
    opened.close()


@pytest.mark.parametrize("language", ["hu", "zh-Hans"])
def test_the_page_speaks_the_reader_s_language(desk: Path, language: str) -> None:
    assert page_of(desk, language).title != page_of(desk).title
    assert page_of(desk, language).tables[3].rows != page_of(desk).tables[3].rows
    done = {"hu": "kész", "zh-Hans": "完成"}[
        language
    ]  # what a checklist answers where its author gave no word
    assert "done" in {row[1] for row in page_of(desk).tables[2].rows}
    assert {row[1] for row in page_of(desk, language).tables[2].rows} & {done, "done"} == {done}


def hostile_page() -> RunPage:
    texts = tuple(HOSTILE.values())
    rows = tuple((text, text) for text in texts)
    return RunPage(texts[0], texts[1], True, rows, texts, (Table("All", ("a", "b"), rows),), "\n".join(texts))


def test_hostile_text_stays_text_in_every_form() -> None:
    page = hostile_page()
    assert not ACTING.search(text_page(page))
    shown = html_page(page, "en")
    assert not ACTING.search(shown.replace("\n", ""))
    tree = html.fromstring(shown)
    assert not tree.xpath("//script|//b|//a|//img")
    assert HOSTILE["sql"] in tree.xpath("//td")[2 * list(HOSTILE).index("sql")].text_content()
    assert pdf_page(page, "zh-Hant").startswith(b"%PDF")


@pytest.mark.parametrize(("title", "said"), [("账户变更", 1), ("Account change", 0)])
def test_a_pdf_says_where_its_chinese_letters_come_from(title: str, said: int) -> None:
    page = RunPage(title, "r1", False, (("a", "b"),), (), (), "proof")
    assert pdf_page(page, "zh-Hans").startswith(b"%PDF")  # which makes the fonts known
    lines = [part for part in drawing("zh-Hans", 8.0).parts(page, 500) if hasattr(part, "getPlainText")]
    assert sum("STSong-Light" in line.getPlainText() for line in lines) == said


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_hungarian_and_chinese_letters_are_in_the_pdf(desk: Path, tmp_path: Path) -> None:
    page = RunPage("Őrült űrhajó árvíztűrő", "tükörfúrógép", False, (("a", "b"),), (), (), "proof")
    (tmp_path / "hu.pdf").write_bytes(pdf_page(page, "hu"))
    text = subprocess.run(
        ["pdftotext", str(tmp_path / "hu.pdf"), "-"], capture_output=True, check=True
    ).stdout
    assert "Őrült űrhajó árvíztűrő" in text.decode()
    (tmp_path / "run.pdf").write_bytes(pdf_page(page_of(desk, "hu"), "hu"))
    told = subprocess.run(["pdfinfo", str(tmp_path / "run.pdf")], capture_output=True, check=True).stdout
    assert b"Pages:           1\n" in told


def test_a_period_counts_what_is_in_it_and_names_the_runs(desk: Path) -> None:
    layout = Layout(desk, training=True)
    found = counted(layout, UTC, *ALWAYS, lambda *_: None)
    started = sum(row.times for row in found.sections["runs started"].values())
    ended = sum(row.times for row in found.sections["runs ended"].values())
    assert started == 20
    assert ended + len(found.open_runs()) == started
    assert found.sections["controls"]["account-change r4", "two-factor-identity", "identity"].times > 0
    assert sum(row.times for row in found.sections["refusals"].values()) > 0
    assert set(found.sections["four-eyes pairs"]) >= {("bela", "ana")}
    before = counted(layout, UTC, date(2020, 1, 1), date(2020, 1, 2), lambda *_: None)
    assert before.entries == 0
    assert not any(before.sections.values())


def test_the_command_writes_every_form(desk: Path, tmp_path: Path) -> None:
    options = ("--training", "--desk", str(desk))
    told = json.loads(sop("audit", "report", "--from", "2020-01-01", "--json", *options).stdout)
    run = told["runs ended"][0]["where"][0]
    assert told["entries"] > 100
    text = sop("audit", "report", "--from", "2020-01-01", *options).stdout
    assert "runs started: 20" in text
    table = sop("audit", "report", "--from", "2020-01-01", "--format", "csv", *options).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["section"] for row in rows} >= {"runs ended", "controls"}
    assert run in [row["where"] for row in rows]  # and nothing behind it
    lines = sop(
        "audit",
        "report",
        "--from",
        "2020-01-01",
        "--format",
        "csv",
        "--output",
        str(tmp_path / "p.csv"),
        *options,
    )
    assert lines.returncode == 0
    assert (tmp_path / "p.csv").read_bytes().decode("utf-8-sig").replace("\r\n", "\n") == table
    assert f"Run        {run}" in sop("audit", "report", run, *options).stdout
    for form, begins in (("html", b"<!DOCTYPE html>"), ("pdf", b"%PDF")):
        target = tmp_path / f"page.{form}"
        done = sop("audit", "report", run, "--format", form, "--output", str(target), *options)
        assert (done.returncode, target.read_bytes()[: len(begins)]) == (0, begins)
        assert (
            sop("audit", "report", run, "--format", form, "--output", str(target), *options).returncode == 2
        )
    assert sop("audit", "report", run, "--format", "csv", *options).returncode == 2
    assert sop("audit", "report", "--from", "yesterday", *options).returncode == 2
    assert sop("audit", "report", "NO-SUCH", *options).returncode == 2
