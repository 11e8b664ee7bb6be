"""The repository itself: lock files, the one check, and what its pages promise."""

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sop_runner.audit.findings import Code

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Package → its one version and how many hashes stand behind it."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[str, int]] = {}
    for row in text.splitlines():
        if row.strip() and not row.lstrip().startswith("#"):
            match = re.fullmatch(r"([\w.-]+)==([\w.]+)[ ;].*", row)
            assert match, f"{name} has a line that is no pin: {row}"
            found[canonicalize_name(match[1])] = (match[2], row.count("--hash=sha256:"))
    return found


# Lock files


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_the_file_names_no_place(name: str) -> None:
    assert all(hashes > 0 for _, hashes in pins(name).values())
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|^\s*-[-if]|@ ", text.replace("    --hash=", ""), re.MULTILINE)


def test_the_locks_answer_to_pyproject() -> None:
    wanted = {
        "requirements.lock": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"],
        "requirements-dev.lock": PROJECT["project"]["optional-dependencies"]["dev"],
    }
    for name, requirements in wanted.items():
        locked = pins(name)
        for requirement in map(Requirement, requirements):
            version, _ = locked.get(canonicalize_name(requirement.name), ("", 0))
            assert version, f"{name} lacks {requirement}: run 'python3 bootstrap.py lock'"
            assert requirement.specifier.contains(version), f"{name} has {requirement.name} {version}"


def test_tests_run_with_the_versions_that_users_get() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


# The check, and what the pages say


def test_ci_runs_exactly_the_test_command_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    last = script.read_text(encoding="utf-8").splitlines()[-1]
    assert last == "python3 bootstrap.py test"
    assert f"\n{last}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    home = re.compile(r"(^|[^A-Za-z0-9_.])/" + r"(work|farm|root|home/\w+|Users/\w+)/", re.MULTILINE)
    wrong = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(ROOT)}: {found[0].strip()}" for found in home.finditer(text)]
    assert not wrong


PROVING = ("assurance.md", "threat-model.md")
"""Pages whose every claim names the test that shows it."""


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def named_tests() -> list[tuple[str, str]]:
    found = re.findall(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`", "".join(map(page, PROVING)))
    return sorted(set(found))


@pytest.mark.parametrize(("path", "function"), named_tests())
def test_pages_that_prove_name_tests_that_exist(path: str, function: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
    }
    names |= {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert not function or function in names, f"a page names {path}::{function}"


def test_every_promise_has_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \|.*$", page("assurance.md"), re.MULTILINE)
    lines = page("assurance.md").splitlines()
    bare = [line for line in lines if re.match(r"\| \d+ \|", line) and "`tests/" not in line]
    assert {int(number) for number in rows} == set(range(1, 8))
    assert not bare


def test_every_attack_names_the_test_that_tries_it_and_every_code_has_an_attack() -> None:
    text = page("threat-model.md")
    tables = re.findall(r"^(\|.*\| test \|)\n\|[-|]+\|\n((?:\|.*\|\n)+)", text, re.MULTILINE)
    rows = [row for _, table in tables for row in table.splitlines()]
    assert len(rows) > 50
    assert [row for row in rows if "`tests/" not in row.rpartition(" | ")[2]] == []
    assert {str(code) for code in Code} <= set(re.findall(r"`([A-Z_]+)`", text))


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def headings(page: Path) -> set[str]:
    """What a link after # may name."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_links_into_a_page_name_a_heading_of_it() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target, heading in re.findall(
            r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8")
        ):
            there = page.parent / target if target else page
            assert heading in headings(there), f"{page.relative_to(ROOT)} links to {target}#{heading}"


def test_other_names_for_our_things_stay_out() -> None:
    """docs/vocabulary.md says which word a thing has; these are the ones that creep in."""
    banned = re.compile(
        r"\b(workflows?|playbooks?|tamper-?proof|(?:procedure|run|process) instances?)\b", re.IGNORECASE
    )
    pages = [path for path in tracked() if path.suffix == ".md" and path.name != "vocabulary.md"]
    for path in [*pages, *(path for path in tracked() if path.is_relative_to(ROOT / "sop_runner"))]:
        if path.suffix not in {".py", ".md", ".po", ".tcss"}:
            continue
        found = banned.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(ROOT)} says '{found and found[0]}': see docs/vocabulary.md"
