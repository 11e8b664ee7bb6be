"""Proofs held against every walk that the run core can take, on small procedures, in both directions."""

import os
from collections.abc import Iterable

import pytest
import yaml

from sop_runner.lint.proofs.closure import Settled, settle
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.proofs.result import told
from sop_runner.lint.proofs.telling import stops
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.unit.lint.every_walk import walk_all
from tests.unit.lint.exhaustive import Called, Counted, Elements, Small, Tree, Turning, procedure

SEEDS = range(int(os.environ.get("SOP_PROOF_FROM", "0")), int(os.environ.get("SOP_PROOF_TO", "60")))
"""A campaign by hand sets SOP_PROOF_TO to some ten thousands."""
TOGETHER = 20
IN_ELEMENTS = (*range(8), 16, 18, 20, 148)
"""The last ones: lists that are gone through twice, a caller's jump that was used before somebody went back into it."""
TURNS = (*range(20), 81, 425, 1048, 1308, 1857, 2441, 2767, 2826)
"""The last ones: going back is the only way, or is none; a loop whose head was passed over."""


def plan_of(small: Small) -> Plan | None:
    """The procedure of a seed; None where the loader has something against it."""
    trees = small.files()
    files = {tree["procedure"]: load(yaml.safe_dump(tree, sort_keys=False).encode()) for tree in trees}
    main = files["main"]
    resolved = resolve(main, lambda name, _: files[name])
    found = [*resolved.findings, *(one for file in files.values() for one in file.findings)]
    errors = [one for one in found if one.severity == "error"]
    return None if errors or main.procedure is None else compile_plan(main.procedure, "", resolved.procedures)


@pytest.mark.parametrize("first", range(SEEDS.start, SEEDS.stop, TOGETHER))
def test_what_is_proved_is_what_every_walk_comes_to(first: int) -> None:
    seeds = range(first, min(first + TOGETHER, SEEDS.stop))
    walked, compared = _held_against_every_walk(Small(seed) for seed in seeds)
    assert walked > TOGETHER // 2
    assert compared > TOGETHER // 4


def test_going_back_is_followed_to_its_end() -> None:
    """Where nothing without that breaks a control, what is told is what the core can do, and all that it can do."""
    walked, compared = _held_against_every_walk(map(Turning, TURNS), most=1_500)
    once_alarmed, _ = _held_against_every_walk(map(Small, (467, 10585)))
    assert once_alarmed == 2
    assert walked > len(TURNS) // 2
    assert compared > len(TURNS) // 4


@pytest.mark.parametrize("seed", IN_ELEMENTS)
def test_elements_of_a_call_are_walked_one_by_one(seed: int) -> None:
    """Each has its rows, its jumps and its visits, and a way through them is one that the core takes."""
    _held_against_every_walk([Elements(seed)], most=1_500)


@pytest.mark.parametrize("seed", [*range(6), 7, 16])
def test_a_call_is_made_for_as_many_elements_as_its_list_has_rows(seed: int) -> None:
    """None is made for an empty one, and what counts the rows counts those."""
    _held_against_every_walk([Counted(seed)], most=1_500)


def test_a_call_that_is_made_once_counts_what_its_caller_counts() -> None:
    walked, compared = _held_against_every_walk(map(Called, range(40)), most=1_500)
    assert walked > 10
    assert compared > 10


def test_of_a_longer_list_than_is_told_apart_it_is_said_that_it_is_not_settled() -> None:
    """Of two rows it can be proved that they are the same ones in both calls; of more it is not known."""

    class Longer(Elements):
        longest = 4

    plan, longer = plan_of(Elements(18)), plan_of(Longer(18))
    assert plan is not None
    assert longer is not None
    claim = "n-2/on", "b", "closure"
    assert claim not in settle(Model(plan)).broken
    settled = settle(Model(longer))
    assert claim not in settled.broken
    assert claim in settled.unsettled


def test_a_way_that_goes_back_is_told_as_it_is_walked() -> None:
    """A jump used up with one value, and a way around the control with the other."""
    record: Tree = {"confirmation": "record", "record": {"fields": [{"field": "f", "type": "yes-no"}]}}
    consent: Tree = {
        "confirmation": "consent",
        "statement": {"of": "customer", "text": "I agree."},
        "satisfies": ["a"],
        "only_when": {"f": True},
    }
    past: Tree = {"outcome": "past", "when": {"f": False}, "then": "ask"}
    again: Tree = {"outcome": "again", "then": {"to": "act", "at_most": 1, "otherwise": "closed"}}
    flow: list[Tree] = [
        record,
        consent,
        {"decision": "way", "ask": "Which?", "decided_by": "rule", "outcomes": [past, {"outcome": "on"}]},
        {"step": "act", "do": "Act.", "requires": ["a"]},
        {"decision": "ask", "ask": "Again?", "decided_by": "answer", "outcomes": [again, {"outcome": "off", "then": "failed"}]},
        {"end": "closed", "result": "completed", "requires": ["a"]},
        {"end": "failed", "result": "failed"},
    ]  # fmt: skip
    loaded = load(yaml.safe_dump(procedure("main", flow), sort_keys=False).encode())
    assert loaded.procedure is not None
    plan = compile_plan(loaded.procedure, "", resolve(loaded, lambda *_: None).procedures)
    settled = settle(Model(plan))
    assert {claim[:2] for claim in settled.broken} == set(walk_all(plan).missing)
    found = settled.broken["closed", "a", "closure"]
    assert told(stops(found)) == (
        "record (f: true) > consent > way (on) > act > ask (again) > act (going back to record) > "
        "record (f: false) > consent (passed over) > way (past) > ask (again, no jump left) > closed"
    )
    assert found.walked == {(1, "f"): True, (11, "f"): False}


def _held_against_every_walk(those: Iterable[Small], most: int = 4_000) -> tuple[int, int]:
    """How many of the procedures were walked, and how many of those in every way."""
    walked = compared = 0
    for small in those:
        plan, seed = plan_of(small), small.seed
        if plan is None:
            continue
        settled = settle(Model(plan))
        broken = {claim[:2] for claim in settled.broken}
        every = walk_all(plan, most)
        assert not settled.unsettled, seed
        assert set(every.missing) <= broken, (seed, "missed", set(every.missing) - broken)
        walked += 1
        if every.complete:
            assert set(every.missing) == broken, (seed, "false alarm", broken - set(every.missing))
            _shows_shortest_walks(plan, settled, seed)
            compared += 1
    return walked, compared


def _ways(settled: Settled, asked: tuple[str, str]) -> list[Found]:
    return [found for claim, found in settled.broken.items() if claim[:2] == asked]


def _goes_back(found: Found) -> bool:
    return any(step.arrow == GO_BACK for step in found.steps)


def _shows_shortest_walks(plan: Plan, settled: Settled, seed: int) -> None:
    """The core is refused after as many moves as a way shows, and after no fewer; walked forward only."""
    if any(node.only_when is not None or node.automatic for node in plan.nodes.values()):
        return  # how many moves follow by themselves is not seen in a refusal
    for asked, walked in walk_all(plan, going_back=False).missing.items():
        ways = [found.steps for found in _ways(settled, asked) if not _goes_back(found)]
        shown = [max(0, sum(step.arrow != ENTER for step in steps) - 1) for steps in ways]
        assert min(shown) == min(walked), (seed, asked, shown, walked)
