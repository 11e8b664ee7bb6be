"""What a file may accept of its findings, where, and what becomes of an entry that accepts nothing."""

import pytest

from sop_runner.base.finding import Severity
from sop_runner.lint.accept import Report
from tests.lint.examples import completed, linted

STALE = """\
flow:
  - confirmation: request
    record: {fields: [{field: wish, type: text}]}
    satisfies: [written-record]
    valid_for: 15m
  - section: later
    title: Later
    flow:
      - confirmation: again
        record: {fields: [{field: wish, type: text}]}
        satisfies: [written-record]
        valid_for: 15m
  - end: closed
    result: completed
    requires: [written-record]
"""


def report(*entries: str, flow: str = STALE) -> Report:
    lines = "".join(f"  - {entry}\n" for entry in entries)
    return linted(completed(flow + (f"accept:\n{lines}" if entries else "")).encode(), "sample.yaml")


def codes(of: Report) -> list[str]:
    return [one.code for one in of.findings]


def test_without_an_entry_both_stand() -> None:
    assert codes(report()) == ["SOP532", "SOP532"]


@pytest.mark.parametrize(("at", "line"), [("request", 21), ("again", 28), ("later", 28)])
def test_an_entry_is_about_the_node_or_section_that_it_names(at: str, line: int) -> None:
    of = report(f"{{check: SOP532, at: {at}, because: It is asked for by callers.}}")
    assert codes(of) == ["SOP532"]
    (accepted,) = of.accepted
    assert (accepted.finding.at.line, accepted.because) == (line, "It is asked for by callers.")


def test_an_entry_without_a_place_is_about_the_whole_file() -> None:
    of = report("{check: SOP532, because: It is asked for by callers.}")
    assert (codes(of), len(of.accepted)) == ([], 2)


def test_a_key_of_the_top_and_a_declared_name_are_places() -> None:
    flow = "review_by: 2028-01-15\ncontrols: {written-record: Written., spare-control: Unused.}\n"
    of = report(
        "{check: SOP502, at: review_by, because: The regulator sets this date.}",
        "{check: SOP534, at: spare-control, because: It is kept for the next revision.}",
        flow=flow,
    )
    assert (codes(of), len(of.accepted)) == ([], 2)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{check: SOP532, at: closed, because: It is in order.}", "SOP591"),
        ("{check: SOP532, at: nowhere, because: It is in order.}", "SOP591"),
        ("{check: SOP999, because: It is in order.}", "SOP592"),
        ("{check: SOP301, because: It is in order.}", "SOP592"),
    ],
)
def test_an_entry_that_accepts_nothing_is_a_finding(entry: str, code: str) -> None:
    of = report(entry)
    assert codes(of) == ["SOP532", "SOP532", code]
    assert of.accepted == ()


def test_an_error_stands_whatever_is_accepted() -> None:
    flow = "flow:\n  - end: closed\n    result: completed\n    requires: [written-record]\n"
    of = report("{check: SOP301, at: closed, because: It will be in order.}", flow=flow)
    assert [one.code for one in of.findings if one.severity is Severity.ERROR] == ["SOP301"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{check: SOP532, at: request}", "because"),
        ("{check: SOP532, because: ok}", "for a reason"),
        ("{check: unused, because: It is in order.}", "no code of a check"),
        ("{check: SOP532, becuase: It is in order.}", "becuase"),
    ],
)
def test_an_entry_is_written_in_full(entry: str, said: str) -> None:
    of = report(entry)
    assert of.findings
    assert any(said in one.message for one in of.findings), of.findings


def test_what_is_accepted_is_part_of_the_digest() -> None:
    from sop_runner.procedure.load import load

    entry = "accept: [{check: SOP532, because: It is asked for by callers.}]\n"
    assert load(completed(STALE).encode()).digest != load(completed(STALE + entry).encode()).digest
