"""What is called and never runs alone is mutated under the scenarios of whoever calls it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sop_runner.authoring.mutation.judge import Fate, Judge, subject_of
from sop_runner.base.settings import Settings
from sop_runner.cli.main import app
from sop_runner.cli.suites import beside, read_suite
from sop_runner.machine.plan import compile_plan

HEAD = """
format: sop/1
procedure: {name}
revision: 1
title: {name}
purpose: For mutants.
effective_from: 2026-10-01
review_by: 2027-10-01
roles: {{ clerk: Works. }}
by: clerk
controls: {{ agreed: Agreed., weighed: Weighed. }}
"""
CALLER = """
flow:
  - confirmation: agree
    statement: { of: customer, text: Agreed. }
    satisfies: [agreed]
  - confirmation: parcels
    record:
      fields:
        - { field: sender, type: text, max_length: 20 }
        - { field: parcels, type: list, at_most: 3, of: [{ field: code, type: text, matches: "P-[0-9]{2}" }, { field: stated, type: integer }] }
  - call: each
    procedure: weigh
    revision: 1
    for_each: { code: parcels.code, stated: parcels.stated }
    given: { sender: { field: sender } }
    satisfies: [weighed]
    ends: { wrong: sent-back }
  - end: taken
    result: completed
    requires: [agreed, weighed]
  - end: sent-back
    result: refused
"""
CALLEE = """
case:
  - { field: code, type: text, matches: "P-[0-9]{2}" }
  - { field: stated, type: integer, at_least: 0 }
  - { field: sender, type: text, max_length: 20 }
expects: [agreed]
flow:
  - confirmation: scales
    requires: [agreed]
    record: { fields: [{ field: grams, type: integer, at_least: 1 }] }
    satisfies: [weighed]
  - decision: heavy
    decided_by: rule
    outcomes:
      - { outcome: too-heavy, when: { grams: { more_than: 900 } }, then: wrong }
      - { outcome: right, then: right }
  - end: right
    result: completed
    requires: [weighed]
  - end: wrong
    result: failed
"""
SCENARIOS = """
format: sop-scenarios/1
procedure: counter
scenarios:
  - scenario: a parcel of nothing is none, one of 900 is taken
    as: { clerk: ana }
    do:
      - agree
      - parcels: { sender: Kata, parcels: [{ code: P-01, stated: 900 }] }
      - each[1]/scales: { grams: 0 }
      - refused: grams
      - each[1]/scales: {}
      - refused: grams
      - each[1]/scales: { grams: 900 }
    ends: taken
  - scenario: one of 901 goes back
    as: { clerk: ana }
    do: [agree, { parcels: { sender: Kata, parcels: [{ code: P-01, stated: 900 }] } }, { "each[1]/scales": { grams: 901 } }]
    ends: sent-back
"""


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A caller that hands over a text and rows, its callee, and scenarios that look at the callee."""
    (tmp_path / "counter.yaml").write_text((HEAD.format(name="counter") + CALLER).lstrip())
    (tmp_path / "weigh.yaml").write_text((HEAD.format(name="weigh") + CALLEE).lstrip())
    (tmp_path / "counter.scenarios.yaml").write_text(SCENARIOS.lstrip())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SOP_DESK", raising=False)
    return tmp_path / "counter.yaml"


def judge_of(path: Path) -> Judge:
    suite = read_suite(*beside(path), Settings()).suite
    assert suite is not None
    results = [suite.play(case) for case in suite.cases]
    assert [one.deviation for one in results] == [None, None]
    return Judge(subject_of(suite, [one.coverage for one in results], ("weigh", 1)))


def test_the_callee_has_a_score_of_its_own(counter: Path) -> None:
    done = CliRunner().invoke(app, ["test", "counter.yaml", "--mutate", "--calls", "--jobs", "1", "--json"])
    (told,) = json.loads(done.stdout)
    assert told["mutation"]["file"] == "counter.yaml"
    (called,) = told["mutation_of_calls"]
    assert (called["file"], called["killed"], called["of"]) == ("weigh.yaml", 5, 10)
    fates = {one["change"]: one["fate"] for one in called["mutants"]}
    # The caller lets every whole number through, so only this rule stands between a slip and the scales.
    assert fates["the field 'stated' lost its rule 'at_least: 0'"] == "survived"
    assert fates["the field 'code' lost its rule 'matches: P-[0-9]{2}'"] == "equivalent"
    assert fates["the field 'sender' lost its rule 'max_length: 20'"] == "equivalent"
    assert fates["the field 'grams' lost its rule 'at_least: 1'"] == "killed"
    assert fates["no longer satisfies 'weighed'"] == "caught"
    # Without '--calls', and by itself, it has no score.
    alone = CliRunner().invoke(app, ["test", "counter.yaml", "--mutate", "--jobs", "1"]).stdout
    assert "weigh.yaml" not in alone
    assert "weigh.yaml: never runs alone" in CliRunner().invoke(app, ["test", ".", "--mutate"]).stdout


def test_what_is_called_equivalent_passes_every_scenario(counter: Path) -> None:
    judge = judge_of(counter)
    suite = judge.subject.suite
    equivalent = [n for n in range(len(judge.mutants)) if judge.judge(n).fate is Fate.EQUIVALENT]
    assert equivalent
    for number in equivalent:
        procedure = judge.loaded(number).procedure
        assert procedure is not None
        again = replace(suite, plan=compile_plan(suite.plan.procedure, "", {("weigh", 1): procedure}))
        assert [case.name for case in again.cases if not again.play(case).passed] == []


@pytest.mark.parametrize(
    ("change", "instead"),
    [
        ("max_length: 20 }\n        - { field: parcels", "max_length: 21 }\n        - { field: parcels"),
        ("given: { sender: { field: sender } }", "given: { sender: Kata }"),
        ("    satisfies: [agreed]\n", "    satisfies: [agreed]\n    then: parcels\n  - confirmation: anew\n"
         "    record: { fields: [{ field: sender, type: text }] }\n"),
    ],
)  # fmt: skip
def test_a_rule_that_was_not_asked_before_is_no_equivalent(counter: Path, change: str, instead: str) -> None:
    text = counter.read_text()
    assert change in text
    counter.write_text(text.replace(change, instead, 1))
    judge = judge_of(counter)
    (number,) = (n for n, one in enumerate(judge.mutants) if "'sender' lost its rule" in str(one))
    assert judge.judge(number).fate is not Fate.EQUIVALENT
