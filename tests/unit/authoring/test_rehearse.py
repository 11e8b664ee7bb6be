"""The driver: what it says of a scenario that is not as written, and how samples find their way."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from sop_runner.acting.cast import Cast, NobodyMapped
from sop_runner.authoring.rehearse import rehearse
from sop_runner.authoring.rehearse_stage import DoesNotRestore, MemoryStage
from sop_runner.authoring.rehearse_story import Line, Result
from sop_runner.authoring.scenario import Do
from sop_runner.base.finding import Position
from tests.unit.authoring.stages import plan_of, played, rehearsed, scenarios_of

ROOT = Path(__file__).parents[3]
PROCEDURE = """
format: sop/1
procedure: small
revision: 1
title: Small
purpose: For the driver.
effective_from: 2026-10-01
review_by: 2027-10-01
roles: { agent: Works., supervisor: Signs. }
by: agent
case: [{ field: level, type: integer, required: false }]
controls: { seen: Seen. }
derive: { double: { product: [amount, 2] } }
flow:
  - step: begin
    do: Begin.
  - confirmation: form
    record: { fields: [{ field: amount, type: integer }, { field: remark, type: text, keep: digest }] }
  - decision: size
    decided_by: rule
    outcomes: [{ outcome: large, when: { double: { more_than: 100 } }, then: sign }, { outcome: small }]
  - step: wait-a-bit
    wait: 5m
    do: Wait.
    then: last
  - confirmation: sign
    by: supervisor
    not_by: agent
    sign_off: { blind: [remark] }
  - decision: last
    decided_by: answer
    time: { limit: 1h, at_limit: late }
    outcomes: [{ outcome: good, then: closed }, { outcome: bad, then: failed }]
  - end: closed
    result: completed
    closes_ticket: false
  - end: failed
    result: failed
  - end: late
    result: failed
