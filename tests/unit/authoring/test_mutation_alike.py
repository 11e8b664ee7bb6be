"""Mutants that come to the same: neighbours that are never both entered, rules that the first call asks again."""

from pathlib import Path

import pytest

from sop_runner.authoring.mutation.judge import Fate, Judge, subject_of
from sop_runner.base.settings import Settings
from sop_runner.cli.suites import beside, read_suite

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
controls: {{ told: Told. }}
"""
EITHER = """
flow:
  - confirmation: form
    record: { fields: [{ field: way, type: choice, choices: [a, b] }, { field: size, type: integer }] }
  - confirmation: by-post
    only_when: { way: a }
    record: { fields: [{ field: sent, type: text }] }
    satisfies: [told]
  - confirmation: by-call
    only_when: { way: b }
    record: { fields: [{ field: sent, type: text }] }
    satisfies: [told]
  - end: done
    result: transferred
"""
PLAYED = {Fate.KILLED, Fate.SURVIVED}
"""What is left to the scenarios, because nothing else settles it."""
SWAPPED = "'by-post' and 'by-call': stand in the other order"


def judge_of(folder: Path, name: str, flow: str, **others: str) -> Judge:
    for each, text in {name: flow, **others}.items():
        (folder / f"{each}.yaml").write_text((HEAD.format(name=each) + text).lstrip())
    (folder / f"{name}.scenarios.yaml").write_text(
        f"format: sop-scenarios/1\nprocedure: {name}\nscenarios: [{{ scenario: begun, as: {{ clerk: ana }}, do: [note: Good day.] }}]\n"
    )
    suite = read_suite(*beside(folder / f"{name}.yaml"), Settings()).suite
    assert suite is not None
    return Judge(subject_of(suite, [suite.play(case).coverage for case in suite.cases]))


def fate(judge: Judge, words: str) -> Fate:
    (number,) = (n for n, one in enumerate(judge.mutants) if words in str(one))
    return judge.judge(number).fate


def test_of_neighbours_that_are_never_both_entered_either_may_stand_first(tmp_path: Path) -> None:
    assert fate(judge_of(tmp_path, "either", EITHER), SWAPPED) is Fate.EQUIVALENT


@pytest.mark.parametrize(
    ("change", "instead"),
    [
        # Both may be entered.
        ("{ way: b }", "{ way: { one_of: [a, b] } }"),
        # What the first one records decides about the second one.
        ("[{ field: sent, type: text }] }\n    satisfies", "[{ field: sent, type: text }, { field: size, type: integer }] }\n    satisfies"),
        # Whether it is known depends on what was passed over last.
        ("[{ field: sent, type: text }] }\n    satisfies", "[{ field: stamp, type: text }, { field: sent, type: text }] }\n    satisfies"),
        # Something leads to one of them by name.
        ("    satisfies: [told]\n  - confirmation: by-call", "    satisfies: [told]\n    otherwise: by-call\n  - confirmation: by-call"),
    ],
)  # fmt: skip
def test_of_others_the_order_counts(change: str, instead: str, tmp_path: Path) -> None:
    flow = EITHER.replace("{ way: a }", "{ way: a, size: { at_least: 1 } }")
    assert flow.replace(change, instead, 1) != flow
    flow = flow.replace(change, instead, 1)
    assert fate(judge_of(tmp_path, "either", flow), SWAPPED) in PLAYED


CALLER = """
case: [{ field: account, type: text, matches: "A-[0-9]{2}" }]
flow:
  - call: check
    procedure: check
    revision: 1
    given: { account: { field: account } }
    satisfies: [told]
  - end: done
    result: completed
    requires: [told]
"""
CALLEE = """
case: [{ field: account, type: text, matches: "A-[0-9]{2}" }]
flow:
  - confirmation: tell
    statement: { of: customer, text: "{account} is told." }
    satisfies: [told]
  - end: told-them
    result: completed
    requires: [told]
"""
LOST = "the field 'account' lost its rule 'matches: A-[0-9]{2}'"


def test_a_rule_that_the_first_call_asks_again_is_not_missed(tmp_path: Path) -> None:
    assert fate(judge_of(tmp_path, "caller", CALLER, check=CALLEE), LOST) is Fate.EQUIVALENT


@pytest.mark.parametrize(
    ("change", "instead"),
    [
        ("given: { account: { field: account } }", "given: { account: A-11 }"),
        ("flow:\n", "flow:\n  - step: greet\n    say: Good day.\n"),
        ("  - call: check\n", "  - call: check\n    only_when: { account: A-12 }\n"),
    ],
)
def test_a_rule_that_nothing_asks_at_once_is_missed(change: str, instead: str, tmp_path: Path) -> None:
    assert change in CALLER
    judge = judge_of(tmp_path, "caller", CALLER.replace(change, instead, 1), check=CALLEE)
    assert fate(judge, LOST) in PLAYED


def test_a_callee_that_asks_less_does_not_stand_in(tmp_path: Path) -> None:
    callee = CALLEE.replace(', matches: "A-[0-9]{2}"', "")
    assert fate(judge_of(tmp_path, "caller", CALLER, check=callee), LOST) in PLAYED
