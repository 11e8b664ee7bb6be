"""The engine allows what the graph says and nothing else; the graph says what the file says."""

import json
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings

from sop_runner.machine.engine import Engine, NoSuchArrow
from sop_runner.machine.graph import Arrow, Graph
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.load import load
from tests.generators import Compiled, compiled, plan_of, procedures
from tests.shipped import NAMES, shipped, tree_of
from tests.unit.machine.naive_graph import naive_moves

NO_ARROWS = (
    "to_end", "to_closed", "to", "initial", "trigger", "state", "__class__", "done.spent.spent", "", "Done",
    "may_done", "is_closed", "sop_runner.machine.engine.Engine", "no such arrow",
)  # fmt: skip
SEEDS = range(150)


def moves_of(graph: Graph) -> dict[tuple[str, str], str]:
    moves = {}
    for node in graph.nodes.values():
        for arrow in node.arrows.values():
            moves[node.id, arrow.name] = arrow.target
            if arrow.spent is not None:
                moves[node.id, f"{arrow.name}.spent"] = arrow.spent
    return moves


def holds(plan: Plan) -> None:
    """Every node × every arrow name, those of other nodes and made-up ones among them."""
    moves = moves_of(plan.graph)
    arrows = {name for _, name in moves} | {f"to_{node}" for node in plan.nodes} | {*NO_ARROWS}
    for node, arrow in product([*plan.nodes], sorted(arrows)):
        if (node, arrow) in moves:
            assert plan.engine.follow(node, arrow) == moves[node, arrow]
        else:
            with pytest.raises(NoSuchArrow, match="has no way"):
                plan.engine.follow(node, arrow)
    assert dict(plan.engine.table()) == moves


@pytest.mark.parametrize("name", NAMES)
def test_shipped_machines_hold_their_graphs(name: str) -> None:
    holds(shipped(name))


@given(procedures())
@settings(max_examples=25)
def test_generated_machines_hold_their_graphs(found: Compiled) -> None:
    assert found.plan is not None
    holds(found.plan)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_graphs_say_what_their_files_say(name: str) -> None:
    files = {other: tree_of(other) for other in NAMES}
    assert moves_of(shipped(name).graph) == naive_moves(files[name], files)  # type: ignore[arg-type, index]


@given(procedures())
@settings(max_examples=60)
def test_generated_graphs_say_what_their_files_say(found: Compiled) -> None:
    assert found.plan is not None
    files = {tree["procedure"]: tree for tree in found.sample.callees}
    assert moves_of(found.plan.graph) == naive_moves(found.sample.main, files)


@pytest.mark.parametrize("name", NAMES)
def test_the_engine_is_fenced(name: str) -> None:
    plan = shipped(name)
    plan.engine.follow(plan.graph.start, next(iter(plan.nodes[plan.graph.start].arrows)))
    machine = plan.engine._machine
    assert machine.models == []
    assert {*machine.events} == {arrow for _, arrow in moves_of(plan.graph)}
    assert {*machine.states} == {*plan.nodes}
    hooks = (
        "before_state_change",
        "after_state_change",
        "prepare_event",
        "finalize_event",
        "on_exception",
        "on_final",
    )
    assert [hook for hook in hooks if getattr(machine, hook)] == []
    for state in machine.states.values():
        assert (state.on_enter, state.on_exit) == ([], [])
    for event in machine.events.values():
        for moves in event.transitions.values():
            assert len(moves) == 1
            assert [*moves[0].conditions, *moves[0].prepare, *moves[0].before, *moves[0].after] == []


SPRUNG: list[str] = []


def spring() -> None:
    """What a dotted name would be resolved to and called."""
    SPRUNG.append("called")


def test_names_like_callbacks_are_only_names() -> None:
    """`transitions` calls `on_enter_STATE`, `after_EVENT` and dotted paths where it is allowed to."""
    trap = f"{__name__}.spring"
    names = [
        "start",
        trap,
        "os.getcwd",
        "on_enter_start",
        "on_exit_start",
        "before_state_change",
        "conditions",
    ]
    plain = plan_of(
        {
            "format": "sop/1", "procedure": "trap", "revision": 1, "title": "Trap", "purpose": "Trap.",
            "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
            "flow": [{"step": "one", "do": "It."}, {"end": "over", "result": "failed"}],
        }
    )  # fmt: skip
    one = plain.nodes["one"]
    nodes = {
        name: replace(
            one, id=name, arrows={arrow: Arrow(arrow, name, names[(n + 1) % len(names)]) for arrow in names}
        )
        for n, name in enumerate(names)
    }
    engine = Engine(Graph("start", nodes, frozenset(), frozenset()))
    for n, name in enumerate(names):
        for arrow in names:
            assert engine.follow(name, arrow) == names[(n + 1) % len(names)]
    assert SPRUNG == []


def test_the_generator_makes_every_construct() -> None:
    """What nothing generates nothing tests."""
    plans = [found.plan for seed in SEEDS if (found := compiled(seed)).plan is not None]
    assert len(plans) == len(SEEDS)
    nodes = [node for plan in plans for node in plan.nodes.values()]
    texts = " ".join(repr(compiled(seed).sample.main) + repr(compiled(seed).sample.callees) for seed in SEEDS)
    assert {node.kind for node in nodes} == {"step", "checklist", "confirmation", "decision", "call", "end"}
    assert {getattr(node.node, "evidence", "record") for node in nodes} == {
        "identity", "record", "statement", "sign_off", "log_review", "read_back",
    }  # fmt: skip
    for key in (
        "section", "only_when", "satisfies", "requires", "imposes", "sets", "invalidates", "not_by", "waivable",
        "undone_by", "irreversible", "derive", "given", "returns", "ends", "roles", "expects", "for_each", "next",
        "at_most", "otherwise", "at_limit", "wait", "until", "same_day", "for", "from", "blind", "people", "decline",
        "equals", "differs", "erasable", "digest", "never", "held", "known", "within", "any", "all", "not", "need",
        "said_by", "not_applicable", "attempts", "extract", "defaults",
    ):  # fmt: skip
        assert f"'{key}'" in texts, key


@pytest.mark.parametrize("outcomes", [["closed", "closed"], ["closed", None]])
@pytest.mark.parametrize("passed_over", [True, False])
def test_what_loads_compiles_when_a_decision_stands_last(
    outcomes: list[str | None], passed_over: bool
) -> None:
    ways = [{"outcome": f"way-{n}", **({"then": to} if to else {})} for n, to in enumerate(outcomes)]
    last = {"decision": "last", "decided_by": "answer", "outcomes": ways}
    if passed_over:
        last["only_when"] = {"known_before": True}
    tree = {
        "format": "sop/1", "procedure": "last", "revision": 1, "title": "Last", "purpose": "End.",
        "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
        "case": [{"field": "known_before", "type": "yes-no"}],
        "flow": [{"step": "first", "do": "It.", "then": "last"}, {"end": "closed", "result": "failed"}, last],
    }  # fmt: skip
    loaded = load(json.dumps(tree).encode())
    if passed_over or None in outcomes:
        assert {finding.code for finding in loaded.findings} == {"SOP208"}
    else:
        assert loaded.procedure is not None
        assert (
            compile_plan(loaded.procedure, loaded.digest or "", {}).engine.follow("last", "way-0") == "closed"
        )