""".lstrip()


def play(scenario: str) -> Result:
    return played(PROCEDURE, f"  - scenario: one\n    as: {{ agent: ana, supervisor: bela }}\n{scenario}")


def deviation(scenario: str) -> tuple[int, int, str]:
    found = play(scenario).deviation
    assert found is not None
    return found.at.line, found.at.column, found.message


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("    do: [begin, { form: { amount: many, remark: x } }]\n    at: form\n", (6, 17, "'form: { amount: many, remark: x }' was refused: ")),
        ("    do: [begin, { refused: form }]\n", (6, 17, "'begin' was accepted, it should have been refused with 'form'")),
        ("    do: [form, { refused: elsewhere }]\n", (6, 16, "the refusal does not say 'elsewhere': 'form' is not the current item, 'begin' is")),
        ("    do: [begin]\n    ends: closed\n", (7, 5, "the run should have ended at 'closed', it still stands at 'form'")),
        ("    do: [abandon]\n    ends: closed\n", (7, 5, "the run should have ended at 'closed', it ended at 'abandoned'")),
        ("    do: [begin]\n    at: begin\n", (7, 5, "the run should stand at 'begin', it stands at 'form'")),
        ("    do: [begin]\n    never: [begin]\n", (7, 5, "'begin' should never be entered, it was: 'start' led there")),
        ("    do: [begin]\n    never: [began]\n", (7, 5, "'began' is no node; did you mean 'begin'?")),
        ("    do: [begin, { form: { amount: 3, remark: x } }]\n    know: { amount: 3, double: 7 }\n", (7, 24, "'double' should be 7, it is 6")),
        ("    do: [begin]\n    know: { ammount: 3 }\n", (7, 13, "'ammount' should be 3, it is not known; did you mean 'amount'?")),
        ("    do: [begin]\n    know: { amount: 3 }\n", (7, 13, "'amount' should be 3, it is not known")),
        ("    do: [begin, { form: { amount: 3, remark: x } }]\n    know: { amount: x }\n", (7, 13, "'amount' should be x, which is no value of it: ")),
        ("    do: [nowhere]\n", (6, 10, "the procedure has no node 'nowhere'")),
        ("    do: [{ through: nowhere }]\n", (6, 10, "the procedure has no node 'nowhere'")),
        ("    do: [{ through: closed }, { through: begin }]\n", (6, 31, "no way with sample answers leads from 'closed' through 'through: begin'")),
        ("    do: [abandon, { waive: { begin: maybe } }]\n", (6, 19, "a ruling is 'waived', 'again' or 'stop', not 'maybe'")),
        ("    starts: noon\n", (6, 5, "'noon' is no time to start at; write it as 2026-11-23T09:00")),
        ("    case: { level: high }\n    do: [begin]\n", (6, 5, "'start' was refused: ")),
        ("    case: { level: high }\n    do: [{ refused: level }, begin]\n", (7, 30, "'begin' cannot be done: the run never started")),
    ],
)  # fmt: skip
def test_the_first_deviation_is_explained_at_its_place(scenario: str, expected: tuple[int, int, str]) -> None:
    line, column, message = deviation(scenario)
    assert (line, column) == expected[:2]
    assert message.startswith(expected[2])


def test_the_story_says_who_did_what_and_where_it_led() -> None:
    result = play(
        "    starts: 2026-11-23T09:00\n    do: [begin, { after: 5m }, { form: { amount: 60, remark: x } }, { by: ana }, sign, { refused: ana }, sign]\n    at: last\n"
    )
    assert result.passed
    assert [(line.asked, line.people, line.at) for line in result.story] == [
        ("start", ("ana",), "begin"),
        ("begin", ("ana",), "form"),
        ("after: 5m", (), "form"),
        ("form: { amount: 60, remark: x }", ("ana",), "sign"),
        ("sign", ("ana",), "sign"),
        ("sign", ("bela",), "last"),
    ]
    assert "'ana' has acted as 'agent'" in result.story[4].refused
    assert result.story[1].recorded == ("NodeDone begin → form by ana as agent",)
    assert result.story[3].recorded[1] == "DecisionTaken size large → sign"
    assert result.story[3].when == datetime.fromisoformat("2026-11-23T09:05:00+00:00")


def test_progress_is_told_line_by_line() -> None:
    path = ROOT / "procedures" / "identity-check.scenarios.yaml"
    loaded, (case, *_) = scenarios_of(path)
    told: list[Line] = []
    plan = plan_of(ROOT / "procedures" / "identity-check.yaml")
    result = rehearse(case, MemoryStage(plan), loaded.source, told.append)
    assert tuple(told) == result.story


def test_coverage_is_collected_from_what_happened() -> None:
    covered = play("    do: [begin, { form: { amount: 60, remark: x } }, sign, { last: good }]\n").coverage
    assert covered.nodes == {"begin", "form", "size", "sign", "last", "closed"}
    assert covered.arrows == {("begin", "done"), ("form", "done"), ("sign", "done")}
    assert covered.outcomes == {("size", "large"), ("last", "good")}


def test_through_takes_the_shortest_way_and_the_node_too() -> None:
    assert play("    do: [{ through: begin }]\n    at: form\n").passed
    assert play("    do: [{ through: size }]\n    at: wait-a-bit\n").passed
    assert play("    do: [{ through: wait-a-bit }]\n    at: last\n").passed
    signed = play("    do: [{ through: sign }]\n    at: last\n    know: { size: large }\n")
    assert signed.passed, signed.deviation
    assert play("    do: [{ through: failed }]\n    ends: failed\n").passed


@pytest.mark.parametrize("node", ["credited", "manager-approval", "not-justified", "identity/not-reached"])
def test_through_finds_its_way_in_a_large_procedure(node: str) -> None:
    path = ROOT / "procedures" / "international-roaming-dispute.scenarios.yaml"
    loaded, (case, *_) = scenarios_of(path)
    plan = plan_of(ROOT / "procedures" / "international-roaming-dispute.yaml")
    case = replace(case, do=(Do("through", node),), ends=None, never=(), know={})
    result = rehearse(case, MemoryStage(plan), loaded.source)
    assert result.passed, result.deviation
    assert node in result.coverage.nodes


def test_only_where_nothing_else_leads_there_a_limit_is_let_pass() -> None:
    result = play("    do: [{ through: late }]\n    ends: late\n")
    assert result.passed, result.deviation
    assert result.story[-1].recorded[-2].startswith("LimitTaken last")


def test_a_second_person_types_what_is_only_kept_as_a_digest() -> None:
    assert play(
        "    do: [begin, { form: { amount: 60, remark: secret words } }, restart, sign]\n    at: last\n"
    ).passed
    refused = "    do: [begin, { form: { amount: 60, remark: secret words } }, { sign: { remark: other } }, { refused: remark }]\n"
    assert play(refused + "    at: sign\n").passed


def test_a_run_that_its_record_does_not_restore_is_reported() -> None:
    path = ROOT / "procedures" / "account-change.scenarios.yaml"
    loaded, cases = scenarios_of(path)
    stage = MemoryStage(plan_of(ROOT / "procedures" / "account-change.yaml"))
    case = next(case for case in cases if "dies" in case.name)
    assert rehearse(case, stage, loaded.source).passed
    stage._record = [event for event in stage._record if event.at != "open-ticket"]
    with pytest.raises(DoesNotRestore, match="read back from its record, the run differs in"):
        stage.restart()


def test_the_cast() -> None:
    cast = Cast.of({"agent": ("ana", "chen"), "supervisor": ("bela",)}, ("agent", "supervisor", "manager"))
    assert cast.actor("ana").roles == {"agent"}
    assert cast.actor("dora").roles == {"agent", "supervisor", "manager"}
    handed = cast.handed(("agent",), "ana", "emil")
    assert handed.people(["agent"]) == ("chen", "emil")
    assert handed.actor("ana").roles == {"agent"}
    with pytest.raises(NobodyMapped, match="nobody is mapped to the role 'manager'; add it to `as`"):
        raise NobodyMapped(["manager"])


def test_a_role_that_nobody_has_is_reported() -> None:
    result = played(
        PROCEDURE,
        "  - scenario: one\n    as: { agent: ana }\n    do: [begin, { form: { amount: 60, remark: x } }, sign]\n",
    )
    assert result.deviation is not None
    assert result.deviation.message == "nobody is mapped to the role 'supervisor'; add it to `as`"
    nobody = played(PROCEDURE, "  - scenario: one\n    do: [begin]\n")
    assert nobody.deviation is not None
    assert nobody.deviation.at == Position(4, 5)


def test_the_same_scenario_is_played_the_same_twice() -> None:
    path = ROOT / "procedures" / "international-roaming-dispute.scenarios.yaml"
    for case in scenarios_of(path)[1][:4]:
        assert rehearsed(path, case) == rehearsed(path, case)


def test_what_is_done_while_abandoning_is_covered() -> None:
    """It leads nowhere, so its way on is not."""
    procedure = """
format: sop/1
procedure: small
revision: 1
title: Small
purpose: Undo.
effective_from: 2026-10-01
review_by: 2027-01-01
roles: { agent: Works. }
by: agent
flow:
  - step: pause-service
    do: Pause it.
    undone_by: start-service
  - step: look
    do: Look.
  - step: start-service
    do: Start it again.
  - end: over
    result: failed
"""
    do = "[pause-service, abandon: Gone., start-service]"
    result = played(procedure.lstrip(), f"  - scenario: one\n    as: {{ agent: ana }}\n    do: {do}\n")
    assert result.deviation is None
    assert result.coverage.nodes == {"pause-service", "look", "start-service"}
    assert result.coverage.arrows == {("pause-service", "done")}
