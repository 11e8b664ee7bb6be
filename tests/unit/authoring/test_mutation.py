"""Mutants: which there are, which fate each has, and that nothing changes it."""

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sop_runner.authoring.mutation import parallel
from sop_runner.authoring.mutation.edits import GONE, edited
from sop_runner.authoring.mutation.judge import Fate, Judge, Subject, Verdict, subject_of
from sop_runner.authoring.mutation.parallel import judge_all, score
from sop_runner.authoring.suite import Suite
from sop_runner.base.settings import Settings
from sop_runner.cli.suites import beside, read_suite
from sop_runner.machine.plan import compile_plan
from sop_runner.procedure.load import load
from tests.unit.authoring.stages import plan_of

HERE = Path(__file__).parent / "tested"
FULL = """
format: sop-scenarios/1
procedure: parcel
scenarios:
  - scenario: a plain parcel
    as: { clerk: ana }
    do:
      - parcel: { value: -1 }
      - refused: at least 0
      - parcel: { value: 0 }
      - who: { document: pass }
      - who: { parcel-number: pass }
      - hand-out
    ends: handed-out
    never: [release]
  - scenario: the highest value that needs no manager
    as: { clerk: ana, manager: bela }
    do: [{ parcel: { value: 99 } }, who]
    at: hand-out
  - scenario: nobody knows who it is
    as: { clerk: ana }
    do: [{ parcel: { value: 20 } }, { who: { document: fail } }, { who: { document: fail } }]
    ends: kept
  - scenario: a valuable one waits too long after its release
    as: { clerk: ana, manager: bela }
    do:
      - parcel: { value: 100 }
      - who
      - by: ana
      - release
      - refused: clerk
      - release
      - after: 11m
      - hand-out
      - refused: released
      - go_back: release
      - release: declined
    ends: kept
""".lstrip()


def suite_of(scenarios: str) -> Suite:
    from sop_runner.authoring.scenario_expand import expand
    from sop_runner.authoring.scenario_load import load_scenarios

    path = HERE / "parcel.yaml"
    loaded = load_scenarios(scenarios.encode())
    assert loaded.findings == ()
    cases, found = expand(loaded, lambda name: None)
    assert found == ()
    main = load(path.read_bytes(), path.name)
    return Suite(plan_of(path), {("parcel", 1): main}, loaded.source, cases)


def judge_of(scenarios: str) -> Judge:
    suite = suite_of(scenarios)
    results = [suite.play(case) for case in suite.cases]
    assert [(one.scenario, one.deviation) for one in results if not one.passed] == []
    return Judge(subject_of(suite, [one.coverage for one in results]))


def told(judge: Judge, verdicts: tuple[Verdict, ...], fate: Fate) -> list[str]:
    return [str(judge.mutants[one.number]) for one in verdicts if one.fate is fate]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return judge_of(FULL)


@pytest.fixture(scope="module")
def verdicts(judge: Judge) -> tuple[Verdict, ...]:
    return judge_all(judge, 1, 600, lambda verdict: None)


def test_good_scenarios_notice_every_mutant_that_anybody_could(
    judge: Judge, verdicts: tuple[Verdict, ...]
) -> None:
    assert told(judge, verdicts, Fate.SURVIVED) == []
    assert score(verdicts) == (22, 22)
    # Each act and end is proved to hold what it asks for, so one request less changes no run.
    assert told(judge, verdicts, Fate.EQUIVALENT) == [
        "'hand-out': no longer requires 'known-person'",
        "'hand-out': no longer invalidates 'known-person'",
    ]


def test_what_the_checks_find_says_which(judge: Judge, verdicts: tuple[Verdict, ...]) -> None:
    caught = {str(judge.mutants[one.number]): one.by for one in verdicts if one.fate is Fate.CAUGHT}
    assert len(caught) == 10
    assert caught["'release': no longer satisfies 'released'"].startswith(
        "SOP301: 'hand-out' requires 'released'"
    )
    assert caught["'parcel': the field 'value' may be left out"].startswith("SOP310: ")


def test_a_scenario_less_lets_a_known_mutant_live() -> None:
    """Without the case at 99 nobody tells 100 from 99; without the wait nobody sees that a release is asked for."""
    without = FULL.replace("value: 99 }", "value: 98 }").replace(
        "      - after: 11m\n      - hand-out\n      - refused: released\n", ""
    )
    judge = judge_of(without)
    verdicts = judge_all(judge, 1, 600, lambda verdict: None)
    assert told(judge, verdicts, Fate.SURVIVED) == [
        "'worth': valuable: no longer imposes 'released'",
        "'worth': valuable: 'value: { at_least: 100 }' became '{ at_least: 99 }'",
        "'release': what it gains never grows stale (it was '10m')",
        "'release': 'valid_for' is 20m, not 10m",
        "'hand-out': it can be gone back over",
    ]


