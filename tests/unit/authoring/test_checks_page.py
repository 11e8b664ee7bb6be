"""docs/checks.md says what the catalogue says, and leaves no code out."""

import re
import subprocess
import sys
from pathlib import Path

from sop_runner.authoring.checks import every_check

ROOT = Path(__file__).parents[3]


def test_the_page_is_the_one_that_is_generated() -> None:
    tool = [sys.executable, str(ROOT / "tools" / "checks.py"), "check"]
    assert subprocess.run(tool, cwd=ROOT, check=False).returncode == 0, "run python tools/checks.py"


def test_every_code_stands_on_it_once() -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    told = re.findall(r"(?m)^(?:\| |### )(SOP\d{3})", text)
    assert sorted(told) == list(every_check())


def test_every_code_that_the_source_raises_is_in_the_catalogue() -> None:
    raised = {
        code
        for path in (ROOT / "sop_runner").rglob("*.py")
        for code in re.findall(r'"(SOP\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert raised == set(every_check())
