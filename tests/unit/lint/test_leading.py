"""A failure is one that the run core was led along; a way that could not be walked is told as that, and is no pass."""

from datetime import UTC
from typing import Any

import pytest

from sop_runner.lint.leading import leader as leading
from sop_runner.lint.leading.arrivals import goes_on
from sop_runner.lint.leading.draws import Draws
from sop_runner.lint.leading.sums import Sum, added
from sop_runner.lint.leading.wants import Asked, Total, Want
from sop_runner.lint.proofs.arrows import ways_to_take
from sop_runner.lint.proofs.following import Found, Unwalked
from sop_runner.lint.proofs.ground import Step
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.proofs.regions import Regions
from sop_runner.lint.proofs.search import MOST_WAYS
from sop_runner.lint.proofs.taking import Goal
from sop_runner.lint.prove import Proof, prove
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.generators import Sample, compiled, plan_of
from tests.unit.lint.exhaustive import Tree, procedure

DAYS = [{"field": "first", "type": "date"}, {"field": "last", "type": "date"}]
DERIVE = {
    "all_days": {"days_between": ["first", "last"]},
    "business_days": {"business_days_between": ["first", "last"]},
}
CONSENT: Tree = {
    "confirmation": "consent",
    "statement": {"of": "customer", "text": "I agree."},
    "satisfies": ["a"],
}
CLOSED: Tree = {"end": "closed", "result": "completed", "requires": ["a"]}
FAILED: Tree = {"end": "failed", "result": "failed"}


def rule(name: str, when: Any, then: str) -> Tree:
    outcomes = [{"outcome": "so", "when": when, "then": then}, {"outcome": "not-so"}]
    return {"decision": name, "ask": "Which?", "decided_by": "rule", "outcomes": outcomes}


def record(name: str, *fields: Tree) -> Tree:
    return {"confirmation": name, "record": {"fields": list(fields)}}


def of(*flow: Tree, **top: Any) -> Proof:
    return prove(plan_of({**procedure("main", list(flow)), **top}))


def messages(proof: Proof) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in proof.findings]


ALL_BUSY = {"all_days": 7, "business_days": 7}
"""No seven days are so by the usual calendar, and a proof does not know the calendar."""


def test_a_way_that_could_not_be_walked_is_not_settled() -> None:
    proof = of(record("days", *DAYS), rule("busy", ALL_BUSY, "closed"), CONSENT, CLOSED, derive=DERIVE)
    (open_one,) = [one for one in proof.obligations if one.verdict != "holds"]
    assert (open_one.verdict, open_one.walked) == ("unsettled", False)
    assert [stop.node for stop in open_one.path] == ["days", "busy", "closed"]
    assert not proof.holds
    ((code, message),) = messages(proof)
    assert code == "SOP314"
    assert "could not be settled: this one seems not to, and could not be walked: days (" in message


def test_another_way_is_looked_for_before_that_is_said() -> None:
    """The shortest way needs seven business days in a row; a longer one past the consent needs nothing."""
    proof = of(
        record("days", *DAYS),
        rule("busy", ALL_BUSY, "closed"),
        {"step": "look", "do": "Look."},
        {"decision": "ask", "ask": "Which?", "decided_by": "answer",
         "outcomes": [{"outcome": "past", "then": "closed"}, {"outcome": "on"}]},
        CONSENT, CLOSED, derive=DERIVE,
    )  # fmt: skip
    (one,) = [one for one in proof.obligations if one.verdict != "holds"]
    assert (one.verdict, one.walked) == ("fails", True)
    assert [stop.node for stop in one.path] == ["days", "busy", "look", "ask", "closed"]


def test_values_are_told_as_they_were_typed() -> None:
    """Every value that a way asks for, also where it may be one of many, and what is computed of them."""
    proof = of(
        record("given", {"field": "x", "type": "integer"}, {"field": "y", "type": "integer"},
               {"field": "said", "type": "text"}, {"field": "proof", "type": "text", "keep": "digest"}),
        rule("large", {"all": [{"s": {"more_than": 100}}, {"x": {"less_than": 10}}, {"said": {"is_not": "no"}},
                               {"proof": {"known": True}}]}, "closed"),
        CONSENT, CLOSED, derive={"s": {"sum": ["x", "y"]}},
    )  # fmt: skip
    (one,) = [one for one in proof.obligations if one.verdict != "holds"]
    told = dict(one.path[0].values)
    assert int(told["x"]) < 10
    assert int(told["x"]) + int(told["y"]) == int(told["s"]) > 100
    assert told["said"] == "sample"


