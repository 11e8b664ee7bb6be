"""What a proof settles without a search is as in every walk, and a long procedure's legs tell what all of it does."""

import os

import pytest

from benchmarks.prove import _plan, _text
from benchmarks.year_end import year_end
from sop_runner.lint.proofs import legs
from sop_runner.lint.proofs.certain import Certain
from sop_runner.lint.proofs.firsts import firsts
from sop_runner.lint.proofs.imposed import Met
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.proofs.staying_open import may_stay_open
from sop_runner.lint.proofs.under import Under
from sop_runner.lint.prove import prove
from tests.unit.lint.exhaustive import Tree
from tests.unit.lint.flows import planned, rule
from tests.unit.lint.held_against import differences
from tests.unit.lint.passed_over import PassedOver
from tests.unit.lint.test_proofs_exhaustive import plan_of

SEEDS = range(int(os.environ.get("SOP_PROOF_FROM", "0")), int(os.environ.get("SOP_PROOF_TO", "24")))
"""A campaign by hand sets SOP_PROOF_TO to some thousands."""
SPECIAL = (1157, 3271, 7696)
"""A jump to what is passed over, which cuts nothing; who asks only for what was imposed, before one who always does;
an irreversible act that was passed over, across which one can go back.
"""


@pytest.mark.parametrize("long", [2, legs.LONG])
@pytest.mark.parametrize("seed", [*SEEDS, *SPECIAL])
def test_what_is_passed_over_is_as_in_every_walk(
    seed: int, long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where each leg of a walk is a few nodes long, as those of a long procedure are."""
    monkeypatch.setattr(legs, "LONG", long)
    small = PassedOver(seed)
    plan = plan_of(small)
    assert plan is not None
    assert differences(plan, small.clock, 400)[0] == []


def _record(name: str, *satisfies: str, **more: object) -> Tree:
    fields = [{"field": f"f_{name}", "type": "yes-no"}]
    return {"confirmation": name, "record": {"fields": fields}, "satisfies": [*satisfies], **more}


def test_who_asks_for_a_control_behind_one_who_did_is_not_judged() -> None:
    flow = [
        _record("gain", "b"),
        {"step": "first", "do": "Act.", "requires": ["b"]},
        {"step": "second", "do": "Act.", "requires": ["b"]},
        {"step": "lose", "do": "Act.", "invalidates": ["b"], "otherwise": "third"},
        _record("again", "b"),
        {"step": "third", "do": "Act.", "requires": ["b"]},
        {"step": "fourth", "do": "Act.", "requires": ["b"]},
    ]
    first = firsts(Model(planned(flow)), frozenset({("control", "", "b")}))
    assert first is not None
    assert {"first", "second", "third"} <= first.judged
    assert "fourth" not in first.judged
    assert "closed" in first.beyond


def test_who_may_be_passed_over_settles_nothing_for_others() -> None:
    flow = [
        _record("gain", "b", otherwise="first"),
        {"step": "first", "do": "Act.", "requires": ["b"], "only_when": {"f_gain": True}},
        {"step": "second", "do": "Act.", "requires": ["b"]},
        {"step": "third", "do": "Act.", "requires": ["b"]},
    ]
    first = firsts(Model(planned(flow)), frozenset({("control", "", "b")}))
    assert first is not None
    assert first.judged == {"first", "second"}


@pytest.mark.parametrize(
    ("asked", "settled"),
    [
        ({"which": "yes"}, True),
        ({"which": {"one_of": ["yes", "no"]}}, True),
        ({"any": [{"which": "yes"}, {"f_first": True}]}, True),
        ({"which": "no"}, False),
        ({"all": [{"which": "yes"}, {"f_first": True}]}, False),
    ],
)
def test_a_second_person_is_passed_over_where_the_rule_did_not_ask_for_one(
    asked: Tree, settled: bool
) -> None:
    outcomes = [{"outcome": "yes", "when": {"f_first": True}, "imposes": ["b"]}, {"outcome": "no"}]
    flow = [
        _record("first"),
        {"decision": "which", "ask": "Which?", "decided_by": "rule", "outcomes": outcomes},
        _record("second", "b", only_when=asked),
        {"step": "lock", "do": "Lock.", "irreversible": True},
    ]
    model = Model(planned(flow))
    assert Met(Certain(model)).holds(model.plan.nodes["lock"], "b") is settled


@pytest.mark.parametrize(
    ("between", "settled"),
    [
        ({"step": "between", "do": "Act."}, True),
        ({"step": "between", "do": "Act.", "invalidates": ["b"]}, False),
        (rule("between", {"f_other": True}, "lock", "failed"), True),
        ({"decision": "between", "ask": "Which?", "decided_by": "answer", "outcomes": [{"outcome": "x", "sets": {"f_first": True}}, {"outcome": "y"}]}, False),
    ],
)  # fmt: skip
def test_a_section_is_passed_over_as_a_whole_while_its_condition_stays_what_it_was(
    between: Tree, settled: bool
) -> None:
    section = {"section": "part", "title": "Part", "only_when": {"f_first": True}}
    flow = [
        _record("first"),
        _record("other"),
        {**section, "flow": [_record("gain", "b")]},
        between,
        {**section, "section": "more", "flow": [{"step": "lock", "do": "Lock.", "requires": ["b"]}]},
    ]
    model = Model(planned(flow))
    assert Under(Certain(model)).holds(model.plan.nodes["lock"], "b") is settled


@pytest.mark.parametrize(
    ("node", "change", "codes"),
    [
        ("check-3", {"satisfies": []}, {"SOP301"}),
        ("sign-7", {"only_when": {"differs-7": "middle"}}, {"SOP301"}),
        ("book-9", {"invalidates": ["counted-9"]}, {"SOP302"}),
        ("gather-8", {"otherwise": "lock-8"}, {"SOP301", "SOP302"}),
    ],
)
def test_one_mistake_in_a_long_procedure_is_found_and_walked(
    node: str, change: Tree, codes: set[str]
) -> None:
    (tree,) = year_end(160)
    assert prove(_plan([_text(tree)])).holds
    nodes = [one for part in tree["flow"] for one in part.get("flow", [part])]
    next(one for one in nodes if next(iter(one.values())) == node).update(change)
    proof = prove(_plan([_text(tree)]))
    assert {one.code for one in proof.findings} == codes
    assert all(one.walked for one in proof.obligations if one.verdict == "fails")


_SECTION: Tree = {"section": "part", "title": "Part", "only_when": {"so": True}}
_SO: Tree = {"confirmation": "ask", "record": {"fields": [{"field": "so", "type": "yes-no"}]}}
_TWO: Tree = {"decision": "two", "ask": "Two?", "decided_by": "answer", "outcomes": [
    {"outcome": "yes", "imposes": ["b"]}, {"outcome": "no"}]}  # fmt: skip


def test_a_decision_in_a_section_and_its_second_person_are_passed_over_together() -> None:
    """Unless what the section is entered for is written in between."""
    act: Tree = {"step": "act", "do": "Act.", "irreversible": True}
    second = _record("second", "b", only_when={"two": "yes"})
    for between, held in (("f_other", True), ("so", False)):
        other: Tree = {"confirmation": "other", "record": {"fields": [{"field": between, "type": "yes-no"}]}}
        model = Model(planned([_SO, {**_SECTION, "flow": [_TWO, other, second]}, act]))
        assert Met(Certain(model)).holds(model.plan.nodes["act"], "b") is held
        assert differences(model.plan, PassedOver.clock, 4_000) == ([], True)


def test_a_step_in_a_section_is_undone_with_it() -> None:
    """Unless what the section is entered for is written in between."""
    step: Tree = {"step": "do", "do": "Do.", "undone_by": "undo"}
    undo: Tree = {"step": "undo", "do": "Undo."}
    for between, may in (("f_other", False), ("so", True)):
        other: Tree = {"confirmation": "other", "record": {"fields": [{"field": between, "type": "yes-no"}]}}
        model = Model(planned([_SO, {**_SECTION, "flow": [step, other, undo]}]))
        assert may_stay_open(model, model.plan.graph.nodes["do"], {"closed", "failed"}) is may
        assert differences(model.plan, PassedOver.clock, 4_000) == ([], True)
