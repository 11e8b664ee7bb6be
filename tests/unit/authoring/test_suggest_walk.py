"""Ways that no sample leads along: walked with what the proof asks for, and told as a scenario that passes."""

from dataclasses import replace
from pathlib import Path

from sop_runner.authoring import suggest
from sop_runner.authoring.coverage import coverable, own
from sop_runner.base.calendar import Calendar
from sop_runner.base.settings import Settings
from sop_runner.cli.suites import beside, read_suite

HEAD = """
format: sop/1
procedure: way
revision: 1
title: A way
purpose: For suggestions.
effective_from: 2026-10-01
review_by: 2027-10-01
roles: { clerk: Works., chief: Rules. }
by: clerk
"""
ENDS = """
  - end: closed
    result: failed
  - end: other
    result: failed
"""
WAIVED = """
flow:
  - checklist: papers
    items: [{ item: passport, ask: Is it there., answers: [there, lost] }]
    waivable: { by: chief }
  - decision: seen
    decided_by: rule
    outcomes:
      - { outcome: so, when: { papers.passport: { known: true } }, then: closed }
      - { outcome: not-so, then: other }
"""
BACK = """
flow:
  - confirmation: kind
    record: { fields: [{ field: kind, type: choice, choices: [one, two] }] }
  - decision: first
    decided_by: rule
    outcomes:
      - { outcome: one, when: { kind: one } }
      - { outcome: two, then: look }
  - step: pause
    do: Pause it.
    undone_by: [go-on]
  - step: look
    do: Look.
  - decision: both
    decided_by: rule
    outcomes:
      - { outcome: so, when: { pause: open, kind: two } }
      - { outcome: not-so }
  - step: go-on
    only_when: { pause: open }
    do: Go on with it.
    then: closed
"""
DAYS = """
derive: { days: { business_days_between: [opened, shut] }, all_days: { days_between: [opened, shut] } }
flow:
  - confirmation: days
    record: { fields: [{ field: opened, type: date }, { field: shut, type: date }] }
  - decision: many
    decided_by: rule
    outcomes:
      - { outcome: so, when: { days: 7, all_days: 7 }, then: closed }
      - { outcome: not-so, then: other }
"""
WAITED = """
flow:
  - confirmation: when
    record: { fields: [{ field: seen, type: datetime }, { field: until, type: datetime }, { field: order, type: choice, choices: [even, odd] }] }
  - step: call-back
    do: Call.
    wait: { until: until }
  - decision: long
    decided_by: rule
    outcomes:
      - { outcome: so, when: { not: { seen: { within: 8h } }, order: odd }, then: other }
      - { outcome: not-so, then: closed }
"""
SUMMED = """
derive: { total: { sum: [parts.weight, box] } }
flow:
  - confirmation: parcel
    record:
      fields:
        - { field: box, type: number, at_least: 5, at_most: 5 }
        - { field: parts, type: list, at_most: 9, of: [{ field: weight, type: number, at_least: 0, at_most: 40 }] }
  - decision: heavy
    decided_by: rule
    outcomes:
      - { outcome: so, when: { total: 230 }, then: closed }
      - { outcome: not-so, then: other }
"""
CALLEE = """
format: sop/1
procedure: inner
revision: 1
title: Inner
purpose: Is called.
effective_from: 2026-10-01
review_by: 2027-10-01
roles: { clerk: Works. }
by: clerk
flow:
  - confirmation: number
    record: { fields: [{ field: number, type: integer, at_least: 0 }, { field: again, type: integer, at_least: 0 }] }
  - decision: right
    decided_by: rule
    outcomes:
      - { outcome: so, when: { product: 391, number: { more_than: 17 } } }
      - { outcome: not-so, then: done }
  - step: inside
    do: Look round.
  - end: done
    result: failed
""".replace("flow:", "derive: { product: { sum: [number, again] } }\nflow:", 1)
CALL = """
flow:
  - call: ask
    procedure: inner
    revision: 1
    ends: { done: go-on }
    time: { limit: 5m, at_limit: other }
  - step: go-on
    do: Go on.
    then: closed
"""


def suggested(folder: Path, flow: str, **desk: object) -> dict[str, str]:
    """What was suggested: the text by what it covers, or why there is none."""
    (folder / "way.yaml").write_text(HEAD.lstrip() + flow.lstrip("\n") + ENDS.lstrip("\n"))
    suite = read_suite(*beside(folder / "way.yaml"), Settings(), needed=False).suite
    assert suite is not None
    suite = replace(suite, **desk)  # type: ignore[arg-type]
    missing = own(suite.plan, coverable(suite.plan))
    return {one.gap.name: one.why_not or one.text for one in suggest.suggestions(suite, missing)}


def without(found: dict[str, str]) -> list[str]:
    return [f"{name}: {text}" for name, text in found.items() if "scenario:" not in text]


def test_a_ruling_is_told_with_who_made_it(tmp_path: Path) -> None:
    found = suggested(tmp_path, WAIVED)
    assert without(found) == []
    assert "- waive: papers\n" in found["seen: not-so → other"]


def test_who_goes_back_is_told(tmp_path: Path) -> None:
    found = suggested(tmp_path, BACK)
    assert without(found) == []
    assert "- go_back: kind" in found["both: so → go-on"]


def test_days_are_counted_by_the_calendar_of_the_desk(tmp_path: Path) -> None:
    """Where no day is free a week has seven, also far in the east."""
    found = suggested(tmp_path, DAYS, zone="Asia/Shanghai", calendar=Calendar(weekend=frozenset()))
    assert without(found) == []
    (usual,) = without(suggested(tmp_path, DAYS))
    assert usual.startswith("many: so → closed: no way was found")


def test_seconds_are_told_where_they_count(tmp_path: Path) -> None:
    found = suggested(tmp_path, WAITED)
    assert without(found) == []
    assert '- after: "1s"' in found["long: so → other"]
    assert "after" not in found["call-back: done → long"]


def test_rows_come_to_the_sum_that_is_asked_for(tmp_path: Path) -> None:
    found = suggested(tmp_path, SUMMED)
    assert without(found) == []
    assert found["heavy: so → closed"].count("weight: 37.5") == 6


def test_the_limit_of_a_call_is_let_pass_within_it(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(CALLEE.lstrip())
    found = suggested(tmp_path, CALL)
    assert without(found) == []
    assert "at_limit" in found["ask: at_limit → other"]