def test_the_other_findings_that_tell_a_way_are_walked_as_well() -> None:
    wish: Tree = {"field": "wish", "type": "text", "required": False}
    unknown = of(record("ask", wish), {"step": "greet", "say": "You asked for {wish}."}, FAILED)
    assert messages(unknown) == [
        ("SOP310", "'wish' may not be known at 'greet': ask (wish: not known) > greet")
    ]
    colour: Tree = {"field": "colour", "type": "choice", "choices": ["red", "green", "blue"]}
    outcomes = [
        {"outcome": "good", "when": {"colour": "red"}},
        {"outcome": "bad", "when": {"colour": "green"}, "then": "failed"},
    ]
    nothing = of(
        record("ask", colour),
        {"decision": "mood", "ask": "How?", "decided_by": "answer", "outcomes": outcomes},
        FAILED,
    )
    assert messages(nothing) == [("SOP308", "no outcome of 'mood' may hold: ask (colour: blue) > mood")]
    still = of(
        record("ask", colour),
        {"step": "pause", "do": "Pause it.", "undone_by": "restore", "only_when": {"colour": "blue"}},
        {
            "decision": "way",
            "ask": "Which?",
            "decided_by": "answer",
            "outcomes": [{"outcome": "past", "then": "failed"}, {"outcome": "on"}],
        },
        {"step": "restore", "do": "Start it again."},
        FAILED,
    )
    assert messages(still) == [
        (
            "SOP312",
            "'failed' can be reached with 'pause' open: ask (colour: blue) > pause > way (past) > failed",
        )
    ]


def test_an_end_inside_a_call_that_the_core_refuses_ends_the_way() -> None:
    """What is left open there is told there, and not again at every end behind the call."""
    callee = procedure(
        "callee",
        [{"step": "pause", "do": "Pause it.", "undone_by": "restore"},
         {"decision": "way", "ask": "Which?", "decided_by": "answer",
          "outcomes": [{"outcome": "past", "then": "done"}, {"outcome": "on"}]},
         {"step": "restore", "do": "Start it again."}, {"end": "done", "result": "completed"}],
    )  # fmt: skip
    main = procedure("main", [{"call": "part", "procedure": "callee", "revision": 1}, FAILED])
    made = Sample(0, main, (callee,))
    loaded = load(made.text())
    resolved = resolve(loaded, lambda *_: load(made.text(callee)))
    assert loaded.procedure is not None
    found = messages(prove(compile_plan(loaded.procedure, "", resolved.procedures)))
    assert [message for code, message in found if code == "SOP312"] == [
        "'part/done' can be reached with 'part/pause' open: part > part/pause > part/way (past) > part/done"
    ]


def test_a_callee_is_walked_with_the_controls_of_its_caller() -> None:
    """It never runs alone; what it takes away of them is lost all the same."""
    flow: list[Tree] = [
        {"step": "spoil", "do": "Change it.", "invalidates": ["a"]},
        {"step": "act", "do": "Act.", "requires": ["a"]},
        FAILED,
    ]
    proof = prove(plan_of({**procedure("main", flow), "expects": ["a"]}))
    assert messages(proof)[0] == (
        "SOP302", "'act' requires 'a', and on this path it is lost again: spoil > act",
    )  # fmt: skip


def test_rows_are_as_many_as_elements_are_walked_and_hold_what_each_asks_for() -> None:
    callee = procedure(
        "callee",
        [rule("which", {"line": {"more_than": 10}}, "on"), {**CONSENT, "otherwise": "on"}, {"end": "on", "result": "completed"}],
    )  # fmt: skip
    lines: Tree = {"field": "lines", "type": "list", "of": [{"field": "line", "type": "integer"}]}
    main = procedure(
        "main",
        [record("ask", lines), {"call": "each", "procedure": "callee", "revision": 1, "for_each": {"line": "lines.line"}},
         CLOSED],
    )  # fmt: skip
    made = Sample(0, main, ({**callee, "case": [{"field": "line", "type": "integer"}]},))
    loaded = load(made.text())
    resolved = resolve(loaded, lambda *_: load(made.text(made.callees[0])))
    assert loaded.procedure is not None
    proof = prove(compile_plan(loaded.procedure, "", resolved.procedures))
    (one,) = [one for one in proof.obligations if one.verdict != "holds"]
    assert one.walked
    told = dict(value for stop in one.path for value in stop.values)
    assert int(told["each/line"]) > 10


LINES: Tree = {
    "field": "lines",
    "type": "list",
    "at_most": 9,
    "of": [{"field": "line", "type": "integer", "at_least": 0}],
}


def due(*outcomes: Tree) -> Tree:
    """Whether a line is due; what a callee brings back of it."""
    return {"decision": "which", "ask": "Which?", "decided_by": "answer", "outcomes": [*outcomes]}


WAIVED: Tree = {"outcome": "waived", "sets": {"due": 0}}
OWED: Tree = {"outcome": "owed", "sets": {"due": {"field": "line"}}}


