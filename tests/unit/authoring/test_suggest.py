"""Suggested scenarios: which ways are found, what is said where none is, and that it takes bounded effort."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sop_runner.authoring import rehearse_search, suggest, suggest_search
from sop_runner.authoring.coverage import coverable, own
from sop_runner.authoring.suite import run_suite
from sop_runner.base.settings import Settings
from sop_runner.cli.main import app
from sop_runner.cli.suggesting import suggest_one
from sop_runner.cli.suites import beside, read_suite
from sop_runner.cli.testing import Outcome
from sop_runner.lint.leading import tries
from sop_runner.lint.leading.steps import Turn

HEAD = """
format: sop/1
procedure: way
revision: 1
title: A way
purpose: For suggestions.
effective_from: 2026-10-01
review_by: 2027-10-01
roles: { clerk: Works. }
by: clerk
flow:
"""
TIMES = """
  - confirmation: paper
    record:
      fields:
        - { field: valid_until, type: date }
        - { field: issued, type: date }
  - confirmation: seen
    record: { fields: [{ field: seen_at, type: datetime }] }
  - decision: order
    decided_by: rule
    outcomes:
      - { outcome: odd, when: { issued: { after: { field: valid_until } } }, then: closed }
      - { outcome: even }
  - decision: valid
    decided_by: rule
    outcomes:
      - { outcome: still, when: { valid_until: { after: { field: today } } } }
      - { outcome: expired, then: closed }
  - decision: old
    decided_by: rule
    outcomes:
      - { outcome: early, when: { issued: { before: 2026-03-01 } }, then: closed }
      - { outcome: late, then: recent }
  - decision: recent
    decided_by: rule
    outcomes:
      - { outcome: long-ago, when: { not: { seen_at: { within: 8h } } }, then: closed }
      - { outcome: just-now, then: closed }
  - end: closed
    result: failed
"""
ROWS = """
  - confirmation: owners
    record:
      fields:
        - { field: owners, type: list, at_most: 3, of: [{ field: share, type: number, at_least: 0, at_most: 100 }] }
  - decision: shares
    decided_by: rule
    outcomes:
      - { outcome: too-much, when: { total: { more_than: 100 } }, then: { to: owners, at_most: 1, otherwise: closed } }
      - { outcome: fits, then: closed }
  - end: closed
    result: failed
"""
PAIRS = """
  - confirmation: sums
    record: { fields: [{ field: book, type: money, currency: EUR }, { field: bank, type: money, currency: EUR }] }
  - decision: differ
    decided_by: rule
    outcomes:
      - { outcome: off-by-some, when: { book: { is_not: { field: bank } } }, then: { to: sums, at_most: 2, otherwise: closed } }
      - { outcome: alike }
  - confirmation: names
    record: { fields: [{ field: said, type: text }, { field: written, type: text }] }
  - decision: spelt
    decided_by: rule
    outcomes:
      - { outcome: otherwise-spelt, when: { said: { is_not: { field: written } } }, then: closed }
      - { outcome: as-said, then: closed }
  - end: closed
    result: failed
"""
# No week is all working days; a proof leaves them to whoever counts.
LOCKED = """
  - confirmation: code
    record: { fields: [{ field: opened, type: date }, { field: closed_on, type: date }] }
  - decision: lock
    decided_by: rule
    outcomes:
      - { outcome: opens, when: { days: 7, working_days: 7 }, then: inside }
      - { outcome: stays, then: closed }
  - step: inside
    do: Look round.
    otherwise: closed
  - step: further
    do: Go on.
  - end: closed
    result: failed
"""
DAYS = "days: { days_between: [opened, closed_on] }, working_days: { business_days_between: [opened, closed_on] }"
SCORED = """
  - checklist: signs
    items:
      - { item: one, ask: One., field: { field: one, type: yes-no } }
      - { item: two, ask: Two., field: { field: two, type: yes-no } }
      - { item: three, ask: Three., only_when: { two: false }, field: { field: three, type: yes-no } }
  - decision: how-many
    decided_by: rule
    outcomes:
      - { outcome: none, when: { seen: 0 }, then: closed }
      - { outcome: all, when: { seen: { at_least: 2 } }, then: closed }
      - { outcome: one, then: closed }
  - end: closed
    result: failed
