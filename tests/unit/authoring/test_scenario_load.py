"""Scenario files: what is read, and what an author is told about the rest."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from sop_runner.authoring.scenario import Do
from sop_runner.authoring.scenario_check import check_scenarios
from sop_runner.authoring.scenario_codes import CODES
from sop_runner.authoring.scenario_expand import expand
from sop_runner.authoring.scenario_load import load_scenarios
from sop_runner.authoring.scenario_schema import scenarios_schema
from sop_runner.base.finding import Position
from sop_runner.procedure.base_types import VERBS
from sop_runner.procedure.source import read_source
from tests.unit.authoring.stages import plan_of

ROOT = Path(__file__).parents[3]
HEAD = "format: sop-scenarios/1\nprocedure: account-change\nscenarios:\n"


def items(text: str) -> list[Do]:
    loaded = load_scenarios(f"{HEAD}  - scenario: one\n    do:\n{text}".encode())
    assert loaded.scenarios is not None, loaded.findings
    return list(loaded.scenarios.scenarios[0].do)


def told(text: str) -> list[tuple[str, Position, str, str]]:
    found = load_scenarios((HEAD + text).encode(), "x.scenarios.yaml").findings
    assert all(finding.code in CODES or finding.code.startswith("SOP1") for finding in found)
    return [(finding.code, finding.at, finding.message, finding.fix) for finding in found]


def test_a_node_stands_bare_or_with_its_answer() -> None:
    assert items("    - consent\n    - consent: affirmed\n    - form: { a: 1, b: true }\n") == [
        Do("do", "consent", None, 0),
        Do("do", "consent", "affirmed", 1),
        Do("do", "form", {"a": 1, "b": True}, 2),
    ]


def test_every_verb_is_read() -> None:
    written = """
    - after: 20m
    - refused: no
    - hold: Lunch.
    - resume
    - go_back: a
    - hand_over: chen
    - take_over: chen
    - waive: a
    - waive: { a: { x: 1 } }
    - deviation: { expected: A., happened: B., decided: C. }
    - note: 4711
    - abandon
    - abandon: Gone.
    - leave: Later.
    - through: a
    - by: bela
    - restart
"""
    read = items(written.lstrip("\n"))
    assert {item.verb for item in read} == set(VERBS)
    assert read[7:9] == [Do("waive", "a", None, 7), Do("waive", "a", {"x": 1}, 8)]
    assert str(read[10]) == "note: 4711"
    assert str(read[9]) == "deviation: { expected: A., happened: B., decided: C. }"


@pytest.mark.parametrize(
    ("text", "code", "at", "message", "fix"),
    [
        ("  - scenario: a\n    ende: closed\n", "SOP401", (5, 5), "'ende' is no key of the scenario 'a'", "did you mean 'ends'?"),
        ("  - do: [a]\n", "SOP401", (4, 5), "this scenario has no 'scenario'", "add `scenario`"),
        ("  - scenario: a\n    do: a\n", "SOP402", (5, 9), "'do' is 'a', expected a list", "see `sop schema` for what can stand here"),
        ("  - scenario: a\n    do:\n    - a: b\n      c: d\n", "SOP402", (6, 7), "one item of 'do' has the keys 'a', 'c'", "write each as an item of its own, with a `-` before it"),
        ("  - scenario: a\n    do:\n    - after: soon\n", "SOP402", (6, 7), "'after' is 'soon', expected a duration", "write a number and s, m, h, d or y, such as 20m"),
        ("  - scenario: a\n    do:\n    - resume: now\n", "SOP402", (6, 7), "'resume' takes nothing", "write `- resume`"),
        ("  - scenario: a\n    do:\n    - hold\n", "SOP402", (6, 7), "'hold' says nothing more", "write `hold: …` with what it takes"),
        ("  - scenario: a\n    do:\n    - consent:\n", "SOP402", (6, 7), "'consent' is empty", "write `- consent` without the colon, or an answer after it"),
        ("  - scenario: a\n    do:\n    - deviation: { expected: A. }\n", "SOP402", (6, 7), "a deviation is a map, expected what was expected, happened and was decided", "write {expected: …, happened: …, decided: …}"),
        ("  - scenario: a\n  - scenario: a\n", "SOP404", (5, 15), "two scenarios are called 'a'", "give each a name of its own"),
        ("  - scenario: a\n    ends: x\n    at: z\n", "SOP405", (6, 5), "'a' expects both an end and to be still open", "keep `ends` or `at`"),
        ("  - scenario: a\n    matrix: { x: 1 }\n", "SOP402", (5, 18), "a name of 'matrix' is the number 1, expected a list of values", "write [a, b]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place_and_a_fix(
    text: str, code: str, at: tuple[int, int], message: str, fix: str
) -> None:
    assert told(text) == [(code, Position(*at), message, fix)]


def test_a_file_of_another_kind_is_no_scenario_file() -> None:
    assert load_scenarios(b"- a\n").findings[0].message == "a scenario file is a map of keys, this is a list"
    (finding,) = load_scenarios(b"# nothing yet\n").findings
    assert finding.message == "the file is empty, expected keys and values"
    assert "'format: sop-scenarios/1'" in finding.fix
    (finding, *_) = load_scenarios(b"format: sop/1\nprocedure: a\nscenarios: [{scenario: a}]\n").findings
    assert finding.message == "'format' is 'sop/1', expected 'sop-scenarios/1'"


def test_names_are_held_against_the_procedure() -> None:
    text = (
        HEAD
        + """
  - scenario: names
    as: { agnet: ana }
    case: { phone: 1 }
    do: [open-tickets, { through: consent }, { go_back: nowhere }]
    ends: close
    never: [apply-chnge]