def each_line(which: Tree, *flow: Tree, **derive: Any) -> Plan:
    """A call for each row of a list that was typed, which brings back what is due for it; then a flow."""
    callee = {
        **procedure("callee", [which, {"end": "on", "result": "completed"}]),
        "case": [{"field": "line", "type": "integer", "at_least": 0}],
    }
    call = {"call": "each", "procedure": "callee", "revision": 1,
            "for_each": {"line": "lines.line"}, "returns": {"dues": "due"}}  # fmt: skip
    main = procedure("main", [record("ask", LINES), call, *flow])
    made = Sample(0, {**main, "derive": {"all_due": {"sum": ["dues"]}, **derive}}, (callee,))
    loaded = load(made.text())
    resolved = resolve(loaded, lambda *_: load(made.text(callee)))
    assert loaded.procedure is not None, [one.message for one in loaded.findings]
    assert not resolved.findings, [one.message for one in resolved.findings]
    return compile_plan(loaded.procedure, "", resolved.procedures)


def led(plan: Plan) -> dict[str, str]:
    """What is told of the one way on which a control is missing."""
    (one,) = [one for one in prove(plan).obligations if one.verdict != "holds"]
    assert (one.verdict, one.walked) == ("fails", True)
    return dict(value for stop in one.path for value in stop.values)


def test_rows_come_to_what_a_call_for_each_of_them_brings_back() -> None:
    """The shortest way waives every line, of which nothing comes; nobody tries that."""
    plan = each_line(
        due(WAIVED, OWED), rule("much", {"all_due": {"at_least": 700, "at_most": 710}}, "closed"), CONSENT, CLOSED
    )  # fmt: skip
    told = led(plan)
    assert told["all_due"] == told["each/line"]
    assert 700 <= int(told["all_due"]) <= 710


def test_what_is_typed_in_each_element_comes_to_what_they_bring_back() -> None:
    plan = each_line(
        record("which", {"field": "due", "type": "integer", "at_least": 0}),
        rule("much", {"all_due": {"at_least": 700, "at_most": 710}}, "closed"), CONSENT, CLOSED,
    )  # fmt: skip
    told = led(plan)
    assert told["each/due"] == told["all_due"]


def test_a_sum_that_no_row_can_come_to_is_not_tried() -> None:
    """What every element sets is known before anything is typed."""
    plan = each_line(due(WAIVED), rule("much", {"all_due": {"at_least": 700}}, "closed"), CONSENT, CLOSED)
    model = Model(plan)
    walker = leading.leader(model)

    def lead(found: Found, goal: Goal) -> Found | Unwalked:
        return walker.lead(found, goes_on)

    found = ways_to_take(model, ("much", "so"), lead)
    assert not found.found
    assert walker.turns == 0
    (_, message), = messages(prove(plan))  # fmt: skip
    assert "could not be settled" in message


def test_as_many_elements_are_walked_as_rows_are_counted() -> None:
    """Where elements are not told apart the shortest way walks one of them."""
    plan = each_line(
        due(WAIVED, OWED),
        rule("many", {"lines_there": {"at_least": 5}, "all_due": {"at_least": 700}}, "closed"), CONSENT, CLOSED,
        lines_there={"count": "lines"},
    )  # fmt: skip
    (one,) = [one for one in prove(plan).obligations if one.verdict != "holds"]
    assert (one.verdict, one.walked) == ("fails", True)
    assert [stop.node for stop in one.path].count("each/which") == 5
    told = [value for stop in one.path for value in stop.values]
    assert sum(int(value) for name, value in told if name == "each/line") == int(dict(told)["all_due"]) >= 700


def test_rows_add_up_in_all_and_in_what_is_due_of_them() -> None:
    """One sum is over every row, the other over the second and the third."""
    plan = plan_of(procedure("main", [record("ask", LINES), CLOSED]))
    regions = Regions("number", (700, 900))
    owed, asked_ = (
        Want(key, regions, regions.of_literal(v), computed=True) for key, v in (("o", 700), ("a", 900))
    )
    asked = Asked((asked_,), totals=(Total("lines", "line", (1, 2), (0,), owed),))
    found = added(
        "lines", (Sum("a", "line", (50,)),), asked, plan.fields["lines"], (2, 4), lambda name: None, UTC
    )  # fmt: skip
    assert [*found] == [(4, {"line": {0: 75, 1: 350, 2: 350, 3: 75}})]