"""
NEVER = """
  - confirmation: age
    record: { fields: [{ field: age, type: integer, at_least: 0 }] }
  - decision: grown
    decided_by: rule
    outcomes:
      - { outcome: grown-up, when: { age: { at_least: 18 } }, then: asked }
      - { outcome: child, then: closed }
  - step: asked
    do: Ask.
    only_when: { age: { at_least: 10 } }
  - end: closed
    result: failed
"""


def suggested(folder: Path, flow: str, derive: str = "") -> dict[str, str]:
    """What was suggested: the text by what it covers, or why there is none."""
    (folder / "way.yaml").write_text(HEAD.lstrip().replace("flow:\n", f"{derive}flow:\n") + flow.lstrip("\n"))
    suite = read_suite(*beside(folder / "way.yaml"), Settings(), needed=False).suite
    assert suite is not None
    missing = own(suite.plan, coverable(suite.plan))
    return {one.gap.name: one.why_not or one.text for one in suggest.suggestions(suite, missing)}


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each turn that is tried from now on, in a search or on the way that a proof found."""
    tried: list[int] = []
    turns, played = rehearse_search.turns, tries.played

    def counting(*args: object) -> object:
        for turn in turns(*args):  # type: ignore[arg-type]
            tried.append(1)
            yield turn

    def playing(turn: Turn) -> object:
        tried.append(1)
        return played(turn)

    monkeypatch.setattr(rehearse_search, "turns", counting)
    monkeypatch.setattr(tries, "played", playing)
    return tried


def test_times_that_lie_before_and_after_today_and_each_other_are_tried(tmp_path: Path) -> None:
    found = suggested(tmp_path, TIMES)
    assert [name for name, text in found.items() if "scenario:" not in text] == []
    assert "valid_until" in found["valid: still → old"]
    assert "seen_at" in found["recent: long-ago → closed"]


def test_values_that_are_held_against_each_other_alone_differ_once(tmp_path: Path) -> None:
    found = suggested(tmp_path, PAIRS)
    assert [name for name, text in found.items() if "scenario:" not in text] == []
    assert "differ: off-by-some, used up → closed" in found
    assert "spelt: otherwise-spelt → closed" in found


def test_a_sum_that_one_row_cannot_hold_takes_two(tmp_path: Path) -> None:
    found = suggested(tmp_path, ROWS, "derive: { total: { sum: [owners.share] } }\n")
    assert found["shares: too-much, used up → closed"].count("share: ") == 4


def test_what_lies_behind_a_way_that_was_not_found_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = counted(monkeypatch)
    found = suggested(tmp_path, LOCKED, f"derive: {{ {DAYS} }}\n")
    assert "scenario:" in found["code: done → lock"]
    stuck = "no way was found: one that seems to lead there could not be walked past 'code'"
    assert found["lock: opens → inside"] == stuck
    behind = "it lies behind 'lock: opens → inside', for which there is none"
    assert found["inside: done → further"] == found["further: done → closed"] == behind
    assert sum(tried) < suggest_search.MOST_TRIED + 1_000


def test_the_file_that_a_shell_made_before_it_was_written_to_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "way.yaml").write_text(HEAD.lstrip() + TIMES.lstrip("\n"))
    scenarios = tmp_path / "way.scenarios.yaml"
    scenarios.write_text("\n")
    done = CliRunner().invoke(app, ["test", "way.yaml", "--suggest"])
    assert done.exit_code == 0
    scenarios.write_text(done.stdout)
    assert CliRunner().invoke(app, ["test", "way.yaml", "--min-coverage", "100"]).exit_code == 0
    scenarios.write_text("")
    refused = CliRunner().invoke(app, ["test", "way.yaml"])
    assert refused.exit_code == 1
    assert "the file is empty, expected keys and values" in refused.stdout


TOGETHER = """
  - confirmation: both
    by: chief
    not_by: [clerk]
    sign_off: { people: 2 }
  - end: closed
    result: failed
"""


def test_where_several_sign_there_are_as_many_people(tmp_path: Path) -> None:
    (tmp_path / "way.yaml").write_text(
        HEAD.lstrip().replace("roles: { clerk: Works. }", "roles: { clerk: Works., chief: Signs. }")
        + TOGETHER.lstrip("\n")
    )
    suite = read_suite(*beside(tmp_path / "way.yaml"), Settings(), needed=False).suite
    assert suite is not None
    (one,) = suggest.suggestions(suite, own(suite.plan, coverable(suite.plan)))
    assert "as: { clerk: ana, chief: [bela, chen] }" in one.text
    assert "ends: closed" in one.text


