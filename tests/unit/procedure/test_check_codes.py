"""Every code has a name and a sentence, is raised somewhere, and is shown by a wrong file."""

import re
from pathlib import Path

from sop_runner.procedure.check_codes import CODES

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "sop_runner" / "procedure"
WRONG = ROOT / "tests" / "lint" / "err" / "load"
USED = re.compile(r"SOP(?:13[0-9]|2[0-9]{2})")


def found(paths: list[Path]) -> set[str]:
    return {code for path in paths for code in USED.findall(path.read_text(encoding="utf-8"))}


def test_the_table_holds_exactly_the_codes_that_are_raised() -> None:
    sources = [path for path in SOURCES.rglob("*.py") if path.name != "check_codes.py"]
    assert found(sources) == set(CODES)


def test_every_code_is_shown_by_a_wrong_file() -> None:
    # SOP139 is about how many there are; the test of hostile files shows it.
    assert set(CODES) - found(list(WRONG.glob("*.out"))) == {"SOP139"}


def test_names_are_unique() -> None:
    names = [name for name, _ in CODES.values()]
    assert len(names) == len(set(names))