@pytest.mark.parametrize("seed", [8, 15, 63, 109, 144])
def test_what_only_some_can_do_is_done(seed: int) -> None:
    """Two calls over one list, a list answered in part and then ruled on, an end that a call refuses."""
    plan = compiled(seed).plan
    assert plan is not None
    told = messages(prove(plan))
    assert {code for code, _ in told} & {"SOP301", "SOP302", "SOP310", "SOP312"}
    assert [message for code, message in told if code == "SOP314" and "is known" not in message] == []


def test_tries_are_counted_and_never_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once all ways together took so many turns of the core, the next ones are told as they were found."""
    flow = [rule("busy", {"x": True}, "closed"), CONSENT, CLOSED]
    case = [{"field": "x", "type": "yes-no"}]
    for most, walked in ((leading.MOST_ALTOGETHER, True), (-1, False)):
        monkeypatch.setattr(leading, "MOST_ALTOGETHER", most)
        proof = of(*flow, case=case)
        ((code, message),) = messages(proof)
        assert code == "SOP301"
        assert message.endswith("this path never gains it: busy (so; x: true) > closed")
        assert [one.walked for one in proof.obligations if one.verdict == "fails"] == [walked]


def test_no_more_ways_are_tried_than_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them past where the one before was stuck."""
    tried: list[str] = []

    def lead(_: leading.Leader, way: Found, *__: Any) -> Unwalked:
        tried.append(way.steps[-1].arrow)
        return Unwalked(way, way.steps[-1])

    monkeypatch.setattr(leading.Leader, "lead", lead)
    outcomes = [{"outcome": f"way-{n}", "then": "closed"} for n in range(8)]
    kind: Tree = {"decision": "kind", "ask": "Which?", "decided_by": "answer", "outcomes": outcomes}
    proof = of(kind, CONSENT, CLOSED)
    assert {one.verdict for one in proof.obligations} == {"holds", "unsettled"}
    assert len(set(tried)) == len(tried) == MOST_WAYS


def test_a_beginning_on_which_every_try_stuck_is_not_tried_again() -> None:
    plan = plan_of({**procedure("main", [record("days", *DAYS), rule("busy", ALL_BUSY, "failed"), FAILED]), "derive": DERIVE})  # fmt: skip
    model = Model(plan)
    led, turns = leading.leader(model), list[int]()

    def lead(way: Found, _: Goal) -> Unwalked:
        before = led.turns
        stuck = led.walk(way, goes_on, most=10_000)
        turns.append(led.turns - before)
        again = led.walk(way, goes_on, most=10_000)
        turns.append(led.turns - before - turns[-1])
        assert isinstance(stuck, Step)
        assert again == stuck
        return Unwalked(way, stuck)

    assert ways_to_take(model, ("busy", "so"), lead).unwalked
    assert turns[0] > 0
    assert turns[1] == 0


def test_choices_are_the_same_every_time() -> None:
    """The first ones are the plainest, and whether there was a choice at all is known."""
    assert [Draws(0, 3, 0).pick("abc") for _ in range(3)] == ["a"] * 3
    drawn = [[draws.pick("abcdef") for _ in range(20)] for draws in (Draws(2, 3, 1), Draws(2, 3, 1))]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 3
    only = Draws(1, 0, 0)
    assert (only.pick("a"), only.pick(""), only.open) == ("a", None, False)


def test_an_item_shows_its_texts_before_it_records() -> None:
    """What it records itself is not known in them yet, unless it was recorded before on every way."""
    wish: Tree = {"field": "wish", "type": "text"}
    same: Tree = {"field": "again", "type": "text", "equals": {"field": "wish"}}
    early = of({**record("ask", wish, same), "do": "You asked for {wish}."}, FAILED)
    assert messages(early) == [("SOP310", "'wish' may not be known at 'ask': ask")]
    look: Tree = {"checklist": "look", "items": [{"item": "a", "do": "Look.", "answers": ["one", "two"]}]}
    item = of({**look, "say": "You found {look.a}."}, FAILED)
    assert messages(item) == [("SOP310", "'look.a' may not be known at 'look': look")]
    behind = of(
        {**look, "only_when": {"today": {"after": "2026-11-01"}}},
        {"step": "tell", "say": "{look.a}."},
        FAILED,
    )
    ((code, told),) = messages(behind)
    assert (code, told.partition(":")[0]) == ("SOP310", "'look.a' may not be known at 'tell'")
    assert messages(of(record("ask", wish), {**record("anew", wish), "do": "So far {wish}."}, FAILED)) == []


def test_what_may_be_left_out_of_a_case_is_not_known_where_it_is_said() -> None:
    """Of two ways to begin, the one that the goal asks for is followed."""
    case: Tree = {"field": "company", "type": "text", "required": False}
    proof = of({"step": "greet", "say": "You call for {company}."}, FAILED, case=[case])
    assert messages(proof) == [
        ("SOP310", "'company' may not be known at 'greet': greet (company: not known)")
    ]