def test_what_the_proof_says_of_values_leads_to_scores_and_past_what_is_not_asked(tmp_path: Path) -> None:
    found = suggested(tmp_path, SCORED, "derive: { seen: { count_true: [one, two, three] } }\n")
    assert [name for name, text in found.items() if "scenario:" not in text] == []
    assert "two: false, three: true" in found["how-many: all → closed"]


def test_an_arrow_that_no_values_lead_to_is_said_to_be_one(tmp_path: Path) -> None:
    found = suggested(tmp_path, NEVER)
    assert found["asked: passed over → closed"] == "it never happens: no values lead there"
    assert "scenario:" in found["asked: done → closed"]


STAGE = """
  - step: gather-N
    do: Gather.
    time: { limit: 8h, at_limit: late }
  - confirmation: count-N
    record: { fields: [{ field: book_N, type: integer, at_least: 0 }, { field: bank_N, type: integer, at_least: 0 }] }
  - decision: differs-N
    decided_by: rule
    outcomes:
      - { outcome: large, when: { difference_N: { more_than: 500 } }, then: explain-N }
      - { outcome: small, when: { difference_N: { more_than: 7 } }, then: book-N }
      - { outcome: fits, then: check-N }
  - step: explain-N
    do: Explain.
    otherwise: { to: count-N, at_most: 2, otherwise: late }
  - step: book-N
    do: Book.
  - checklist: check-N
    items: [{ item: whole, ask: Is it whole., answers: [entire, partly], expect: [entire] }]
    otherwise: { to: gather-N, at_most: 1, otherwise: late }
  - step: sign-N
    only_when: { differs-N: large, kind: group }
    do: Sign.
"""
STAGES = 6


def test_a_long_procedure_has_a_scenario_for_each_arrow_with_counted_effort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than forty nodes one after the other: what was decided at the beginning decides at the end."""
    tried = counted(monkeypatch)
    rest = "  - end: closed\n    result: failed\n  - end: late\n    result: failed\n"
    flow = "".join(STAGE.replace("N", f"{number}") for number in range(1, STAGES + 1)) + rest
    sums = "".join(
        f"  minus_{n}: {{ product: [bank_{n}, -1] }}\n  difference_{n}: {{ sum: [book_{n}, minus_{n}] }}\n"
        for n in range(1, STAGES + 1)
    )
    case = "case: [{ field: kind, type: choice, choices: [single, group] }]\n"
    found = suggested(tmp_path, flow, f"{case}derive:\n{sums}")
    assert [name for name, text in found.items() if "scenario:" not in text] == []
    assert len(found) > 10 * STAGES
    assert sum(tried) < 60 * len(found)


def test_each_scenario_is_printed_as_soon_as_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "way.yaml").write_text(HEAD.lstrip() + TIMES.lstrip("\n"))
    heard: list[str] = []

    def stopping(*args: object) -> Iterator[suggest_search.Suggestion]:
        for one in suggest.suggestions(*args):  # type: ignore[arg-type]
            heard.append(capsys.readouterr().out)
            yield one

    monkeypatch.setattr("sop_runner.cli.suggesting.suggestions", stopping)
    outcome = Outcome(read_suite(*beside(tmp_path / "way.yaml"), Settings(), needed=False))
    assert outcome.found.suite is not None
    suggest_one(replace(outcome, tested=run_suite(outcome.found.suite)), None)
    assert heard[0] == ""
    assert heard[1].startswith("format: sop-scenarios/1")
    assert all(text.count("  - scenario: ") == 1 for text in heard[1:])


SHIPPED = Path(__file__).parents[3] / "procedures"
ALONE = (
    "account-change", "account-takeover", "complaint", "data-erasure-request", "factor-reset", "identity-check",
    "international-roaming-dispute", "plan-change", "refund", "remote-diagnosis", "system-outage", "technical-fault", "ticket-triage",
)  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_suggestions_alone_cover_a_shipped_procedure(name: str) -> None:
    suite = read_suite(*beside(SHIPPED / f"{name}.yaml"), Settings()).suite
    assert suite is not None
    suite = replace(suite, cases=())
    found = suggest.suggestions(suite, own(suite.plan, coverable(suite.plan)))
    assert [f"{one.gap.name}: {one.why_not}" for one in found if not one.text] == []
