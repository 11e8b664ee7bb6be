"""A replay finds nothing in what the run core itself wrote, and ends where the run stood."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.machine.engine import Engine, NoSuchArrow
from sop_runner.machine.graph import SPENT
from sop_runner.machine.plan import Plan
from sop_runner.machine.table import Table
from sop_runner.review.judging import Flaw
from sop_runner.review.plans import BulkPlan
from sop_runner.review.replay_run import RunReplay
from tests.generators import compiled
from tests.shipped import ALONE, shipped
from tests.walker import Walker, walk, wire


def bulk(plan: Plan) -> BulkPlan:
    return BulkPlan(**{name: getattr(plan, name) for name in plan.__dataclass_fields__})


def replayed(plan: Plan, walker: Walker) -> tuple[RunReplay, Sequence[tuple[int, Flaw]]]:
    replay = RunReplay(bulk(plan), "run-1", True, walker.opened)
    flaws = [(n, flaw) for n, event in enumerate(walker.events) for flaw in replay.take(wire(event))]
    return replay, [*flaws, *((-1, flaw) for flaw in replay.finish())]


@pytest.mark.parametrize("seed", range(400, 440))
def test_walks_over_generated_procedures(seed: int) -> None:
    plan = compiled(seed).plan
    assert plan is not None
    walker = walk(plan, seed)
    if walker.run is not None:
        replay, flaws = replayed(plan, walker)
        assert flaws == []
        assert replay.run == walker.run


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("seed", range(50, 54))
def test_walks_over_shipped_procedures(name: str, seed: int) -> None:
    walker = walk(shipped(name), seed, steps=80)
    replay, flaws = replayed(shipped(name), walker)
    assert flaws == []
    assert replay.run == walker.run


def follows(engine: Engine, at: str, arrow: str) -> str | None:
    try:
        return engine.follow(at, arrow)
    except NoSuchArrow:
        return None


@settings(max_examples=40)
@given(seed=st.integers(0, 2_000))
def test_the_table_is_the_machine(seed: int) -> None:
    plan = compiled(seed).plan
    assert plan is not None
    engine, table = Engine(plan.graph), Table(Engine(plan.graph))
    arrows = {arrow.name for node in plan.nodes.values() for arrow in node.arrows.values()}
    names = {*arrows, *(name + SPENT for name in arrows), "to_" + plan.graph.start, "", "no-such"}
    for node in plan.nodes:
        for name in names:
            assert follows(table, node, name) == follows(engine, node, name)
    assert table.table() == engine.table()
