"""Proofs over fields that are held against each other, held against every walk of the run core in both directions."""

import os
from typing import Any

import pytest

from sop_runner.lint.proofs import joint
from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.prove import prove
from tests.unit.lint.comparing import Comparing, Exchanging, Typed
from tests.unit.lint.every_walk import Tree, walk_all
from tests.unit.lint.flows import planned, record, rule
from tests.unit.lint.test_proofs_exhaustive import plan_of

SEEDS = range(int(os.environ.get("SOP_PROOF_FROM", "0")), int(os.environ.get("SOP_PROOF_TO", "40")))
"""A campaign by hand sets SOP_PROOF_TO to some thousands."""
TOGETHER = 10
SPECIAL = (88, 216, 243, 321, 5241)
"""Values that keep to the way and not to all that was known on it (the first and the last); a product that outgrows a
sum nowhere; what a decision set before it was taken again; both."""
SPECIAL_TYPES = (39, 165, 240, 259, 373, 1193, 6022, 6068)
"""A copy of itself, one equal to another of its record, a product of unbounded amounts, texts, nothing typed, two days."""


@pytest.mark.parametrize("kind", [Comparing, Exchanging])
@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, TOGETHER))
def test_whole_numbers_compare_as_in_every_walk(first: int, kind: type[Comparing]) -> None:
    seeds = [*range(first, min(first + TOGETHER, SEEDS.stop)), *(SPECIAL if first == SEEDS.start else ())]
    walked = 0
    for seed in seeds:
        plan = plan_of(kind(seed))
        if plan is None:
            continue
        settled, every = settle(Model(plan)), walk_all(plan, 3_000)
        broken = {claim[:2] for claim in settled.broken}
        assert not settled.unsettled, seed
        assert set(every.missing) <= broken, (seed, "missed", set(every.missing) - broken)
        if every.complete:
            assert broken == set(every.missing), (seed, "false alarm", broken - set(every.missing))
            walked += 1
    assert walked > len(seeds) // 3


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, TOGETHER))
def test_values_of_other_types_lead_where_a_way_says(first: int) -> None:
    """Too many to walk all: what some of them come to is found, and what is found can be walked."""
    seeds = [
        *range(first, min(first + TOGETHER, SEEDS.stop)),
        *(SPECIAL_TYPES if first == SEEDS.start else ()),
    ]
    told = 0
    for seed in seeds:
        plan = plan_of(Typed(seed))
        if plan is None:
            continue
        settled, some = settle(Model(plan)), walk_all(plan, 600)
        assert not settled.unsettled, seed
        assert set(some.missing) <= {claim[:2] for claim in settled.broken}, (seed, "missed")
        told += sum(found.walked is not None for found in settled.broken.values())
    assert told > len(seeds) // 4


MORE: Tree = {"x": {"more_than": {"field": "y"}}}


def _messages(flow: list[Tree], **more: Any) -> list[str]:
    return [one.message for one in prove(planned(flow, **more)).findings if one.code == "SOP301"]


@pytest.mark.parametrize(
    ("kind", "when"),
    [
        *((kind, MORE) for kind in ("integer", "number", "date", "datetime", "duration", "time")),
        ("date", {"x": {"before": {"field": "y"}}}),
        ("text", {"x": {"is": {"field": "y"}}}),
        ("yes-no", {"x": {"is_not": {"field": "y"}}}),
    ],
)
def test_what_was_compared_once_compares_alike_again(kind: str, when: Tree) -> None:
    again = rule("again", when, "closed", "failed")
    asked = [record("given", x=kind, y=kind), rule("first", when, "consent", "again")]
    assert _messages([*asked, again]) == []
    anew = [*asked[:1], rule("first", when, "consent", "anew"), record("anew", y=kind), again]
    assert len(_messages(anew)) == 1


@pytest.mark.parametrize(
    "when", [{"x": {"within": "8h"}}, {"x": {"same_day": True}}, {"not": {"x": {"within": "8h"}}}]
)
def test_what_is_said_about_time_is_said_alike_until_somebody_acts(when: Tree) -> None:
    again = rule("again", when, "closed", "failed")
    asked = [record("given", x="datetime"), rule("first", when, "consent", "again"), again]
    assert _messages(asked) == []
    waits = [*asked[:1], rule("first", when, "consent", "wait"), {"step": "wait", "do": "Wait."}, again]
    assert len(_messages(waits)) == 1


def test_of_a_day_that_is_not_known_neither_is_so() -> None:
    fields = [{"field": "x", "type": "date", "required": False}]
    flow = [
        {"confirmation": "given", "record": {"fields": fields}},
        rule("same", {"x": {"same_day": True}}, "consent", "other"),
        rule("other", {"x": {"same_day": False}}, "consent", "closed"),
    ]
    assert len(_messages(flow)) == 1


