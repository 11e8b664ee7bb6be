"""`sop graph`: each format, into a file, and what it says of files that cannot be drawn."""

from pathlib import Path

import pytest
from lxml import etree

from . import sop_process
from .in_process import Sop

PROCEDURES = Path(__file__).resolve().parents[2] / "procedures"
CHANGE = PROCEDURES / "account-change.yaml"


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("text", "account-change r4  Customer"),
        ("mermaid", "flowchart TD"),
        ("dot", 'digraph "account-change r4" {'),
    ],
)
def test_a_format_on_stdout(sop: Sop, form: str, begins: str) -> None:
    code, out, err = sop("graph", CHANGE, "--format", form)
    assert (code, err) == (0, "")
    assert out.startswith(begins)


def test_a_drawing_in_a_file_and_a_language(sop: Sop, tmp_path: Path) -> None:
    file = tmp_path / "drawing.svg"
    code, out, err = sop("graph", CHANGE, "--format", "svg", "--language", "hu", "-o", file)
    assert (code, out, err) == (0, "", f"written: {file}\n")
    root = etree.fromstring(file.read_bytes())
    assert any("Hozzájárulás" in (one.text or "") for one in root.iter())


def test_a_language_that_the_file_lacks_is_told(sop: Sop) -> None:
    code, out, err = sop("graph", PROCEDURES / "plan-change.yaml", "--language", "hu")
    assert code == 0
    assert "Change of plan" in out
    assert "the title is not in 'hu', only in en, zh-Hans" in err


def test_a_callee_that_is_not_at_hand_is_a_box_all_the_same(sop: Sop, tmp_path: Path) -> None:
    alone = tmp_path / "alone.yaml"
    alone.write_bytes((PROCEDURES / "international-roaming-dispute.yaml").read_bytes())
    code, out, err = sop("graph", alone)
    assert code == 0
    assert "locked-out → not-identified" in out
    assert err == "what 'identity' calls is not at hand; only the ends that are named here are drawn\n"


def test_what_cannot_be_drawn_is_told(sop: Sop, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        CHANGE.read_text(encoding="utf-8").replace("then: apply-change", "then: nowhere"), encoding="utf-8"
    )
    code, out, err = sop("graph", bad)
    assert (code, out) == (1, "")  # nothing that a drawing could be taken for
    assert "nowhere" in err
    assert "cannot be drawn before it is free of errors" in err
    code, out, err = sop("graph", CHANGE, "--format", "png")
    assert (code, out) == (2, "")
    assert "There are: text, mermaid, dot, svg." in err
    assert sop("graph", tmp_path / "none.yaml")[0] == 2


def test_a_preview_needs_a_terminal_and_says_what_else_there_is(sop: Sop, tmp_path: Path) -> None:
    code, out, err = sop("preview", CHANGE)
    assert (code, out) == (2, "")
    assert "'sop graph' and 'sop lint'" in err
    assert "there is no file" in sop("preview", tmp_path / "none.yaml")[2]


def test_a_preview_at_a_real_terminal() -> None:
    with sop_process.AtTerminal("preview", str(CHANGE)) as terminal:
        terminal.until("no findings")
        terminal.type("\x11")
        assert terminal.wait() == 0
