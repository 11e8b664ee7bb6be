"""Every wrong file ends in exactly the findings beside it: code, line, column, sentence and fix."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from sop_runner.base.finding import Finding
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import Loaded, load

FOLDER = Path(__file__).parents[2] / "lint" / "err" / "load"
OWN = re.compile(r"SOP(13[0-9]|2[0-9]{2}) ")


def read(name: str) -> Loaded:
    return load((FOLDER / name).read_bytes(), name)


def finder(procedure: str, revision: int) -> Loaded | None:
    match procedure:
        case "callee":
            return read("callee.txt")
        case "broken":
            return read("kinds.yaml")
        case "caller":
            return read("calls.yaml")
        case _:
            return None


def lines_of(findings: Iterable[Finding]) -> str:
    """One line for what is wrong and one for what to do, in the order given."""
    lines = []
    for one in findings:
        related = f" [{one.related.line}:{one.related.column}]" if one.related else ""
        lines.append(f"{one.at.line}:{one.at.column} {one.severity} {one.code} {one.message}{related}")
        lines.append(f"    fix: {one.fix}")
    return "\n".join(lines) + "\n"


def own(text: str) -> str:
    """Without the findings of the YAML reader, which has tests of its own."""
    pairs = re.findall(r"(?m)^(.*)\n(    fix: .*)\n", text)
    return "".join(f"{what}\n{fix}\n" for what, fix in pairs if OWN.search(what))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_findings(path: Path) -> None:
    loaded = read(path.name)
    findings = (*loaded.findings, *resolve(loaded, finder).findings)
    assert own(lines_of(findings)) == path.with_suffix(".out").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_finding_is_complete(path: Path) -> None:
    loaded = read(path.name)
    for finding in (*loaded.findings, *resolve(loaded, finder).findings):
        assert finding.fix, finding
        assert finding.length >= 1
        assert "Input should" not in finding.message
        assert "valid dictionary" not in finding.message


def test_a_file_with_an_error_gives_no_procedure() -> None:
    for path in FOLDER.glob("*.yaml"):
        loaded = read(path.name)
        assert (loaded.procedure is None) == ("calls" not in path.stem), path
        assert (loaded.digest is None) == (loaded.procedure is None)
