"""One small procedure for each thing that a proof finds, and its neighbour that is in order."""

from typing import Any

import pytest

from sop_runner.lint.prove import Proof, prove
from tests.generators import plan_of

Tree = dict[str, Any]
STEP = {"do": "Do it."}
CLOSED: Tree = {"end": "closed", "result": "completed", "requires": ["seen"]}
REFUSED: Tree = {"end": "refused", "result": "refused"}
SEEN: Tree = {
    "confirmation": "look",
    "log_review": {"source": "s", "checks": ["It is so."]},
    "satisfies": ["seen"],
}


def record(name: str, *fields: Tree) -> Tree:
    return {"confirmation": name, "record": {"fields": list(fields)}}


def step(name: str, **more: Any) -> Tree:
    return {"step": name, **STEP, **more}


def of(*flow: Tree, **top: Any) -> Proof:
    tree: Tree = {
        "format": "sop/1",
        "procedure": "small",
        "revision": 1,
        "title": "Small",
        "purpose": "Show one thing.",
        "effective_from": "2026-01-01",
        "review_by": "2027-01-01",
        "roles": {"agent": "Acts.", "checker": "Checks."},
        "by": "agent",
        "controls": {"seen": "It was seen.", "signed": "It was signed."},
        **top,
        "flow": list(flow),
    }
    return prove(plan_of(tree))


def codes(proof: Proof) -> list[str]:
    return [finding.code for finding in proof.findings]


COLOUR: Tree = {"field": "colour", "type": "choice", "choices": ["red", "green"]}
AMOUNT: Tree = {"field": "amount", "type": "integer", "at_least": 0}
YES: Tree = {"field": "yes", "type": "yes-no"}


def rule(name: str, *outcomes: Tree, **more: Any) -> Tree:
    return {"decision": name, "ask": "Which?", "decided_by": "rule", "outcomes": list(outcomes), **more}


def test_a_path_around_a_control_is_shown_with_its_values() -> None:
    proof = of(
        record("ask", COLOUR, AMOUNT),
        rule("way", {"outcome": "short", "when": {"colour": "red", "amount": {"more_than": 5}}, "then": "closed"}, {"outcome": "long"}),
        SEEN,
        CLOSED,
    )  # fmt: skip
    assert codes(proof) == ["SOP301"]
    assert "ask (amount: 6, colour: red) > way (short) > closed" in proof.findings[0].message


def test_conditions_that_exclude_each_other_raise_no_alarm() -> None:
    proof = of(
        record("ask", COLOUR),
        {**SEEN, "only_when": {"colour": "red"}},
        rule("way", {"outcome": "short", "when": {"colour": "red"}, "then": "closed"}, {"outcome": "long", "then": "refused"}),
        CLOSED,
        REFUSED,
    )  # fmt: skip
    assert codes(proof) == []


def test_a_control_that_is_taken_away_is_not_fresh() -> None:
    taken = step("change", invalidates=["seen"])
    assert codes(of(SEEN, taken, CLOSED)) == ["SOP302"]
    assert codes(of(taken, SEEN, CLOSED)) == []


def test_returning_on_the_way_takes_back_what_was_gained_since() -> None:
    again: Tree = {
        "decision": "again",
        "ask": "Again?",
        "decided_by": "answer",
        "outcomes": [{"outcome": "back", "then": {"to": "start", "at_most": 1, "otherwise": "closed"}}, {"outcome": "on"}],
    }  # fmt: skip
    late = {**SEEN, "only_when": {"colour": "red"}}
    assert codes(of(step("start"), SEEN, again, CLOSED)) == []
    first = of(record("first", COLOUR), step("start"), late, record("second", COLOUR), again, CLOSED)
    assert {"SOP301", "SOP302"} & set(codes(first))


def test_what_is_imposed_is_required() -> None:
    choice: Tree = {
        "decision": "risk",
        "ask": "Risky?",
        "decided_by": "answer",
        "outcomes": [{"outcome": "high", "imposes": ["signed"]}, {"outcome": "low"}],
    }
    sign: Tree = {"confirmation": "sign", "by": "checker", "sign_off": {}, "satisfies": ["signed"]}
    assert codes(of(SEEN, choice, {**sign, "only_when": {"risk": "high"}}, CLOSED)) == []
    proof = of(SEEN, choice, {**sign, "only_when": {"risk": "low"}}, CLOSED)
    assert codes(proof) == ["SOP301"]
    assert "risk (high) > sign (passed over) > closed" in proof.findings[0].message


