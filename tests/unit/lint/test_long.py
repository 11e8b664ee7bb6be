"""What long procedures of every day hold: scores over many answers, a bounded loop and a paused service at each site."""

from typing import Any

import pytest

from sop_runner.lint.proofs import outcomes
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.proofs.walks import Walks
from sop_runner.lint.prove import Proof, prove
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Decision
from tests.generators import plan_of
from tests.unit.lint.exhaustive import Tree, procedure

FAILED: Tree = {"end": "failed", "result": "failed"}
SITES = 20


def planned(*flow: Tree, **top: Any) -> Plan:
    return plan_of({**procedure("main", list(flow)), **top})


def told(proof: Proof) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in proof.findings]


def scored(answers: int, above: int, **closed: Any) -> Plan:
    """A risk score over so many answers, each of which comes to 0, 2 or 5; `above` is what asks for a consent."""
    names = [f"risk{n}" for n in range(answers)]
    fields = [{"field": one, "type": "choice", "choices": ["low", "middle", "high"]} for one in names]
    points = {
        f"points_{one}": {"table": {"of": one, "values": {"low": 0, "middle": 2, "high": 5}, "else": 0}}
        for one in names
    }
    when = {"score": {"more_than": above}}
    return planned(
        {"confirmation": "risks", "record": {"fields": fields}},
        {"decision": "judge", "decided_by": "rule",
         "outcomes": [{"outcome": "high", "when": when, "imposes": ["a"]}, {"outcome": "low"}]},
        {"confirmation": "consent", "only_when": {"judge": "high"}, "satisfies": ["a"],
         "statement": {"of": "customer", "text": "I agree."}, "otherwise": "failed"},
        {"end": "closed", "result": "completed", "closes_ticket": False, **closed},
        FAILED,
        derive={**points, "score": {"sum": [*points]}},
    )  # fmt: skip


def test_a_score_over_many_answers_is_settled() -> None:
    proof = prove(scored(24, 100))
    assert told(proof) == []
    assert [(one.control, one.verdict) for one in proof.obligations if one.node == "closed"] == [
        ("a", "holds")
    ] * 2


def test_a_mistake_behind_a_score_is_shown_as_one() -> None:
    ((code, message),) = told(prove(scored(24, 100, requires=["a"])))
    assert code == "SOP301"
    assert message.startswith("'closed' requires 'a', and this path never gains it: risks")
    assert message.endswith("> judge (low) > consent (passed over) > closed")


def test_more_than_a_score_comes_to_never_happens() -> None:
    assert ("SOP307", "the outcome 'high' of 'judge' never happens") in told(prove(scored(24, 120)))


@pytest.mark.parametrize("way", ["sum", "product", "max", "count_true"])
def test_a_value_is_computed_operand_by_operand_as_at_the_desk(way: str) -> None:
    """Nothing of it is remembered, so that no outcome is impossible but that which no values come to."""
    kind = "yes-no" if way == "count_true" else "choice"
    names = [f"x{n}" for n in range(14)]
    fields = [
        {"field": one, "type": kind, **({} if kind == "yes-no" else {"choices": ["a", "b"]})} for one in names
    ]
    points = (
        {}
        if kind == "yes-no"
        else {f"p{one}": {"table": {"of": one, "values": {"a": 1, "b": 3}, "else": 1}} for one in names}
    )
    operands = names if kind == "yes-no" else [*points]
    most = {"sum": 45, "product": 3**15, "max": 3, "count_true": 15}[way]
    plan = planned(
        {"confirmation": "risks", "record": {"fields": fields}},
        {"decision": "judge", "decided_by": "rule",
         "outcomes": [{"outcome": "top", "when": {"score": most}}, {"outcome": "rest"}]},
        FAILED,
        derive={**points, "score": {way: [*operands, operands[0]]}},
    )  # fmt: skip
    assert told(prove(plan)) == []


def sites(undo: dict[str, Any]) -> Plan:
    """At each of many sites a service is paused, tried at most three times, and started again."""
    flow: list[Tree] = []
    for n in range(SITES):
        flow += [
            {"step": f"pause-{n}", "do": "Pause it.", "undone_by": f"resume-{n}"},
            {"confirmation": f"read-{n}", "record": {"fields": [{"field": f"heat{n}", "type": "integer"}]}},
            {"decision": f"warm-{n}", "decided_by": "rule", "outcomes": [
                {"outcome": "hot", "when": {f"heat{n}": {"more_than": 60}},
                 "then": {"to": f"read-{n}", "at_most": 2, "otherwise": f"cool-{n}"}},
                {"outcome": "fine", "then": f"resume-{n}"}]},
            {"step": f"cool-{n}", "do": "Cool it."},
            {"step": f"resume-{n}", "do": "Start it again.", **(undo if n == SITES - 1 else {})},
        ]  # fmt: skip
    return planned(*flow, FAILED)


def test_walks_use_up_what_is_bounded_to_see_what_comes_then() -> None:
    model = Model(sites({}))
    decisions = [node for node in model.plan.graph.nodes.values() if isinstance(node.node, Decision)]
    goals = {
        *model.flow.reached,
        *((node.id, one.outcome) for node in decisions for one in node.node.outcomes),
    }  # type: ignore[union-attr]
    assert Walks(model, goals).left == set()


def test_what_is_undone_on_every_way_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[object] = []
    monkeypatch.setattr(outcomes, "search_apart", lambda questions, *rest, **more: searched.append(questions))
    assert [*outcomes.left_open(Model(sites({})))] == []
    assert searched == []


@pytest.mark.parametrize(
    "undo", [{"otherwise": "failed"}, {"only_when": {f"heat{SITES - 1}": {"more_than": 0}}}]
)
def test_what_may_be_left_open_is_found(undo: dict[str, Any]) -> None:
    ((code, message),) = told(prove(sites(undo)))
    assert code == "SOP312"
    assert message.startswith(f"'failed' can be reached with 'pause-{SITES - 1}' open: ")
