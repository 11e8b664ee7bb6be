"""Any action in any order by anybody: the rules of the page hold after each (see tests/oracle.py)."""

from collections import Counter
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sop_runner.run import events as ev
from tests.generators import compiled
from tests.shipped import ALONE, shipped
from tests.walker import KINDS, Walker, walk

GENERATED = range(110)


@pytest.mark.parametrize("tens", range(0, len(GENERATED), 10))
def test_walks_over_generated_procedures(tens: int) -> None:
    for seed in GENERATED[tens : tens + 10]:
        plan = compiled(seed).plan
        assert plan is not None, compiled(seed).findings
        walker = walk(plan, seed)
        if walker.run is not None:
            assert walker.refold() == walker.run


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("seed", range(12))
def test_walks_over_shipped_procedures(name: str, seed: int) -> None:
    walker = walk(shipped(name), seed, steps=80)
    assert walker.run is not None
    assert walker.refold() == walker.run
    assert walker.accepted > 1


def test_walks_come_by_everything() -> None:
    """A driver that never gets anywhere would hold every rule."""
    seen: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for seed in range(200, 350):
        plan = compiled(seed).plan
        assert plan is not None
        walker = walk(plan, seed)
        seen.update(event.type for event in walker.events)
        if walker.run is not None:
            ends[walker.run.result or "open"] += 1
    every = {value for name, value in vars(ev).items() if name.isupper() and isinstance(value, str)}
    assert every - set(seen) == set()
    assert {"completed", "refused", "failed", "withdrawn", "abandoned"} <= set(ends)
    assert seen[ev.REFUSED] < 4 * sum(seen.values()) / 5


class AnyOrder(RuleBasedStateMachine):
    """The same, with hypothesis choosing the actions and making a failure small."""

    @initialize(seed=st.integers(0, 400), name=st.sampled_from([*ALONE, *[""] * 6]))
    def begin(self, seed: int, name: str) -> None:
        plan = shipped(name) if name else compiled(seed).plan
        assert plan is not None
        self.walker = Walker(plan, Random(seed))
        self.open = self.walker.start()

    @rule(kind=st.sampled_from([*["right"] * len(KINDS), *KINDS]), seed=st.integers(0, 2**16))
    def act(self, kind: str, seed: int) -> None:
        if self.open:
            self.walker.rng.seed(seed)
            self.walker.step(kind)

    @invariant()
    def the_entries_alone_give_the_run(self) -> None:
        walker = getattr(self, "walker", None)
        if walker is not None and walker.run is not None:
            assert walker.refold() == walker.run


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestAnyOrder = AnyOrder.TestCase