def test_values_are_told_that_lead_there() -> None:
    anew = [
        record("given", x="integer", y="integer"),
        rule("first", MORE, "consent", "anew"),
        record("anew", y="integer"),
        rule("again", MORE, "closed", "failed"),
    ]
    (message,) = _messages(anew)
    assert message.endswith("given (x: 1, y: 1) > first (down) > anew (y: 0) > again (up) > closed")


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        (MORE, {"y": {"at_least": {"field": "z"}}}, {"x": {"at_most": {"field": "z"}}}),
        (MORE, {"y": {"at_least": 100}}, {"x": {"at_most": 100}}),
        ({"x": {"at_most": 10}}, {"y": {"at_most": 10}}, {"s": {"more_than": 20}}),
        ({"s": {"at_least": {"field": "z"}}}, {"y": {"is": 0}}, {"x": {"less_than": {"field": "z"}}}),
        ({"x": {"more_than": 2}}, {"y": {"more_than": 3}}, {"p": {"at_most": 6}}),
        ({"x": {"is": {"field": "z"}}}, {"y": {"is": {"field": "z"}}}, {"m": {"is_not": {"field": "z"}}}),
    ],
)
def test_what_follows_from_two_answers_raises_no_alarm(first: Tree, second: Tree, third: Tree) -> None:
    derive = {"s": {"sum": ["x", "y"]}, "p": {"product": ["x", "y"]}, "m": {"max": ["x", "y", "z"]}}
    flow = [
        record("given", x="number", y="number", z="number"),
        rule("first", first, "second", "consent"),
        rule("second", second, "third", "consent"),
        rule("third", third, "closed", "failed"),
    ]
    assert _messages(flow, derive=derive) == []
    assert len(_messages([*flow[:1], rule("first", first, "third", "consent"), flow[3]], derive=derive)) == 1


def test_what_a_value_was_says_something_of_those_that_stayed() -> None:
    """x was at most 50 and the sum more than 100, so y is more than 50, whatever x is now."""
    flow = [
        record("given", x="number", y="number"),
        rule("small", {"x": {"at_most": 50}}, "large", "consent"),
        rule("large", {"s": {"more_than": 100}}, "anew", "consent"),
        record("anew", x="number"),
        rule("enough", {"x": {"at_least": 60}}, "still", "failed"),
        rule("still", {"s": {"at_most": 100}}, "closed", "failed"),
    ]
    assert _messages(flow, derive={"s": {"sum": ["x", "y"]}}) == []


def test_what_one_outcome_sets_is_taken_from_the_values_before() -> None:
    """Two names that are exchanged: the core reads both before it sets either."""
    changed = {"outcome": "turn", "sets": {"x": {"field": "y"}, "y": {"field": "x"}}}
    flow = [
        record("given", x="yes-no", y="yes-no"),
        {"decision": "turn", "ask": "Which?", "decided_by": "answer", "outcomes": [changed, {"outcome": "leave"}]},
        rule("now", {"x": True, "y": False}, "closed", "failed"),
    ]  # fmt: skip
    plan = planned(flow)
    settled = settle(Model(plan))
    assert {claim[:2] for claim in settled.broken} == set(walk_all(plan).missing) == {("closed", "a")}


@pytest.mark.parametrize(
    ("sets", "asked", "then"),
    [
        ({"x": "y", "y": "x"}, MORE, MORE),
        ({"x": "y", "y": "z", "z": "x"}, MORE, {"x": {"more_than": {"field": "z"}}}),
        ({"x": "y", "y": "x"}, {"s": {"more_than": 10}}, {"t": {"at_most": 10}}),
        ({"x": "s", "y": "x"}, {"s": {"more_than": 10}}, {"x": {"at_most": 10}}),
    ],
)
def test_exchanged_names_compare_as_the_values_did(sets: dict[str, str], asked: Tree, then: Tree) -> None:
    derive = {"s": {"sum": ["x", "z"]}, "t": {"sum": ["y", "z"]}}
    outcome = {"outcome": "turn", "sets": {to: {"field": one} for to, one in sets.items()}}
    turn: Tree = {"decision": "turn", "ask": "Which?", "decided_by": "rule", "outcomes": [outcome]}
    given = record("given", x="number", y="number", z="number")
    flow = [given, rule("first", asked, "turn", "consent"), turn, rule("now", then, "closed", "failed")]
    assert _messages(flow, derive=derive) == []
    flow[3] = rule("now", then, "failed", "closed")
    assert len(_messages(flow, derive=derive)) == 1


@pytest.mark.parametrize(
    ("pattern", "named", "left"),
    [
        ("[0-9]{1}", "0123456789", False),
        ("[0-9]{1}", "123456789", True),
        (r"\d", "0123456789", True),
        ("(?!c)[a-c]", "ab", False),
        ("[ab]?", "ab", False),
        ("[ab]+", "ab", True),
    ],
)
def test_a_pattern_of_few_texts_is_a_choice_of_them(pattern: str, named: str, left: bool) -> None:
    field = {"field": "x", "type": "text", "matches": pattern}
    flow = [
        {"confirmation": "given", "record": {"fields": [field]}},
        rule("which", {"x": {"one_of": [*named]}}, "consent", "closed"),
    ]
    assert bool(_messages(flow)) is left


def test_too_many_questions_about_values_are_not_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than going on for minutes, and rather than passing what was not looked at."""
    flow = [
        record("given", x="integer", y="integer", z="integer"),
        rule("first", MORE, "second", "consent"),
        rule("second", {"y": {"more_than": {"field": "z"}}}, "third", "consent"),
        rule("third", {"x": {"more_than": {"field": "z"}}}, "consent", "closed"),
    ]
    assert [one.code for one in prove(planned(flow)).findings if one.code in ("SOP301", "SOP303")] == []
    monkeypatch.setattr(joint, "MOST_SOLVED", 0)
    assert "SOP303" in [one.code for one in prove(planned(flow)).findings]