def test_several_processes_come_to_the_same(judge: Judge, verdicts: tuple[Verdict, ...]) -> None:
    assert len(judge.mutants) >= parallel.WORTH_IT
    assert judge_all(judge, 2, 600, lambda verdict: None) == verdicts


def test_a_subject_survives_being_sent_to_another_process(
    judge: Judge, verdicts: tuple[Verdict, ...]
) -> None:
    sent: Subject = pickle.loads(pickle.dumps(judge.subject))
    again = Judge(sent)
    assert again.mutants == judge.mutants
    assert [again.judge(number) for number in (0, 3, 25)] == [verdicts[number] for number in (0, 3, 25)]


def test_no_mutant_is_the_procedure_or_another_mutant(judge: Judge) -> None:
    data = judge.subject.target.source.data
    assert isinstance(data, Mapping)
    trees = [data, *(edited(data, mutant.edits) for mutant in judge.mutants)]
    assert all(one != other for index, one in enumerate(trees) for other in trees[:index])


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("a", 1), 9, {"a": [1, 9], "b": {"c": 3}}),
        (("b", "c"), GONE, {"a": [1, 2], "b": {}}),
        (("b", "d", "e"), 4, {"a": [1, 2], "b": {"c": 3, "d": {"e": 4}}}),
        (("b",), GONE, {"a": [1, 2]}),
    ],
)
def test_an_edit_leaves_the_tree_as_it_was(path: Any, value: Any, expected: Any) -> None:
    tree = {"a": [1, 2], "b": {"c": 3}}
    assert edited(tree, [(path, value)]) == expected
    assert tree == {"a": [1, 2], "b": {"c": 3}}


CONDITIONS = """
format: sop/1
procedure: conditions
revision: 1
title: Conditions
purpose: For mutants.
effective_from: 2026-10-01
review_by: 2027-10-01
roles: { clerk: Works. }
by: clerk
flow:
  - confirmation: form
    record: { fields: [{ field: way, type: choice, choices: [a, b, c] }, { field: size, type: integer, at_least: 1, at_most: 9 }] }
  - decision: which
    decided_by: rule
    outcomes: [%s]
  - end: one
    result: failed
  - end: two
    result: refused
  - end: three
    result: withdrawn
"""


@pytest.mark.parametrize(
    ("outcomes", "equivalent"),
    [
        # Tried in another order they choose the same: nothing is both.
        ("{ outcome: x, when: { way: a }, then: one }, { outcome: y, when: { way: b }, then: two }, { outcome: z, then: three }", ["'which': 'y' is tried before 'x'"]),
        # What is more than the field takes never counts, one more or less.
        ("{ outcome: x, when: { any: [{ size: { at_least: 11 } }, { way: a }] }, then: one }, { outcome: z, then: three }", ["'which': x: 'any' no longer looks at '{ size: { at_least: 11 } }'", "'which': x: 'size: { at_least: 11 }' became '{ more_than: 11 }'", "'which': x: 'size: { at_least: 11 }' became '{ at_least: 10 }'"]),
        ("{ outcome: x, when: { size: { at_least: 5 } }, then: one }, { outcome: y, when: { size: { at_least: 3 } }, then: two }, { outcome: z, then: three }", []),
    ],
)  # fmt: skip
def test_conditions_that_choose_alike_are_equivalent(
    outcomes: str, equivalent: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "conditions.yaml"
    path.write_text((CONDITIONS % outcomes).lstrip())
    main = load(path.read_bytes(), path.name)
    assert main.procedure is not None, main.findings
    suite = Suite(plan_of(path), {("conditions", 1): main}, main.source, ())
    judge = Judge(subject_of(suite, ()))
    verdicts = judge_all(judge, 1, 600, lambda verdict: None)
    found = [
        str(judge.mutants[one.number]) for one in verdicts if one.by == "no values tell the conditions apart"
    ]
    assert found == equivalent


BANK = Path(__file__).parents[1] / "run" / "scenario_bank"


@pytest.mark.parametrize(
    "name", ["freshness", "jumps", "passed-over-again", "retried-call", "sign-offs", "waivers"]
)
def test_what_is_called_equivalent_passes_every_scenario(name: str) -> None:
    path = BANK / f"{name}.yaml"
    found = read_suite(*beside(path), Settings())
    suite = found.suite
    assert suite is not None
    judge = Judge(subject_of(suite, [suite.play(case).coverage for case in suite.cases]))
    callees = suite.plan.callees
    numbers = range(len(judge.mutants))
    equivalent = [number for number in numbers if judge.judge(number).fate is Fate.EQUIVALENT]
    assert equivalent
    for number in equivalent:
        procedure = judge.loaded(number).procedure
        assert procedure is not None
        again = replace(suite, plan=compile_plan(procedure, "", callees))
        assert [case.name for case in again.cases if not again.play(case).passed] == [], judge.mutants[number]
