"""Suggested scenarios: which ways are found, what is said where none is, and that it takes bounded effort."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sop_runner.authoring import rehearse_search, suggest
from sop_runner.authoring.coverage import coverable, own
from sop_runner.base.settings import Settings
from sop_runner.cli.main import app
from sop_runner.cli.suites import beside, read_suite

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
# 7656289 is 2767 times 2767, which no condition names.
LOCKED = """
  - confirmation: code
    record: { fields: [{ field: a, type: integer, at_most: 3000 }, { field: b, type: integer, at_most: 3000 }] }
  - decision: lock
    decided_by: rule
    outcomes:
      - { outcome: opens, when: { key: 7656289 }, then: inside }
      - { outcome: stays, then: closed }
  - step: inside
    do: Look round.
    otherwise: closed
  - step: further
    do: Go on.
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
    assert found["shares: too-much, used up → closed"].count("share: 100") >= 2


def test_what_lies_behind_a_way_that_was_not_found_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0
    turns = rehearse_search.turns

    def counted(*args: object) -> object:
        nonlocal tried
        for turn in turns(*args):  # type: ignore[arg-type]
            tried += 1
            yield turn

    monkeypatch.setattr(rehearse_search, "turns", counted)
    found = suggested(tmp_path, LOCKED, "derive: { key: { product: [a, b] } }\n")
    assert "scenario:" in found["code: done → lock"]
    assert found["lock: opens → inside"].startswith("no way")
    behind = "it lies behind 'lock: opens → inside', for which there is none"
    assert found["inside: done → further"] == found["further: done → closed"] == behind
    assert tried < suggest.MOST_TRIED + 1_000


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
