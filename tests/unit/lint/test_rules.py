"""Every rule is shown by a wrong file with exactly these findings, and is silent about its cure."""

import re
from pathlib import Path

import pytest

from sop_runner.lint.catalogue import RULES
from tests.lint.examples import ERR, FOLDER, OK, WITHOUT_EXAMPLE, completed, examples, linted, told

FILES = sorted([*ERR.glob("*.yaml"), *OK.glob("*.yaml"), *(FOLDER / "err" / "more").glob("*.yaml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_what_is_found_is_told_exactly_so(path: Path) -> None:
    assert told(linted(path.read_bytes(), path.name)) == path.with_suffix(".out").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", examples(), ids=lambda rule: rule.code)
def test_the_example_of_a_rule_shows_it_and_nothing_else(rule: object) -> None:
    assert isinstance(rule, type(RULES[0]))
    name = f"{rule.code}-{rule.name}"
    assert (ERR / f"{name}.yaml").read_text(encoding="utf-8") == completed(rule.bad)
    assert (OK / f"{name}.yaml").read_text(encoding="utf-8") == completed(rule.good)
    codes = re.findall(r"(?m)^\S+ \w+ (SOP\d+) ", (ERR / f"{name}.out").read_text(encoding="utf-8"))
    assert codes == [rule.code]
    assert "accepted" in (said := (OK / f"{name}.out").read_text(encoding="utf-8")) or said == ""


def test_every_code_is_shown_by_a_wrong_file() -> None:
    shown = {code for path in FILES for code in re.findall(r"SOP\d+", path.with_suffix(".out").read_text())}
    assert {rule.code for rule in RULES} - shown == WITHOUT_EXAMPLE


def test_codes_and_names_are_unique_and_every_rule_explains_itself() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.sentence.endswith("."), rule.code
        assert len(rule.explanation) > 40, rule.code
