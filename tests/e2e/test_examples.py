"""The examples run as their page says, each with the exit code that it states."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STATED = dict(
    re.findall(r"\| \[(\w+\.py)\]\(\1\) \|.*\| (\d) \|", (EXAMPLES / "README.md").read_text("utf-8"))
)
SHOWN = {
    "shift_at_the_desk.py": (
        "--- END: Change made and proved (completed)",
        "--- END: Withdrawn by the customer (withdrawn)",
        "Offered to chen by ana",
        "CLEAN",
    ),
    "interrupted_call.py": (
        "CLEAN",
        "Recap.",
        "STEP: Make the change",
        "--- END: Change made and proved (completed)",
    ),
    "refused_closing.py": (
        "Refused: 'chen' has acted as 'agent'",
        "--- END: With the security desk (failed)",
        "CLEAN",
    ),
}


def test_the_page_names_every_example() -> None:
    scripts = {path.name for path in EXAMPLES.glob("*.py") if "def main" in path.read_text("utf-8")}
    assert set(STATED) == scripts == set(SHOWN)


@pytest.mark.parametrize("script", sorted(SHOWN))
def test_an_example_runs_and_exits_as_stated(script: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONUTF8": "1", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / script)],
        capture_output=True, encoding="utf-8", timeout=100, cwd=tmp_path, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == int(STATED[script]), done.stdout[-3000:] + done.stderr
    at = 0
    for expected in SHOWN[script]:
        at = done.stdout.find(expected, at)
        assert at >= 0, f"'{expected}' is not shown where it belongs"
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"
