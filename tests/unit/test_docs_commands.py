"""Commands in the README and in docs/ are run.

In a fenced block marked `console`, each line that starts with `$ ` runs in bash, the lines of a
block one after the other in one fresh folder that holds copies of procedures/ and examples/. It must
exit with 0, or with what a comment at its end says: `# exits 1`. Other lines show what one sees.
A block marked `sh` is not run: it is for setting up, and its calls of bootstrap.py must be known there.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, list[str]]]:
    """Where each block of `language` starts, as `page:line`, with its command lines."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            if match[1] == language:
                line = text.count("\n", 0, match.start()) + 1
                commands = [row[2:] for row in match[2].splitlines() if row.startswith("$ ")]
                found.append((f"{page.relative_to(ROOT)}:{line}", commands))
    return found


def surroundings(folder: Path) -> dict[str, str]:
    """A user who has nothing but the installed `sop`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOP_", "XDG_"))}
    scripts = str(Path(sys.executable).parent)
    return {
        **kept,
        "HOME": str(folder / "home"),
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)]),
        "NO_COLOR": "1",
    }


@pytest.mark.parametrize(
    ("place", "commands"), [pytest.param(*block, id=block[0]) for block in blocks("console")]
)
def test_commands_in_the_docs_run(place: str, commands: list[str], tmp_path: Path) -> None:
    assert commands, f"{place} shows no command: start its lines with '$ '"
    (tmp_path / "home").mkdir()
    desk = tmp_path / "here"
    desk.mkdir()
    for name in ("procedures", "examples"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, desk / name)
    for command in commands:
        expected = re.search(r"# exits (\d+)$", command)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=desk,
            env=surroundings(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == int(expected[1] if expected else 0), f"{place}: {command}\n{done.stderr}"


def test_the_readme_is_run_at_all() -> None:
    assert any(place.startswith("README.md") for place, _ in blocks("console"))


def test_set_up_commands_are_known_to_bootstrap() -> None:
    known = set(
        re.findall(r"python3 bootstrap\.py (\w+)", (ROOT / "bootstrap.py").read_text(encoding="utf-8"))
    )
    shown = {
        word
        for page in PAGES
        for word in re.findall(r"python3 bootstrap\.py (\w+)", page.read_text(encoding="utf-8"))
    }
    assert {"demo", "test", "lock"} <= shown <= known
