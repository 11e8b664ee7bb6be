"""All that a proof says, held against every walk, on small procedures that mix what others have one by one."""

import os

import pytest

from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.prove import prove
from tests.unit.lint.every_walk import Clock, walk_all
from tests.unit.lint.exhaustive import Small, Tree, procedure
from tests.unit.lint.flows import CONSENT, ENDS, planned, rule
from tests.unit.lint.held_against import differences
from tests.unit.lint.mixed import Limited, Mixed
from tests.unit.lint.test_proofs_exhaustive import plan_of
from tests.unit.lint.woven import Opened, Tabled, Weighed, Withered, Woven

SEEDS = range(int(os.environ.get("SOP_PROOF_FROM", "0")), int(os.environ.get("SOP_PROOF_TO", "10")))
"""A campaign by hand sets SOP_PROOF_TO to some thousands."""
MOST = int(os.environ.get("SOP_PROOF_MOST", "500"))
SPECIAL = (109, 348, 433, 458)
"""A limit within a shorter one, one that stays passed; what comes after the last jump is come to by going back."""


@pytest.mark.parametrize("seed", [*SEEDS, *SPECIAL])
def test_what_is_said_of_mixed_procedures_is_what_every_walk_comes_to(seed: int) -> None:
    small = Mixed(seed)
    plan = plan_of(small)
    assert plan is not None
    assert differences(plan, small.clock, MOST)[0] == []


@pytest.mark.parametrize("seed", [*SEEDS, 518])
def test_limits_beside_each_other_and_beside_waits_are_as_in_every_walk(seed: int) -> None:
    small = Limited(seed)
    plan = plan_of(small)
    assert plan is not None
    assert differences(plan, small.clock, MOST)[0] == []


@pytest.mark.parametrize("kind", [Woven, Withered, Tabled, Weighed, Opened])
def test_what_weaves_all_of_it_together_is_as_in_every_walk(kind: type[Woven]) -> None:
    walked = 0
    for small in map(kind, SEEDS):
        plan = plan_of(small)
        if plan is not None:
            walked += 1
            assert differences(plan, small.clock, MOST)[0] == [], small.seed
    assert walked > len(SEEDS) // 2


def _alarms(flow: list[Tree]) -> list[str]:
    codes = ("SOP301", "SOP302", "SOP314")
    return [one.code for one in prove(planned(flow)).findings if one.code in codes]


@pytest.mark.parametrize(
    ("first", "second", "possible"),
    [("2h", "1h", False), ("2h", "2h", False), ("1h", "2h", True)],
)
def test_a_limit_that_has_passed_leaves_nothing_else_until_its_clock_starts_anew(
    first: str, second: str, possible: bool
) -> None:
    """The first limit was passed, so the second, which counts from the same item and is no longer, is passed as well."""
    late: Tree = {"limit": first, "from": "begin", "at_limit": "late"}
    too_late: Tree = {"limit": second, "from": "begin", "at_limit": "failed"}
    flow: list[Tree] = [
        {"step": "begin", "do": "Begin."},
        {"step": "act", "do": "Act.", "time": late, "then": "consent"},
        {"step": "late", "do": "Say that it is late.", "time": too_late, "then": "closed"},
    ]
    assert _alarms(flow) == (["SOP301"] if possible else [])


@pytest.mark.parametrize(("back_to", "possible"), [("begin", True), ("act", False)])
def test_a_clock_starts_anew_where_its_item_is_left_again(back_to: str, possible: bool) -> None:
    """Nobody acts in time after being late, but where the item is left again from which the limit counts."""
    late: Tree = {"limit": "1h", "from": "begin", "at_limit": "late"}
    again: Tree = {"to": back_to, "at_most": 1, "otherwise": "failed"}
    outcomes: list[Tree] = [{"outcome": "again", "sets": {"was": "late"}, "then": again}]
    flow: list[Tree] = [
        {"step": "begin", "do": "Begin."},
        {"step": "act", "do": "Act.", "time": late},
        rule("which", {"was": {"known": True}}, "closed", "consent"),
        {"decision": "late", "ask": "Again?", "decided_by": "answer", "outcomes": outcomes},
    ]
    assert _alarms(flow) == (["SOP301"] if possible else [])


@pytest.mark.parametrize(("wait", "possible"), [("30m", True), ("1h", True), ("61m", False)])
def test_nobody_is_in_time_who_has_to_wait_for_longer(wait: str, possible: bool) -> None:
    limit: Tree = {"limit": "1h", "at_limit": "consent"}
    flow: list[Tree] = [{"step": "act", "do": "Act.", "wait": wait, "time": limit, "then": "closed"}]
    assert _alarms(flow) == (["SOP301"] if possible else [])