"""
    )
    loaded = load_scenarios(text.encode())
    cases, _ = expand(loaded, lambda name: None)
    plan = plan_of(ROOT / "procedures" / "account-change.yaml")
    found = [(f.at.line, f.message, f.fix) for f in check_scenarios(loaded, cases, plan)]
    assert found == [
        (6, "the procedure has no role 'agnet'", "did you mean 'agent'?"),
        (7, "the procedure has no case field 'phone'", "use the name of a case field of the procedure"),
        (8, "the procedure has no node 'open-tickets'", "did you mean 'open-ticket'?"),
        (8, "the procedure has no node 'nowhere'", "use the name of a node of the procedure"),
        (9, "the procedure has no end 'close'", "did you mean 'closed'?"),
        (10, "the procedure has no node 'apply-chnge'", "did you mean 'apply-change'?"),
    ]
    other = plan_of(ROOT / "procedures" / "identity-check.yaml")
    (finding,) = check_scenarios(loaded, cases, other)
    assert finding.message == "these are scenarios of 'account-change', the procedure is 'identity-check'"


REAL = sorted((ROOT / "procedures").glob("*.scenarios.yaml"))


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name.partition(".")[0])
def test_the_schema_takes_what_the_loader_takes(path: Path) -> None:
    def plain(value: object) -> object:
        return json.loads(json.dumps(value, default=float))

    validator = Draft202012Validator(scenarios_schema())
    assert [
        error.message for error in validator.iter_errors(plain(read_source(path.read_bytes()).data))
    ] == []


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    validator = Draft202012Validator(scenarios_schema())
    good = {"format": "sop-scenarios/1", "procedure": "a", "scenarios": [{"scenario": "x"}]}
    assert validator.is_valid(good)
    for wrong in (
        {**good, "format": "sop/1"},
        {**good, "scenarios": []},
        {**good, "scenarios": [{"scenario": "x", "ende": "y"}]},
        {**good, "scenarios": [{"scenario": "x", "do": [{"a": 1, "b": 2}]}]},
        {**good, "scenarios": [{"scenario": "x", "do": [{"after": "soon"}]}]},
    ):
        assert not validator.is_valid(wrong)