@pytest.mark.parametrize(
    ("code", "flow"),
    [
        ("SOP304", (SEEN, {"end": "closed", "result": "completed"})),
        ("SOP305", (SEEN, {**CLOSED}, step("lonely"), REFUSED)),
        ("SOP305", (record("ask", COLOUR), SEEN, {**step("never"), "only_when": {"all": [{"colour": "red"}, {"colour": "green"}]}}, CLOSED)),
        ("SOP307", (record("ask", AMOUNT), rule("way", {"outcome": "much", "when": {"amount": {"at_least": 5}}}, {"outcome": "more", "when": {"amount": {"more_than": 7}}}, {"outcome": "rest"}), SEEN, CLOSED)),
        ("SOP308", (record("ask", COLOUR), {"decision": "way", "ask": "?", "decided_by": "answer", "outcomes": [{"outcome": "a", "when": {"colour": "red"}}]}, SEEN, CLOSED)),
        ("SOP309", (record("ask", COLOUR), rule("way", {"outcome": "on", "when": {"colour": "red"}}, {"outcome": "back", "then": "turn"}), SEEN, CLOSED, rule("turn", {"outcome": "round", "then": "way"}))),
        ("SOP310", (record("ask", {**COLOUR, "required": False}), rule("way", {"outcome": "red", "when": {"colour": "red"}}, {"outcome": "rest"}), SEEN, CLOSED)),
        ("SOP310", (record("ask", {**COLOUR, "required": False}), step("tell", say="It is {colour}."), SEEN, CLOSED)),
        ("SOP312", (step("pause", undone_by=["restore"], otherwise="closed"), SEEN, {**CLOSED, "closes_ticket": False}, step("restore", then="closed"))),
        ("SOP313", ({"confirmation": "sign", "by": "checker", "not_by": ["checker"], "sign_off": {}, "satisfies": ["seen"]}, CLOSED)),
    ],
)  # fmt: skip
def test_each_is_found(code: str, flow: tuple[Tree, ...]) -> None:
    assert code in codes(of(*flow))


@pytest.mark.parametrize(
    "flow",
    [
        (record("ask", AMOUNT), rule("way", {"outcome": "more", "when": {"amount": {"more_than": 7}}}, {"outcome": "much", "when": {"amount": {"at_least": 5}}}, {"outcome": "rest"}), SEEN, CLOSED),
        (record("ask", COLOUR), {"decision": "way", "ask": "?", "decided_by": "answer", "outcomes": [{"outcome": "a", "when": {"colour": "red"}}, {"outcome": "b", "when": {"colour": "green"}}]}, SEEN, CLOSED),
        (record("ask", {**COLOUR, "required": False}), rule("way", {"outcome": "red", "when": {"colour": {"known": True, "is": "red"}}}, {"outcome": "rest"}), SEEN, CLOSED),
        (record("ask", YES), record("more", {**COLOUR, "only_when": {"yes": True}}), step("tell", say="It is {colour}.", only_when={"yes": True}), SEEN, CLOSED),
        (step("pause", undone_by=["restore"]), SEEN, step("restore"), CLOSED),
        (record("ask", AMOUNT), rule("way", {"outcome": "again", "when": {"amount": {"more_than": 5}}, "then": "ask"}, {"outcome": "on"}), SEEN, CLOSED),
        ({"confirmation": "sign", "by": "checker", "not_by": ["agent"], "sign_off": {}, "satisfies": ["seen"]}, CLOSED),
    ],
)  # fmt: skip
def test_what_is_in_order_is_left_alone(flow: tuple[Tree, ...]) -> None:
    assert codes(of(*flow)) == []