class _Handed(Small):
    """What is asked about behind a call that takes only some values of it."""

    def __init__(self, asked: Tree) -> None:
        super().__init__(0)
        self.asked = asked

    def files(self) -> tuple[Tree, ...]:
        """A colour and a number are handed to a callee that takes red and blue, up to one."""
        case: list[Tree] = [
            {"field": "colour", "type": "choice", "choices": ["red", "blue"]},
            {"field": "number", "type": "integer", "at_least": 0, "at_most": 1},
        ]
        inner = procedure("callee", [{"step": "act", "do": "Act."}, {"end": "on", "result": "completed"}])
        wider = [{**case[0], "choices": ["red", "blue", "green"]}, {**case[1], "at_most": 2}]
        given = {name: {"field": name} for name in ("colour", "number")}
        flow: list[Tree] = [
            {"confirmation": "given", "record": {"fields": wider}},
            {"call": "one", "procedure": "callee", "revision": 1, "given": given},
            rule("which", self.asked, "closed", "consent"),
            CONSENT,
            *ENDS,
        ]
        return procedure("main", flow), {**inner, "case": case}


@pytest.mark.parametrize(
    ("asked", "possible"),
    [
        ({"colour": "blue"}, True),
        ({"colour": "green"}, False),
        ({"number": {"at_least": 1}}, True),
        ({"number": {"more_than": 1}}, False),
    ],
)
def test_behind_a_call_values_are_such_as_it_takes(asked: Tree, possible: bool) -> None:
    plan = plan_of(_Handed(asked))
    assert plan is not None
    walked = walk_all(plan)
    assert walked.complete
    assert bool(walked.missing) is possible
    settled = settle(Model(plan))
    assert not settled.unsettled
    assert {claim[:2] for claim in settled.broken} == set(walked.missing)


def test_what_happens_only_to_whoever_goes_back_with_a_step_open_is_not_said_to_be_impossible() -> None:
    act: Tree = {"step": "act", "do": "Act.", "undone_by": "undo", "only_when": {"so": True}}
    flow: list[Tree] = [
        {"confirmation": "ask", "record": {"fields": [{"field": "so", "type": "yes-no"}]}},
        act,
        {**rule("which", {"not": {"act": "open"}}, "undo", "undo"), "only_when": {"so": False}},
        {"step": "undo", "do": "Put it right."},
    ]
    assert "SOP307" not in [one.code for one in prove(planned(flow)).findings]


_OPEN: tuple[list[Tree], ...] = (
    [
        {**CONSENT, "confirmation": "gain", "satisfies": ["b"], "only_when": {"act": "open"}},
        {"step": "before", "do": "Act."},
        {"step": "guarded", "do": "Act.", "requires": ["b"], "only_when": {"act": "open"}},
        {"step": "act", "do": "Act.", "undone_by": "undo"},
    ],
    [
        {**CONSENT, "confirmation": "gain", "satisfies": ["b"], "only_when": {"not": {"act": "open"}}},
        {"step": "act", "do": "Act.", "undone_by": "undo"},
        {"step": "guarded", "do": "Act.", "requires": ["b"]},
    ],
    [
        {
            **CONSENT,
            "confirmation": "gain",
            "satisfies": ["b"],
            "only_when": {"act": "closed"},
            "otherwise": "failed",
        },
        {"step": "act", "do": "Act.", "undone_by": "undo"},
        {"step": "undo", "do": "Put it right."},
        {"step": "guarded", "do": "Act.", "requires": ["b"], "only_when": {"act": "closed"}},
    ],
)
"""A step is done that a condition before it asks about, and somebody goes back to before that."""


@pytest.mark.parametrize("flow", _OPEN)
def test_who_goes_back_finds_steps_as_they_are_now(flow: list[Tree]) -> None:
    undo: Tree = {"step": "undo", "do": "Put it right."}
    plan = planned([*flow, {"step": "later", "do": "Act."}, *([] if undo in flow else [undo])])
    assert differences(plan, Clock(), 4_000) == ([], True)
    assert ("guarded", "b") in walk_all(plan).missing


def test_an_item_that_another_answer_brings_about_is_answered_before_somebody_rules() -> None:
    items: list[Tree] = [
        {"item": "first", "ask": "So?", "answers": ["done", "not-done"], "expect": ["done"]},
        {
            "item": "then",
            "ask": "And?",
            "answers": ["done", "not-done"],
            "only_when": {"list.first": "not-done"},
        },
    ]
    imposing: Tree = {"outcome": "two", "when": {"list.then": "done"}, "imposes": ["b"]}
    flow: list[Tree] = [
        {"checklist": "list", "items": items, "waivable": {"by": "supervisor"}},
        {
            "decision": "ask",
            "ask": "Which?",
            "decided_by": "answer",
            "outcomes": [imposing, {"outcome": "one"}],
        },
    ]
    assert _alarms(flow) == ["SOP301"]
