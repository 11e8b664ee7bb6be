"""Every rule is shown by a wrong file with exactly these findings, and is silent about its cure."""

import re
from pathlib import Path

import pytest

from sop_runner.base.finding import Severity
from sop_runner.lint.catalogue import PROOFS, RULES
from sop_runner.lint.lint import lint
from sop_runner.machine.plan import compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.generators import sample
from tests.lint.examples import ERR, FOLDER, OK, TODAY, WITHOUT_EXAMPLE, completed, examples, linted, told

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
    for path in FILES:
        assert "    fix: \n" not in path.with_suffix(".out").read_text(encoding="utf-8"), path
    for rule in RULES:
        assert rule.sentence.endswith("."), rule.code
        assert len(rule.explanation) > 40, rule.code


@pytest.mark.parametrize("seed", range(0, 400, 10))
def test_of_any_procedure_what_is_found_is_in_order_and_said_once(seed: int) -> None:
    """Rules hold nothing for granted that a proof would have to show first."""
    drawn = sample(seed)
    main = load(drawn.text(), "main.yaml")
    callees = [load(drawn.text(tree), f"callee-{index}.yaml") for index, tree in enumerate(drawn.callees)]
    found = {(c.procedure.procedure, c.procedure.revision): c for c in callees if c.procedure is not None}
    resolved = resolve(main, lambda name, revision: found.get((name, revision)))
    assert main.procedure is not None
    plan = compile_plan(main.procedure, main.digest or "", resolved.procedures)
    files = {**resolved.callees, (main.procedure.procedure, main.procedure.revision): main}
    report = lint(plan, files, main.findings, TODAY)
    places = [(one.file, one.at, one.code, one.message) for one in report.findings]
    assert places == sorted(set(places))
    severities = {rule.code: rule.severity for rule in RULES}
    for one in report.findings:
        assert one.fix
        assert severities.get(one.code, one.severity) == one.severity
        assert (one.severity is Severity.ERROR) == (one.code in {rule.code for rule in PROOFS})