def test_a_score_is_worked_out_over_all_its_parts() -> None:
    """Two answers of three count: whoever is not signed for has at most one."""
    answers = [{"field": f"flag_{n}", "type": "yes-no"} for n in range(3)]
    derive = {"score": {"count_true": ["flag_0", "flag_1", "flag_2"]}}
    ask = record("ask", *answers)
    seen = {**SEEN, "only_when": {"score": {"at_least": 2}}}
    way = rule(
        "way", {"outcome": "few", "when": {"score": {"less_than": 2}}, "then": "refused"}, {"outcome": "many"}
    )
    assert codes(of(ask, seen, way, CLOSED, REFUSED, derive=derive)) == []
    loose = {**SEEN, "only_when": {"score": {"at_least": 3}}}
    assert codes(of(ask, loose, way, CLOSED, REFUSED, derive=derive)) == ["SOP301"]


def test_a_score_over_many_answers_is_worked_out_part_by_part() -> None:
    """More combinations of answers than are gone through one by one, few values that they come to."""
    flags = [f"flag_{n}" for n in range(6)]
    ask = record("ask", AMOUNT, COLOUR, *({"field": name, "type": "yes-no"} for name in flags))
    derive = {
        "signs": {"count_true": flags},
        "points": {"product": ["signs", 2]},
        "start": {"table": {"of": "colour", "values": {"red": 3}, "else": 1}},
        "size": {"bands": {"of": "amount", "up_to": [[0, "none"], [2, "some"]], "above": "many"}},
        "more": {"table": {"of": "size", "values": {"some": 3, "many": 5}, "else": 0}},
        "score": {"sum": ["points", "start", "more"]},
        "level": {"bands": {"of": "score", "up_to": [[13, "low"]], "above": "high"}},
    }
    way = rule("way", {"outcome": "low", "when": {"level": "low"}, "then": "refused"}, {"outcome": "high"})
    for least, found in ((14, []), (15, ["SOP301"])):
        seen = {**SEEN, "only_when": {"score": {"at_least": least}}}
        assert codes(of(ask, seen, way, CLOSED, REFUSED, derive=derive)) == found, least
    most = {**SEEN, "only_when": {"score": {"more_than": 20}}}  # all six, red and many come to 20
    never = rule("way", {"outcome": "low", "when": {"score": {"more_than": 20}}, "then": "refused"}, {"outcome": "high", "then": "refused"})  # fmt: skip
    assert codes(of(ask, most, never, REFUSED, derive=derive)) == ["SOP305", "SOP307"]


def test_of_what_hangs_together_unreached_the_first_is_told() -> None:
    chain = of(SEEN, {**CLOSED}, step("one"), step("two"), {**REFUSED})
    assert [finding.message for finding in chain.findings] == ["'one' cannot be reached: nothing leads there"]
    ring = of(SEEN, {**CLOSED}, step("one"), step("two", then="one"))
    assert [finding.message for finding in ring.findings] == ["'one' cannot be reached: nothing leads there"]


def test_of_a_way_that_leads_nowhere_its_last_node_or_its_loop_is_told() -> None:
    loop = of(SEEN, step("one"), step("two"), step("three", then="two"), {**CLOSED})
    assert [f.code for f in loop.findings] == ["SOP305", "SOP309"]


def test_where_nobody_can_act_what_lies_behind_is_not_told() -> None:
    proof = of(SEEN, step("one", not_by=["agent"]), step("two"), {**CLOSED})
    assert codes(proof) == ["SOP313"]


@pytest.mark.parametrize(
    ("keep", "found"),
    [
        ("plain", ["SOP307"]),
        ("erasable", ["SOP307"]),
        ("digest", ["SOP301", "SOP305", "SOP307"]),
        ("never", ["SOP301", "SOP310"]),
    ],
)
def test_of_a_value_that_is_set_only_what_is_kept_is_read_later(keep: str, found: list[str]) -> None:
    """A digest cannot be compared, and what is never kept is not known: the rule then takes its other outcome."""
    note: Tree = {"field": "note", "type": "integer", "keep": keep}
    mark = {
        "decision": "mark",
        "ask": "Which?",
        "decided_by": "answer",
        "outcomes": [{"outcome": "so", "sets": {"note": 3}}],
    }
    way = rule("way", {"outcome": "seen", "when": {"note": 3}}, {"outcome": "past", "then": "closed"})
    assert codes(of(record("ask", note), mark, way, SEEN, CLOSED)) == found
